"""A ledger in memory for a replay: the same tables and statements, nothing is kept or sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import StaticPool

from services.alerts.adapters.store import SqlLedger
from services.alerts.adapters.tables import TABLES
from services.alerts.domain.alert import Transition
from services.alerts.domain.subscription import Decision


class ScratchLedger(SqlLedger):
    """Also remembers what was decided, in order."""

    decided: list[tuple[Transition, tuple[Decision, ...]]]

    def record(
        self, transition: Transition, decisions: Sequence[Decision], now: datetime
    ) -> tuple[int, ...]:
        """Record and remember."""
        self.decided.append((transition, tuple(decisions)))
        return super().record(transition, decisions, now)


@contextmanager
def scratch_ledger() -> Iterator[ScratchLedger]:
    """An empty ledger that is forgotten afterwards."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata = MetaData()
    for table in TABLES:
        table.to_metadata(metadata)
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            ledger = ScratchLedger(connection)
            ledger.decided = []
            yield ledger
    finally:
        engine.dispose()
