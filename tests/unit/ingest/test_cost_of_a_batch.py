"""What a batch costs, counted rather than timed: statements, and calls of functions.

Both are the same on every machine, however busy. The limits leave room for a sixth more; what
doubles the work of an event, or of a batch that has few, does not fit under them.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from services.ingest.testing import Ingest
from shared.events.inputs import ENTERPRISE_TOPIC
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.testing.events import BROKER_MS
from shared.testing.load import Event, Place, build_load

PLACES = (Place("341323", "3451", ()), Place("341324", "3670", ()))
PERIODS = ("2025-02", "2025-03", "2025-04", "2025-05")
EVENTS = 1_200

FIRST, AGAIN, REVISED = 50, 22, 47
"""Most calls of Python functions for a record: of a new store, once more, and of revisions."""
ONE, TEN = 820, 2_300
"""Most calls for a batch of one revision, and of ten: live reports come in small batches."""
READS = 23
"""Most statements that read in one batch."""


@contextmanager
def selects(engine: Engine) -> Iterator[list[str]]:
    """Statements that read, as SQLite sees them; the store has one connection open."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
    raw.set_trace_callback(note)
    try:
        yield seen
    finally:
        raw.set_trace_callback(None)


@contextmanager
def calls() -> Iterator[list[int]]:
    """Calls of Python functions inside the block; those of C are not counted."""
    counted = [0]

    def profile(_frame: object, event: str, _argument: object) -> None:
        if event == "call":
            counted[0] += 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield counted
    finally:
        sys.setprofile(before)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    made = Ingest(tmp_path_factory.mktemp("busy"), load_catalogue().plans)
    yield made
    made.engine.dispose()


def batch(change: Callable[[Event], Event] = lambda event: event) -> list[Record]:
    """A load with the register first, as if it came in one batch."""
    events = build_load(11, events=EVENTS, places=PLACES, periods=PERIODS).events
    ordered = sorted(map(change, events), key=lambda event: event.topic != ENTERPRISE_TOPIC)
    return [
        Record(event.topic, 0, offset, BROKER_MS, event.key, event.value)
        for offset, event in enumerate(ordered)
    ]


def revised(event: Event) -> Event:
    body = msgspec.json.decode(event.value)
    if event.topic != ENTERPRISE_TOPIC:
        body["revision"] += 10
    return event._replace(value=msgspec.json.encode(body))


def calls_of(ingest: Ingest, records: Sequence[Record]) -> float:
    """Python calls for each record of a batch."""
    with calls() as counted:
        ingest.take(records)
    return counted[0] / len(records)


def test_an_event_costs_a_bounded_number_of_calls(busy: Ingest) -> None:
    records = batch()
    busy.take(records)  # what is done once in the life of a process is done
    busy.empty()

    assert calls_of(busy, records) < FIRST
    assert calls_of(busy, records) < AGAIN
    assert calls_of(busy, batch(revised)) < REVISED


def test_a_small_batch_costs_little_beside_its_events(busy: Ingest) -> None:
    busy.empty()
    busy.take(batch())
    reports = [each for each in batch(revised) if each.topic != ENTERPRISE_TOPIC]
    of_each = list({each.key: each for each in reports}.values())

    assert calls_of(busy, of_each[:1]) < ONE
    assert 10 * calls_of(busy, of_each[1:11]) < TEN


def test_a_large_batch_reads_as_often_as_a_small_one(busy: Ingest) -> None:
    busy.empty()
    records = batch()
    few = sorted(records, key=lambda record: record.key or b"")[: EVENTS // 10]

    with selects(busy.engine) as small:
        busy.take(few)
    busy.empty()
    with selects(busy.engine) as large:
        busy.take(records)

    assert 0 < len(small) < READS
    assert len(large) < READS
