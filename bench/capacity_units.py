"""What the assessment of a unit costs for each of its enterprises. Used by `capacity.py`."""

import time
from pathlib import Path
from statistics import median

from services.metrics.testing import NOW, Service
from shared.events.facts import Fact
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, membership, records_of

UNIT = "szah-lb-bearings"
SIZES = (200, 4_000)
_REPETITIONS = 5


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
