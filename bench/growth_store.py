"""Stores of metrics of many sizes that the growth bench fills, and what it measures in them."""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from meters import Steps, cpu_of, resident
from sqlalchemy import Engine, insert

from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.adapters.tables import (
    FactRow,
    IndicatorName,
    SubjectToken,
    TotalRow,
    UnitName,
)
from services.metrics.domain.keys import pack_cell, pack_fact
from services.metrics.domain.totals import Totals
from services.metrics.settings import MetricsSettings
from services.metrics.use_cases.apply_facts import apply_facts
from services.metrics.use_cases.assess import AssessUnits
from services.metrics.use_cases.changes import Changed
from services.metrics.use_cases.export import Snapshots
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.clock import SystemClock
from shared.events.facts import Fact
from shared.events.period import Month
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import migrate
from shared.storage.tables import table_of
from shared.testing.facts import fact, records_of

UNITS, MONTHS = 20, 50
BATCH = 2_000
_YTD = 1_000_000
_FIRST_VERSION = 1_767_225_600_000_000
"""Of a service: microseconds since 1970, the beginning of 2026."""
_AS_OF_MS = _FIRST_VERSION // 1000
_AS_OF = "2026-01-01T00:00:00.000+00:00"
_PERIODS = [Month(2020 + n // 11, 2 + n % 11) for n in range(MONTHS)]


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
        clusters = "" if self.units == UNITS else f" of {self.units:,} clusters"
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
        cells = [pack_cell(u, 1, p) for u in range(1, units + 1) for p in _PERIODS]
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
            str(rng.choice(_PERIODS)),
            version=version,
            revision=2,
            ytd=_YTD + version % 1_000,
        )
        for _ in range(BATCH)
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

    def __init__(self, folder: Path, size: int, units: int = UNITS) -> None:
        self.size, self.units = size, units
        self._folder = folder
        self._subjects = size // (units * MONTHS)
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
        self.steps = (self._steps.number - steps) / batches / BATCH
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
        mean = (sum(self._known) + self._put_off / BATCH) / len(self._known)
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
