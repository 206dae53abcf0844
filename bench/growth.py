"""Whether a fact costs metrics more when its store has grown a hundredfold.

Stores of 10,000, 100,000 and 1,000,000 standing facts are filled directly; then batches of newer
versions of facts from anywhere in them are applied as the service does it. CPU time a fact, steps
of SQLite's machine a fact and memory are compared with the smallest store. Only simulated facts.

    python bench/growth.py [--largest N] [--repetitions N]
"""

import argparse
import gc
import json
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402 - the path comes first
from sqlalchemy import Engine, event, insert  # noqa: E402

from services.metrics.adapters.fact_store import SqlFactStore  # noqa: E402
from services.metrics.adapters.tables import (  # noqa: E402
    FactRow,
    IndicatorName,
    SubjectToken,
    TotalRow,
    UnitName,
)
from services.metrics.domain.keys import pack_cell, pack_fact  # noqa: E402
from services.metrics.domain.totals import Totals  # noqa: E402
from services.metrics.use_cases.apply_facts import apply_facts  # noqa: E402
from shared.events.facts import Fact  # noqa: E402
from shared.events.period import Month  # noqa: E402
from shared.settings import CommonSettings  # noqa: E402
from shared.storage import open_engine, writing  # noqa: E402
from shared.storage.migrations import migrate  # noqa: E402
from shared.storage.tables import table_of  # noqa: E402
from shared.testing.facts import fact, records_of  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "growth.json"
_UNITS, _MONTHS = 20, 50
_SMALLEST = 10_000
_BATCH = 2_000
_PIECE = 20_000
_STEPS = 1_000
_YTD = 1_000_000
PERIODS = [Month(2020 + n // 11, 2 + n % 11) for n in range(_MONTHS)]


@dataclass(frozen=True)
class Cost:
    """What a fact costs in a store of one size."""

    facts: int
    cpu: float
    """Seconds."""
    steps: float
    memory: int
    """Bytes that the process holds more after the batches than before."""


def fill(engine: Engine, subjects: int) -> None:
    """Standing facts of every unit, month and subject, and their totals."""
    with writing(engine) as connection:
        connection.execute(
            insert(table_of(UnitName)),
            [{"id": u, "name": f"sim-{u}"} for u in range(1, _UNITS + 1)],
        )
        connection.execute(insert(table_of(IndicatorName)), [{"id": 1, "name": "gross_output"}])
        names = [{"id": s, "name": f"token-{s}"} for s in range(1, subjects + 1)]
        connection.execute(insert(table_of(SubjectToken)), names)
        cells = [pack_cell(u, 1, p) for u in range(1, _UNITS + 1) for p in PERIODS]
        sums = Totals(subjects, ytd=subjects * _YTD, ytd_count=subjects)._asdict()
        totals = [{"id": c, "as_of": "2026-01-01", "input_version": 1} | sums for c in cells]
        connection.execute(insert(table_of(TotalRow)), totals)
        rest = {"version": 1, "revision": 1, "deleted": 0, "ytd": _YTD, "as_of": 0}
        rows = ({"id": pack_fact(c, s)} | rest for c in cells for s in range(1, subjects + 1))
        piece: list[dict[str, object]] = []
        for row in rows:
            piece.append(row)
            if len(piece) == _PIECE:
                connection.execute(insert(table_of(FactRow)), piece)
                piece = []
        if piece:
            connection.execute(insert(table_of(FactRow)), piece)


def news(rng: random.Random, subjects: int, version: int) -> list[Fact]:
    """Newer versions of facts from anywhere in the store."""
    return [
        fact(
            f"sim-{rng.randrange(_UNITS) + 1}",
            f"token-{rng.randrange(subjects) + 1}",
            str(rng.choice(PERIODS)),
            version=version,
            ytd=_YTD + version,
        )
        for _ in range(_BATCH)
    ]


def measure(folder: Path, size: int, repetitions: int) -> Cost:
    """Cost of a fact in a store of so many; the first batch warms up."""
    engine = open_engine(CommonSettings(data_dir=folder), "metrics")
    migrate(engine, "metrics")
    subjects = size // (_UNITS * _MONTHS)
    fill(engine, subjects)
    engine.dispose()
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += _STEPS
        return 0

    def watch(connection: object, *_: object) -> None:
        connection.set_progress_handler(count, _STEPS)  # type: ignore[attr-defined]

    event.listen(engine, "connect", watch)
    rng = random.Random(size)
    cpu: list[float] = []
    memory = 0
    for number in range(repetitions + 1):
        records = records_of(news(rng, subjects, number + 2))
        if number == 1:
            gc.collect()
            steps, memory = 0, psutil.Process().memory_info().rss
        started = time.process_time()
        with writing(engine) as connection:
            apply_facts(SqlFactStore(connection), records)
        cpu.append((time.process_time() - started) / len(records))
    gc.collect()
    memory = psutil.Process().memory_info().rss - memory
    engine.dispose()
    return Cost(size, median(cpu[1:]), steps / repetitions / _BATCH, memory)


def report_of(costs: list[Cost], seconds: float) -> dict[str, object]:
    """Ratios to the smallest store."""
    first = costs[0]
    rows: list[dict[str, object]] = [
        {"figure": f"CPU time a fact, {first.facts:,} facts", "value": 1.0, "goal": None}
    ]
    for cost in costs[1:]:
        rows += [
            {
                "figure": f"CPU time a fact, {cost.facts:,} facts",
                "value": round(cost.cpu / first.cpu, 2),
                "goal": "at most 1.5",
            },
            {
                "figure": f"steps of SQLite a fact, {cost.facts:,} facts",
                "value": round(cost.steps / first.steps, 2),
                "goal": "at most 1.2",
            },
            {
                "figure": f"memory kept, bytes a stored fact, {cost.facts:,} facts",
                "value": round(max(cost.memory, 0) / cost.facts, 1),
                "goal": "at most 120",
            },
        ]
    return {
        "summary": rows,
        "batch": _BATCH,
        "sizes": [cost.facts for cost in costs],
        "steps_a_fact": [round(cost.steps, 1) for cost in costs],
        "note": "medians of CPU time over batches of newer versions from anywhere in the store, "
        "SQLite, one process; ratios to the smallest store",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/growth.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.perf_counter()
    costs: list[Cost] = []
    size = _SMALLEST
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        while size <= arguments.largest:
            folder = Path(name) / str(size)
            folder.mkdir()
            costs.append(measure(folder, size, arguments.repetitions))
            print(f"{size:,} facts: {costs[-1].cpu / costs[0].cpu:.2f}", flush=True)
            size *= 10
    report = report_of(costs, time.perf_counter() - started)
    print(json.dumps(report["summary"], indent=2))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
