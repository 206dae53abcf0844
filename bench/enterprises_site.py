"""One store of ingest with simulated enterprises, and batches that it takes as the service does."""

import random
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median

from enterprises_store import PERIODS, fill, registered, reported
from meters import Steps, cpu_of, resident
from sqlalchemy import Engine

from services.ingest.adapters.attribution_store import SqlSubjects
from services.ingest.adapters.erasure_store import warn_of_unreadable_erasures
from services.ingest.adapters.secret_store import keep_secret
from services.ingest.adapters.store import SqlStore, warnings
from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.main import SERVICE, limits_of, tokens_of, use_case
from services.ingest.settings import IngestSettings
from services.ingest.use_cases.reattribute import Reattribute
from shared.events.period import Month
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.storage import open_engine, outbox, reading, reconciliation, writing
from shared.storage.migrations import migrate
from shared.telemetry import store_counts

BATCH = 2_000
_EACH = 4
"""Reports of one enterprise in a batch: so many enterprises are in a batch of any store."""
_LIVE = 10
_LIVE_BATCHES = 20
"""One batch of ten is too short to be timed alone."""
_DOUBTFUL_BATCHES = 3
"""Among hundreds of thousands of enterprises it is long."""
_SLIP = 100
"""Times that a doubtful report says too much."""
_FURTHER = 100_000


class Kind(StrEnum):
    """What comes in a batch."""

    DUPLICATE = "an exact duplicate"
    REVISION = "a revision"
    REVISION_APART = "a revision, each of another enterprise"
    LIVE = "a batch of ten revisions"
    NEW_MONTH = "a new month"
    NEW_ENTERPRISE = "a new enterprise"
    DOUBTFUL = "a batch of ten with a doubtful report"


SMALL = (Kind.LIVE, Kind.DOUBTFUL)
"""Kinds of small batches, which are told as a whole."""


@dataclass(frozen=True)
class Spent:
    """What an event has cost, or a small batch."""

    cpu: float
    """Seconds."""
    steps: float


class Site:
    """A store that is filled first, and then takes batches; what it takes never comes twice."""

    def __init__(
        self, folder: Path, enterprises: int, batch: int = BATCH, live_batches: int = _LIVE_BATCHES
    ) -> None:
        self.bare = resident()
        self._batch, self._live_batches = batch, live_batches
        self.enterprises = enterprises
        self._settings = IngestSettings(data_dir=folder)
        self._plans = load_catalogue().plans
        self._rng = random.Random(enterprises)
        self._revision = 1
        self._new = 0
        self._last: dict[int, Month] = {}
        """Of enterprises with more lines than in the beginning."""
        self.start()  # as on the empty store, so that nothing need be attributed anew later
        self._engine: Engine = open_engine(self._settings, SERVICE)
        self._use_case = use_case(self._settings, self._plans)
        fill(self._engine, self._use_case, enterprises)
        self._engine.dispose()
        self._steps = Steps(self._engine)

    @property
    def lines(self) -> int:
        """Lines that stood in the beginning."""
        return self.enterprises * len(PERIODS)

    def batch(self, kind: Kind) -> Spent | None:
        """What a batch of a kind costs; None where there are too few enterprises for it."""
        if kind in SMALL:
            number = _DOUBTFUL_BATCHES if kind is Kind.DOUBTFUL else self._live_batches
            every = [self._take(self._records(kind)) for _ in range(number)]
            return Spent(median(e.cpu for e in every), median(e.steps for e in every))
        if kind is Kind.REVISION_APART and self.enterprises < self._batch:
            return None
        whole = self._take(self._records(kind))
        return Spent(whole.cpu / self._batch, whole.steps / self._batch)

    def _records(self, kind: Kind) -> list[Record]:
        match kind:
            case Kind.DUPLICATE:
                return [reported(*line) for line in self._anywhere(self._batch // _EACH, _EACH)]
            case Kind.REVISION:
                return self._revisions(self._batch // _EACH, _EACH)
            case Kind.REVISION_APART:
                return self._revisions(self._batch, 1)
            case Kind.LIVE:
                return self._revisions(_LIVE, 1)
            case Kind.NEW_MONTH:
                return self._next_months(self._batch // _EACH, _EACH)
            case Kind.NEW_ENTERPRISE:
                first = self.enterprises + self._new + 1
                self._new += self._batch
                return [registered(first + number) for number in range(self._batch)]
            case Kind.DOUBTFUL:
                *others, (wrong, _) = self._anywhere(_LIVE, 1)
                self._revision += 1
                records = [reported(who, period, self._revision) for who, period in others]
                return [*records, reported(wrong, PERIODS[-1], self._revision, _SLIP)]

    def _revisions(self, enterprises: int, each: int) -> list[Record]:
        self._revision += 1
        found = self._anywhere(enterprises, each)
        return [reported(who, period, self._revision) for who, period in found]

    def _anywhere(self, enterprises: int, each: int) -> list[tuple[int, Month]]:
        """Some lines of each of some enterprises from anywhere in the store."""
        chosen = self._rng.sample(range(1, self.enterprises + 1), enterprises)
        return [(who, period) for who in chosen for period in self._rng.sample(PERIODS, each)]

    def _next_months(self, enterprises: int, each: int) -> list[Record]:
        """The months after its last one, of each of some enterprises from anywhere."""
        records = []
        for who in self._rng.sample(range(1, self.enterprises + 1), enterprises):
            period = self._last.get(who, PERIODS[-1])
            for _ in range(each):
                period = period.reporting_after()
                records.append(reported(who, period))
            self._last[who] = period
        return records

    def _take(self, records: list[Record]) -> Spent:
        before = self._steps.number

        def take() -> None:
            with writing(self._engine) as connection:
                self._use_case(SqlStore(connection), records)

        cpu = cpu_of(take)
        steps = self._steps.number - before
        with writing(self._engine) as connection:  # as the relay does
            outbox.remove(connection, outbox.take(connection, 1_000_000))
        return Spent(cpu, steps)

    def start(self) -> float:
        """CPU seconds of what a process does with its store before it takes a batch."""
        return cpu_of(self._start)

    def _start(self) -> None:
        engine = open_engine(self._settings, SERVICE)
        migrate(engine, SERVICE)
        tokens, limits = tokens_of(self._settings), limits_of(self._settings)
        keep_secret(engine, tokens)
        warn_of_unreadable_erasures(engine, tokens)
        again = Reattribute(use_case(self._settings, self._plans), self._plans, limits)
        with writing(engine) as connection:
            again.step(SqlStore(connection), SqlSubjects(connection))
        with reading(engine) as connection:  # as the first scrape does
            store_counts(connection)
            warnings(connection)
        engine.dispose()

    def ask(self) -> float:
        """CPU seconds until somebody who asks first is told who is behind a token."""
        index = SubjectIndex(self._engine, tokens_of(self._settings))
        return cpu_of(lambda: index.find("e-nobody"))

    def report_further(self) -> None:
        """Let 100,000 further enterprises report, or as many as there are."""
        for _ in range(min(_FURTHER, self.enterprises) // self._batch):
            self._take(self._next_months(self._batch, 1))

    def check(self) -> None:
        """Nothing may be refused or wait: such a record is cheaper than a stored one."""
        with reading(self._engine) as connection:
            counts = reconciliation.read(connection)
        for topic, states in counts.items():
            if states.get("dead_lettered") or states.get("parked"):
                raise SystemExit(f"{topic} was not stored as a whole: {states}")

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()
