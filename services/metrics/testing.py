"""Harness for tests: the use cases over a real store, without Kafka and HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.adapters.status_store import SqlStatusReader
from services.metrics.domain.confidentiality import ConfidentialityLimits
from services.metrics.use_cases.apply_facts import apply_facts
from services.metrics.use_cases.assess import AssessUnits
from services.metrics.use_cases.gather import AssessmentRules
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.records import Record
from shared.events.status import Status
from shared.plans import Catalogue
from shared.storage import reading, reconciliation, writing
from shared.testing.clock import FixedClock
from shared.testing.facts import records_of

NOW = datetime(2026, 11, 15, 8, 0, tzinfo=UTC)
"""Where the harness' clocks start."""


@dataclass
class Service:
    """The service's use cases over a real store, without Kafka and HTTP."""

    engine: Engine
    catalogue: Catalogue
    clock: FixedClock
    rules: AssessmentRules = field(default_factory=AssessmentRules)

    def consume(self, records: Sequence[Record]) -> None:
        """Apply one batch."""
        with writing(self.engine) as connection:
            apply_facts(SqlFactStore(connection), records)

    def assess(self) -> int:
        """Assess what is dirty; returns how many statuses changed."""
        store = SqlAssessmentStore(self.engine)
        return AssessUnits(store, self.catalogue, self.rules, self.clock).run()

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
            wanted = text("select count(*) from outbox where topic = :topic")
            return int(connection.execute(wanted, {"topic": topic}).scalar_one())

    def without_masking_limits(self) -> "Service":
        """The same with nothing confidential."""
        limits = ConfidentialityLimits(0, 1.0, 1.0)
        return replace(self, rules=replace(self.rules, limits=limits))

    def freezing_at_once(self) -> "Service":
        """The same with bases frozen by their first closed assessment."""
        return replace(self, rules=replace(self.rules, base_settle=timedelta(0)))
