"""Harness for tests: the use cases over a real store, without Kafka and HTTP."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine

from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.past_source import open_past
from services.metrics.adapters.publication_store import SqlPublicationStore
from services.metrics.adapters.status_store import SqlStatusReader, SqlStatusStore
from services.metrics.api import add_routes
from services.metrics.domain.collected import Collected, collect
from services.metrics.domain.comparison import Reports
from services.metrics.domain.exported import Exported
from services.metrics.domain.forecast import ForecastRequest, ForecastResult, forecast
from services.metrics.domain.made_forecasts import MadeForecast
from services.metrics.handlers import apply_batch
from services.metrics.ports import AlertSource, ForecastWish, ForecastWorker
from services.metrics.use_cases.assess import AssessUnits
from services.metrics.use_cases.gather import AssessmentRules
from services.metrics.use_cases.kept_cells import KeptCells
from services.metrics.use_cases.make_forecasts import MakeForecasts
from services.metrics.use_cases.past import past_of
from services.metrics.use_cases.publications import Publications
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.confidentiality import ConfidentialityLimits
from shared.confidentiality.public import complete
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.records import Record
from shared.events.status import Status
from shared.http import add_problem_handlers
from shared.messaging import offsets
from shared.messaging.offsets import Claim, TopicIdentity
from shared.plans import Catalogue
from shared.storage import outbox, reading, reconciliation, writing
from shared.testing.clock import FixedClock
from shared.testing.facts import records_of
from shared.testing.http import AppClient

_TOPIC = TopicIdentity("simulated", FACTS_TOPIC)
NOW = datetime(2026, 11, 15, 8, 0, tzinfo=UTC)
"""Where the harness' clocks start."""


class InProcess:
    """`ForecastWorker` without a process."""

    async def forecast(self, request: ForecastRequest) -> ForecastResult | None:
        """The forecast, at once."""
        return forecast(request)

    async def close(self) -> None:
        """Nothing to end."""


@dataclass
class Service:
    """The service's use cases over a real store, without Kafka and HTTP."""

    engine: Engine
    catalogue: Catalogue
    clock: FixedClock
    rules: AssessmentRules = field(default_factory=AssessmentRules)
    kept: KeptCells = field(default_factory=lambda: KeptCells(worth_it=0))
    """Every cell, however small."""
    claims: dict[int, Claim] = field(default_factory=dict)
    """By partition of the facts topic."""

    def consume(self, records: Sequence[Record]) -> None:
        """Apply one batch."""
        numbers = Counter(record.partition for record in records)
        with writing(self.engine) as connection:
            for partition in sorted(numbers.keys() - self.claims.keys()):
                self.claims |= offsets.claim(connection, FACTS_TOPIC, _TOPIC, [partition])
        moved = {
            partition: replace(claim, next_offset=claim.next_offset + numbers[partition])
            for partition, claim in self.claims.items()
            if numbers[partition]
        }
        with writing(self.engine) as connection:
            offsets.advance(connection, {claim: claim.next_offset for claim in moved.values()})
            apply_batch(connection, records, self.kept.changes)
        self.kept.changes.committed()
        self.claims |= moved

    def assess(self) -> int:
        """Assess what is dirty; returns how many statuses changed."""
        store = SqlAssessmentStore(self.engine)
        units = AssessUnits(store, self.catalogue, self.rules, self.clock, kept=self.kept)
        return units.run()

    def make_forecasts(self, worker: ForecastWorker | None = None) -> int:
        """Make all open forecasts once they have settled, and assess; returns how many."""
        delay = timedelta(seconds=5)
        self.clock.advance(delay)
        forecasts = MakeForecasts(SqlAssessmentStore(self.engine), self.clock, delay)
        due = forecasts.due()

        async def make() -> list[tuple[ForecastWish, MadeForecast]]:
            using = worker or InProcess()
            return [(wish, await forecasts.make(wish, using)) for wish in due]

        forecasts.save(asyncio.run(make()))
        self.assess()
        return len(due)

    def feed(self, facts: Sequence[Fact]) -> int:
        """Apply facts as one batch and assess."""
        self.consume(records_of(facts))
        return self.assess()

    def statuses(self) -> dict[str, Status]:
        """All statuses by key."""
        with reading(self.engine) as connection:
            return {status.key: status for status in SqlStatusReader(connection).all()}

    def status(self, unit: str, period: str, indicator: str = "gross_output") -> Status:
        """One status of the Suzhou plan."""
        return self.statuses()[f"suzhou-2027|{unit}|{indicator}|{period}"]

    def counts(self) -> dict[str, int]:
        """Reconciliation counts of the facts topic."""
        with reading(self.engine) as connection:
            return reconciliation.read(connection).get(FACTS_TOPIC, {})

    def outbox(self, topic: str) -> int:
        """Number of records of a topic that wait to be published."""
        with reading(self.engine) as connection:
            waiting = outbox.take(connection, 1_000_000)
        return sum(item.row.topic == topic for item in waiting)

    def api(self, *, masking: bool = True, data_label: str = "") -> AppClient:
        """A client of the read API."""
        return AppClient(self.app(masking=masking, data_label=data_label))

    def app(
        self, *, masking: bool = True, data_label: str = "", alerts: AlertSource | None = None
    ) -> FastAPI:
        """The read API and the wall, as `main` composes them."""
        app = FastAPI()
        add_problem_handlers(app)
        limits = self.rules.limits if masking else None
        store = SqlStatusStore(self.engine)
        read = ReadClusters(store, self.catalogue, limits, self.clock, data_label)
        past = past_of(read, partial(open_past, self.engine), self.catalogue, self.rules)
        published = Publications(SqlPublicationStore(self.engine), self.clock)
        add_routes(app, read, past, published, alerts, self.clock)
        return app

    def without_masking_limits(self) -> "Service":
        """The same with nothing confidential."""
        limits = ConfidentialityLimits(0, 1.0, 1.0)
        return replace(self, rules=replace(self.rules, limits=limits))

    def freezing_at_once(self) -> "Service":
        """The same with bases frozen by their first closed assessment."""
        return replace(self, rules=replace(self.rules, base_settle=timedelta(0)))


def collected(
    current: Reports, before: Reports, expected: frozenset[int] = frozenset()
) -> Collected:
    """What is collected from these reports of a flow, and from those who are expected."""
    tokens = {subject: f"subject-{subject}" for subject in current.keys() | before.keys()}
    return collect(current, before, expected, tokens, stock=False)


def shown_unit(status: Status, name: str = "轴承制造主导产业", **changes: Any) -> Exported:  # noqa: ANN401 - any field
    """A unit as the page of metrics takes it, unmasked, with the plan's words."""
    shown = complete(status)
    unit = Exported(
        shown, name, status.unit_kind, status.region, "灵璧县", "1", main=True, partition=0
    )
    return replace(unit, **changes)
