"""Harness for tests: the use case over a real SQLite store, without Kafka and HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine

from services.ingest.adapters.store import SqlStore, warnings
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.holds import Limits
from services.ingest.domain.lines import Line
from services.ingest.domain.reading import Reader
from services.ingest.domain.subjects import Subject
from services.ingest.ports import LineKey, StoredLine
from services.ingest.use_cases import IngestBatch
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.records import Record
from shared.plans import Plan
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, reconciliation, writing
from shared.storage.migrations import metadata_of
from shared.storage.outbox import OutboxRow
from shared.testing.clock import FixedClock
from shared.testing.events import Body, record
from shared.testing.plans import small_plan
from shared.testing.stores import empty

TOKENS = HmacTokens(b"a secret for tests only")
LIMITS = Limits(factor=4.0, unit_share=0.05)
READER = Reader([small_plan()])


def line(body: Body) -> Line:
    """What a report says; raises TypeError for one that is not read as a line."""
    content = READER.read(record(body)).content
    if not isinstance(content, Line):
        raise TypeError(f"{type(content).__name__} is no line")
    return content


class Ingest:
    """The use case with its real store; every call of `take` is one batch in one transaction."""

    def __init__(
        self,
        folder: Path,
        plans: Sequence[Plan] | None = None,
        limits: Limits | None = LIMITS,
    ) -> None:
        self.engine: Engine = open_engine(
            CommonSettings(data_dir=folder, database_url=None), "ingest"
        )
        metadata_of("ingest").create_all(self.engine)
        self._begin()
        followed = plans or [small_plan()]
        self.clock = FixedClock(datetime(2026, 6, 9, tzinfo=UTC))
        self._use_case = IngestBatch.following(followed, TOKENS, self.clock, limits)

    def take(self, records: Sequence[Record]) -> None:
        """One batch."""
        with writing(self.engine) as connection:
            self._use_case(SqlStore(connection), records)

    def summary(self) -> dict[str, Any]:
        """Body of the reconciliation route."""
        with reading(self.engine) as connection:
            return reconciliation.summary(reconciliation.read(connection))

    def warnings(self) -> dict[str, dict[str, int]]:
        """Counts of warnings by topic and name."""
        with reading(self.engine) as connection:
            return warnings(connection)

    def dead_letters(self) -> dict[str, dict[str, int]]:
        """Dead letters by topic and reason."""
        with reading(self.engine) as connection:
            return reconciliation.dead_letters(connection)

    def outbox(self, topic: str) -> list[OutboxRow]:
        """Records that wait to be published to a topic, oldest first."""
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
        """Standing lines of subjects."""
        with writing(self.engine) as connection:
            store = SqlStore(connection)
            store.lock(subjects)
            return store.lines_of(subjects)

    def empty(self) -> None:
        """Begin again with an empty store."""
        empty(self.engine, "ingest")
        self._begin()

    def _begin(self) -> None:
        """As a migration begins a new store."""
        with writing(self.engine) as connection:
            outbox.use_bundles(connection)
