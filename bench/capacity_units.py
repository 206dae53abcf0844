"""What is measured in one process on SQLite, without Kafka. Used by `capacity.py`.

The fixed part of a batch of ingest, and what the assessment of a unit costs for each of its
enterprises: both are too small beside everything else that a running service does.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from services.ingest.testing import Ingest
from services.metrics.testing import NOW, Service
from shared.events.facts import Fact
from shared.events.inputs import ENTERPRISE_TOPIC, OUTPUT_TOPIC
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, membership, records_of
from shared.testing.load import Event, Place, build_load

_PLACE = Place("341323", "3451", ("szah-lb-bearings",))
_SINGLES, _TOGETHER = 60, 400
UNIT = "szah-lb-bearings"
SIZES = (200, 4_000)
_REPETITIONS = 5


def batch_cost(folder: Path) -> dict[str, float]:
    """CPU seconds of a batch of ingest beside those of its events."""
    folder /= "batches"
    folder.mkdir(parents=True)
    ingest = Ingest(folder, list(load_catalogue().plans))
    wanted = 2 * _SINGLES + 4 * _TOGETHER
    load = build_load(7, events=2 * wanted, places=(_PLACE,), periods=("2026-02", "2026-03"))
    registered = [event for event in load.events if event.topic == ENTERPRISE_TOPIC]
    reports = [event for event in load.events if event.topic == OUTPUT_TOPIC]
    ingest.take(_records(registered))
    singles = [_taken(ingest, reports[n : n + 1]) for n in range(2 * _SINGLES)]
    rest = reports[2 * _SINGLES :]
    many = [_taken(ingest, rest[n * _TOGETHER : (n + 1) * _TOGETHER]) for n in range(4)]
    each = median(many[1:]) / _TOGETHER
    return {"batch, beside its events": max(0.0, median(singles[_SINGLES:]) - each)}


def _taken(ingest: Ingest, events: Sequence[Event]) -> float:
    records = _records(events)
    started = time.process_time()
    ingest.take(records)
    return time.process_time() - started


def _records(events: Sequence[Event]) -> list[Record]:
    return [
        Record(one.topic, 0, offset, 1_780_000_000_000, one.key, one.value)
        for offset, one in enumerate(events)
    ]


def assessment_cost(folder: Path) -> dict[str, float]:
    """CPU seconds of an assessment after one report of a unit, and those an enterprise adds."""
    small, large = (_assessed(folder / f"unit-{size}", size) for size in SIZES)
    each = (large - small) / (SIZES[1] - SIZES[0])
    return {
        "assessment of a unit without enterprises": max(0.0, small - SIZES[0] * each),
        "further enterprise of an assessed unit": each,
    }


def _assessed(folder: Path, firms: int) -> float:
    """Median CPU seconds of an assessment that one new report asks for."""
    folder.mkdir(parents=True)
    engine = open_engine(CommonSettings(data_dir=folder), "metrics")
    migrate(engine, "metrics")
    service = Service(engine, load_catalogue(), FixedClock(NOW))
    members = [membership(UNIT, f"firm-{n}", "2000-01") for n in range(firms)]
    service.feed([*members, *(_report(n, year) for n in range(firms) for year in (2025, 2026))])
    found = []
    for number in range(_REPETITIONS):
        service.consume(records_of([_report(0, 2026, number + 2)]))
        started = time.process_time()
        service.assess()
        found.append(time.process_time() - started)
    engine.dispose()
    return median(found)


def _report(firm: int, year: int, version: int = 1) -> Fact:
    return fact(
        UNIT, f"firm-{firm}", f"{year}-05", version=version, ytd=5_000_000 + version,
        ytd_last_year=4_000_000,
    )  # fmt: skip
