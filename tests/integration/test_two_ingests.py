"""Two replicas of ingest write into one PostgreSQL at once, about the same units and subjects."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import msgspec
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.holds import Limits
from services.ingest.use_cases import IngestBatch
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.records import Record
from shared.storage import outbox, reading, reconciliation, writing
from shared.testing.clock import FixedClock
from shared.testing.events import Body, output, records, registration
from shared.testing.plans import small_plan
from shared.testing.stores import migrated_store

ENTERPRISES = 24
REPLICAS = 2
BATCH = 12
TOKENS = HmacTokens(b"for tests")


@dataclass
class Replica:
    """Applies batches as the consumer does: again and again until the store takes them."""

    engine: Engine
    repeats: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = FixedClock(datetime(2026, 6, 10, tzinfo=UTC))
        self.use_case = IngestBatch.following([small_plan()], TOKENS, clock, Limits(4.0, 0.05))

    def take(self, batch: list[Record]) -> None:
        while True:
            try:
                with writing(self.engine) as connection:
                    self.use_case(SqlStore(connection), batch)
            except OperationalError as error:
                self.repeats.append(type(error.orig).__name__)
            else:
                return


def bodies() -> list[Body]:
    """Two years of every enterprise; some slips, some of them corrected."""
    found: list[Body] = []
    for number in range(1, ENTERPRISES + 1):
        found.append(registration(number))
        found += [line(number, "2025-05", 40_000), line(number, "2025-12", 100_000)]
        found.append(line(number, "2026-05", 45_000_000 if number % 3 == 0 else 45_000))
        if number % 6 == 0:
            found.append({**line(number, "2026-05", 45_000), "revision": 2})
    return found


def line(number: int, period: str, ytd: int) -> Body:
    return output(
        number, period=period, ytd=ytd, month=None, month_last_year=None, ytd_last_year=None
    )


def outcome(engine: Engine) -> tuple[dict[str, int | None], dict[str, int]]:
    """Standing facts, and what is counted whatever the order."""
    newest: dict[str, Fact] = {}
    with reading(engine) as connection:
        for item in outbox.take(connection, 10**6):
            if item.row.topic == FACTS_TOPIC:
                fact = msgspec.json.decode(item.row.value or b"", type=Fact)
                if fact.key not in newest or newest[fact.key].version < fact.version:
                    newest[fact.key] = fact
        counts: Counter[str] = Counter()
        for states in reconciliation.read(connection).values():
            counts.update(states)
    facts = {key: fact.ytd for key, fact in newest.items() if not fact.deleted}
    return facts, {state: counts[state] for state in ("consumed", "parked", "held")}


def in_turn(folder: Path, sent: list[Record]) -> tuple[dict[str, int | None], dict[str, int]]:
    """One replica on SQLite, everything in the order in which it was made."""
    with migrated_store("ingest", folder) as engine:
        Replica(engine).take(sent)
        return outcome(engine)


@pytest.mark.postgres
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_replicas_that_write_at_once_come_to_what_one_comes_to(
    tmp_path: Path, database_url: str, seed: int
) -> None:
    sent = records(bodies())
    expected = in_turn(tmp_path, sent)
    assert expected[1]["held"] == ENTERPRISES // 3 - ENTERPRISES // 6
    random.Random(seed).shuffle(sent)
    with migrated_store("ingest", tmp_path, database_url) as engine:
        replicas = [Replica(engine) for _ in range(REPLICAS)]
        together = Barrier(REPLICAS)

        def work(number: int) -> None:
            mine = sent[number::REPLICAS]
            for start in range(0, len(mine), BATCH):
                if start + BATCH * REPLICAS < len(mine):
                    together.wait(60)  # every batch meets one of the other replica
                replicas[number].take(mine[start : start + BATCH])

        with ThreadPoolExecutor(REPLICAS) as pool:
            list(pool.map(work, range(REPLICAS)))
        assert outcome(engine) == expected
    # PostgreSQL may end one of two that wait for each other; nothing else makes a batch repeat.
    assert {fault for replica in replicas for fault in replica.repeats} <= {"DeadlockDetected"}
