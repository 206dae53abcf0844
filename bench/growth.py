"""Whether a fact costs metrics more when its store has grown a hundredfold.

Stores of 10,000 to 10,000,000 standing facts of 20 clusters are filled directly, and one of
1,000,000 of 5,000 clusters; the largest takes a gigabyte of the disk. Then batches are applied as
the service does it: newer versions of facts from anywhere in them, and facts of new subjects, as a
rebuild brings them. CPU time a fact, steps of SQLite's machine, memory, and what the process does
at its start are compared with the store of 100,000; the stores take turns. Only simulated facts.

    python bench/growth.py [--largest N] [--repetitions N]
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from meters import Steps, cpu_of, resident  # noqa: E402 - the path comes first
from results_file import add_results_option, write_results  # noqa: E402
from sqlalchemy import Engine, insert  # noqa: E402

from services.metrics.adapters.assessment_store import SqlAssessmentStore  # noqa: E402
from services.metrics.adapters.fact_store import SqlFactStore  # noqa: E402
from services.metrics.adapters.status_store import SqlStatusStore  # noqa: E402
from services.metrics.adapters.tables import (  # noqa: E402
    FactRow,
    IndicatorName,
    SubjectToken,
    TotalRow,
    UnitName,
)
from services.metrics.domain.keys import pack_cell, pack_fact  # noqa: E402
from services.metrics.domain.totals import Totals  # noqa: E402
from services.metrics.settings import MetricsSettings  # noqa: E402
from services.metrics.use_cases.apply_facts import apply_facts  # noqa: E402
from services.metrics.use_cases.assess import AssessUnits  # noqa: E402
from services.metrics.use_cases.changes import Changed  # noqa: E402
from services.metrics.use_cases.export import Snapshots  # noqa: E402
from services.metrics.use_cases.read_clusters import ReadClusters  # noqa: E402
from shared.clock import SystemClock  # noqa: E402
from shared.events.facts import Fact  # noqa: E402
from shared.events.period import Month  # noqa: E402
from shared.plans import load_catalogue  # noqa: E402
from shared.settings import CommonSettings  # noqa: E402
from shared.storage import open_engine, writing  # noqa: E402
from shared.storage.migrations import migrate  # noqa: E402
from shared.storage.tables import table_of  # noqa: E402
from shared.testing.facts import fact, records_of  # noqa: E402

_UNITS, _MANY_UNITS, _MONTHS = 20, 5_000, 50
_SMALLEST = 10_000
_BATCH = 2_000
_YTD = 1_000_000
_FIRST_VERSION = 1_767_225_600_000_000
"""Of a service: microseconds since 1970, the beginning of 2026."""
_AS_OF_MS = _FIRST_VERSION // 1000
_AS_OF = "2026-01-01T00:00:00.000+00:00"
_BASE = 100_000
"""Facts of the store that the others are compared with; the smallest where it is not among them."""
PERIODS = [Month(2020 + n // 11, 2 + n % 11) for n in range(_MONTHS)]


@dataclass(frozen=True)
class Cost:
    """What a fact costs in a store of one size."""

    facts: int
    units: int
    cpu: float
    """Seconds, of a batch in the middle."""
    mean: float
    """Seconds, with what SQLite puts off: it copies its log only after some batches."""
    steps: float
    memory: int
    """Bytes that the process holds more after the batches than before."""
    resident: int
    """Bytes of the whole process in the end."""
    new: float
    """Seconds of a fact of a new subject."""
    start: float
    """Seconds until a process that was started on the store shows it."""

    @property
    def label(self) -> str:
        """Size in words."""
        clusters = "" if self.units == _UNITS else f" of {self.units:,} clusters"
        return f"{self.facts:,} facts{clusters}"


def fill(engine: Engine, units: int, subjects: int) -> None:
    """Standing facts of every unit, month and subject, and their totals."""
    with writing(engine) as connection:
        connection.execute(
            insert(table_of(UnitName)),
            [{"id": u, "name": f"sim-{u}"} for u in range(1, units + 1)],
        )
        connection.execute(insert(table_of(IndicatorName)), [{"id": 1, "name": "gross_output"}])
        names = [{"id": s, "name": f"token-{s}"} for s in range(1, subjects + 1)]
        connection.execute(insert(table_of(SubjectToken)), names)
        cells = [pack_cell(u, 1, p) for u in range(1, units + 1) for p in PERIODS]
        sums = Totals(subjects, ytd=subjects * _YTD, ytd_count=subjects)._asdict()
        totals = [{"id": c, "as_of": _AS_OF, "input_version": _FIRST_VERSION} | sums for c in cells]
        connection.execute(insert(table_of(TotalRow)), totals)
        # Straight to the driver: ten million rows through SQLAlchemy take minutes.
        wanted = (
            f"insert into {table_of(FactRow).name} (id, version, revision, deleted, ytd, as_of)"
        )
        for cell in cells:
            rows = [
                (pack_fact(cell, s), _FIRST_VERSION, 1, 0, _YTD, _AS_OF_MS)
                for s in range(1, subjects + 1)
            ]
            connection.exec_driver_sql(f"{wanted} values (?, ?, ?, ?, ?, ?)", rows)


def news(
    rng: random.Random, units: int, subjects: int, version: int, kind: str = "token"
) -> list[Fact]:
    """Newer versions of facts from anywhere in the store, or facts of subjects of another kind."""
    return [
        fact(
            f"sim-{rng.randrange(units) + 1}",
            f"{kind}-{rng.randrange(subjects) + 1}",
            str(rng.choice(PERIODS)),
            version=version,
            revision=2,
            ytd=_YTD + version % 1_000,
        )
        for _ in range(_BATCH)
    ]


def copy_log(engine: Engine) -> float:
    """CPU seconds that SQLite takes to bring its log into the file."""
    connection = engine.raw_connection()
    started = time.process_time()
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spent = time.process_time() - started
    connection.close()
    return spent


class GrownStore:
    """A store of so many facts, and what was measured in it."""

    def __init__(self, folder: Path, size: int, units: int = _UNITS) -> None:
        self.size, self.units = size, units
        self._folder = folder
        self._subjects = size // (units * _MONTHS)
        self._rng = random.Random(size)
        self._version = _FIRST_VERSION
        folder.mkdir()
        self._engine = open_engine(CommonSettings(data_dir=folder), "metrics")
        migrate(self._engine, "metrics")
        fill(self._engine, units, self._subjects)
        self._engine.dispose()
        self._steps = Steps(self._engine)
        self._known: list[float] = []
        self._new: list[float] = []
        self._starts: list[float] = []

    def warm_up(self, batches: int) -> None:
        """Batches that are not timed; steps and memory are counted after the first of them."""
        self._apply("token")
        steps, memory = self._steps.number, resident()
        for _ in range(batches):
            self._apply("token")
        self.steps = (self._steps.number - steps) / batches / _BATCH
        self.resident = resident()
        self.memory = self.resident - memory
        copy_log(self._engine)

    def known(self) -> None:
        """Time a batch of newer versions."""
        self._known.append(self._apply("token"))

    def copied(self) -> None:
        """Time what SQLite has put off."""
        self._put_off = copy_log(self._engine)

    def new(self) -> None:
        """Time a batch about subjects that the store does not know."""
        self._new.append(self._apply(f"new{len(self._new)}"))

    def start(self) -> None:
        """Time the start of a process on the store; the first one assesses what batches changed."""
        self._engine.dispose()
        if not self._starts:
            show(self._folder)
        self._starts.append(show(self._folder))

    def cost(self) -> Cost:
        """Medians of what was timed."""
        mean = (sum(self._known) + self._put_off / _BATCH) / len(self._known)
        return Cost(
            self.size,
            self.units,
            median(self._known),
            mean,
            self.steps,
            self.memory,
            self.resident,
            median(self._new),
            median(self._starts),
        )

    def _apply(self, kind: str) -> float:
        """CPU seconds of a fact in a batch."""
        self._version += 1
        records = records_of(news(self._rng, self.units, self._subjects, self._version, kind))

        def taken() -> None:
            with writing(self._engine) as connection:
                apply_facts(SqlFactStore(connection), records, Changed())

        return cpu_of(taken) / len(records)


def measure(folder: Path, sizes: Sequence[tuple[int, int]], repetitions: int) -> list[Cost]:
    """Cost of a fact in stores of so many facts and units, which take turns."""
    # What a process allocates once is not to be taken for what the first store needs.
    GrownStore(folder / "none", *sizes[0]).warm_up(repetitions)
    stores = []
    for number, (size, units) in enumerate(sizes):
        stores.append(GrownStore(folder / str(number), size, units))
        stores[-1].warm_up(repetitions)
        print(f"{size:,} facts of {units:,} clusters are there", flush=True)
    turns = (GrownStore.known, GrownStore.new, GrownStore.start)
    for turn in turns:
        for _ in range(repetitions):
            for store in stores:
                turn(store)
        if turn is GrownStore.known:
            for store in stores:
                store.copied()
    return [store.cost() for store in stores]


def show(folder: Path) -> float:
    """CPU seconds of what a process does with its store before it shows figures."""
    settings, clock, catalogue = MetricsSettings(data_dir=folder), SystemClock(), load_catalogue()
    started = time.process_time()
    engine = open_engine(settings, "metrics")
    migrate(engine, "metrics")
    AssessUnits(SqlAssessmentStore(engine), catalogue, settings.rules, clock).run()
    statuses = SqlStatusStore(engine)
    read = ReadClusters(statuses, catalogue, settings.masking, clock, "")
    Snapshots(read, statuses, lambda _partition: True).take(clock.now())
    engine.dispose()
    return time.process_time() - started


def rows_of(cost: Cost, base: Cost, bare: int) -> list[dict[str, object]]:
    """Ratios of one store to the base; `bare` is the process before any store, in bytes."""
    figures: tuple[tuple[str, float, str | None], ...] = (
        ("CPU time a fact", round(cost.cpu / base.cpu, 2), "at most 1.5"),
        (
            "CPU time a fact with copies of the log (mean)",
            round(cost.mean / base.mean, 2),
            "at most 1.5",
        ),
        ("CPU time a fact of a new subject", round(cost.new / base.new, 2), "at most 1.5"),
        ("steps of SQLite a fact", round(cost.steps / base.steps, 2), "at most 1.2"),
        (
            "memory kept, bytes a stored fact",
            round(max(cost.memory, 0) / cost.facts, 1),
            "at most 120",
        ),
        ("process, in its size before any store", round(cost.resident / bare, 2), None),
        ("CPU time of a start on the store", round(cost.start / base.start, 2), None),
    )
    return [
        {"figure": f"{words}, {cost.label}", "value": value, "goal": goal}
        for words, value, goal in figures
    ]


def report_of(costs: list[Cost], bare: int, seconds: float) -> dict[str, object]:
    """Ratios to the store of 100,000 facts, or to the base."""
    base = next((cost for cost in costs if cost.facts == _BASE), costs[0])
    rows: list[dict[str, object]] = []
    for cost in costs:
        if cost is base:
            rows.append({"figure": f"CPU time a fact, {cost.label}", "value": 1.0, "goal": None})
        else:
            rows += rows_of(cost, base, bare)
    return {
        "summary": rows,
        "base": base.label,
        "batch": _BATCH,
        "sizes": [cost.label for cost in costs],
        "steps_a_fact": [round(cost.steps, 1) for cost in costs],
        "megabytes": [round(cost.resident / 1e6) for cost in costs],
        "note": "medians of CPU time over batches of newer versions from anywhere in the store, "
        "stores in turn, SQLite, one process; ratios to the base",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/growth.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--smallest", type=int, default=_SMALLEST)
    parser.add_argument("--largest", type=int, default=10_000_000)
    parser.add_argument("--repetitions", type=int, default=25)
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.perf_counter()
    bare = resident()
    sizes = [(options.smallest, _UNITS)]
    while sizes[-1][0] * 10 <= options.largest:
        sizes.append((sizes[-1][0] * 10, _UNITS))
    if options.largest >= _MANY_UNITS * _MONTHS:
        sizes.append((min(options.largest, 1_000_000), _MANY_UNITS))
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        costs = measure(Path(name), sizes, options.repetitions)
    report = report_of(costs, bare, time.perf_counter() - started)
    write_results("growth", report, options.results)


if __name__ == "__main__":
    main()
