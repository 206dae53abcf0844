"""Ingest's use case on a real SQLite store."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from services.ingest.adapters.store import SqlStore, warnings
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.holds import Limits
from services.ingest.domain.subjects import Subject
from services.ingest.ports import LineKey, StoredLine
from services.ingest.use_cases import IngestBatch
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.records import Record
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, reconciliation, writing
from shared.storage.migrations import metadata_of
from shared.storage.outbox import OutboxRow
from shared.testing.clock import FixedClock
from shared.testing.plans import small_plan
from shared.testing.stores import empty

TOKENS = HmacTokens(b"a secret for tests only")
LIMITS = Limits(factor=4.0, unit_share=0.05)


class Ingest:
    """The use case with its real store; every call of `take` is one batch in one transaction."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = open_engine(
            CommonSettings(data_dir=folder, database_url=None), "ingest"
        )
        metadata_of("ingest").create_all(self.engine)
        plans = [small_plan()]
        self.clock = FixedClock(datetime(2026, 6, 9, tzinfo=UTC))
        self._use_case = IngestBatch.following(plans, TOKENS, self.clock, LIMITS)

    def take(self, records: Sequence[Record]) -> None:
        with writing(self.engine) as connection:
            self._use_case(SqlStore(connection), records)

    def summary(self) -> dict[str, Any]:
        """Body of the reconciliation route."""
        with reading(self.engine) as connection:
            return reconciliation.summary(reconciliation.read(connection))

    def warnings(self) -> dict[str, dict[str, int]]:
        with reading(self.engine) as connection:
            return warnings(connection)

    def dead_letters(self) -> dict[str, dict[str, int]]:
        with reading(self.engine) as connection:
            return reconciliation.dead_letters(connection)

    def outbox(self, topic: str) -> list[OutboxRow]:
        with reading(self.engine) as connection:
            pending = outbox.take(connection, 1_000_000)
        return [item.row for item in pending if item.row.topic == topic]

    def facts(self) -> list[Fact]:
        """Every fact that was sent, oldest first."""
        rows = self.outbox(FACTS_TOPIC)
        return [msgspec.json.decode(row.value or b"", type=Fact) for row in rows]

    def live_facts(self) -> dict[str, Fact]:
        """What a reader of the compacted topic ends up with, versions and times left aside."""
        newest: dict[str, Fact] = {}
        for fact in self.facts():
            known = newest.get(fact.key)
            if known is None or fact.version > known.version:
                newest[fact.key] = fact
        return {
            key: msgspec.structs.replace(fact, version=0, as_of="")
            for key, fact in newest.items()
            if not fact.deleted
        }

    def lines(self, subjects: set[Subject]) -> dict[LineKey, StoredLine]:
        with writing(self.engine) as connection:
            store = SqlStore(connection)
            store.lock(subjects)
            return store.lines_of(subjects)

    def empty(self) -> None:
        """Begin again with an empty store."""
        empty(self.engine, "ingest")


@pytest.fixture(scope="session")
def two_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ingest, Ingest]]:
    """Two services for property tests, which empty them for each example."""
    folder = tmp_path_factory.mktemp("ingest")
    made = (Ingest(folder / "one"), Ingest(folder / "other"))
    yield made
    for each in made:
        each.engine.dispose()


@pytest.fixture
def ingest(two_stores: tuple[Ingest, Ingest]) -> Ingest:
    """A service with an empty store."""
    two_stores[0].empty()
    return two_stores[0]


@pytest.fixture
def token() -> Callable[[Subject], str]:
    """Token of a subject in the stores of these tests."""
    return TOKENS.token
