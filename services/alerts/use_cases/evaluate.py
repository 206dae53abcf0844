"""Evaluates the rules over the stored statuses and records what changed, with every decision."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.alerts.domain.acknowledgement import Attention
from services.alerts.domain.alert import (
    Labels,
    Rule,
    SeriesKey,
    State,
    Transition,
)
from services.alerts.domain.calendar import WorkingDays, today_in_china
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import figures_of
from services.alerts.domain.further_rules import (
    assess_below_parent,
    assess_coverage_low,
    assess_fell_back,
    assess_growth_negative,
    assess_restatement,
)
from services.alerts.domain.lateness import assess_lateness
from services.alerts.domain.lifecycle import advance
from services.alerts.domain.outcome import Outcome
from services.alerts.domain.rulebook import PlanRules, Rulebook
from services.alerts.domain.trajectory import assess_trajectory
from services.alerts.ports import Ledger
from services.alerts.use_cases.tell import Tell
from shared.events.status import Status

_CLUSTER = "cluster"


@dataclass(slots=True)
class Evaluated:
    """What an evaluation came to, for metrics and for waking the sender."""

    transitions: list[Transition] = field(default_factory=list)
    deliveries: int = 0


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Rules → life cycle → decisions → ledger, inside the caller's transaction."""

    rulebook: Rulebook
    directory: Directory
    working_days: WorkingDays
    masking: bool = True
    """False only by the audited setting: nothing is confidential then."""

    @property
    def tell(self) -> Tell:
        """Who is told of transitions."""
        return Tell(self.directory, self.working_days, self.rulebook.inhibitions)

    def __call__(
        self,
        ledger: Ledger,
        keys: Iterable[SeriesKey],
        now: datetime,
        *,
        first_load: bool = False,
    ) -> Evaluated:
        """Evaluate some series; on a first load everything is recorded and nothing sent."""
        ledger.lock_evaluation()
        result = Evaluated()
        for key in keys:
            statuses = ledger.series(key)
            for rule, outcome in self._outcomes(ledger, key, statuses, now):
                labels = Labels(rule, key.plan, key.unit, _region(statuses), key.indicator)
                self._advance(ledger, labels, outcome, statuses, now, result, first_load)
        return result

    def _outcomes(
        self, ledger: Ledger, key: SeriesKey, statuses: tuple[Status, ...], now: datetime
    ) -> Iterator[tuple[Rule, Outcome]]:
        """Outcome of every rule; one that mutes another comes before it."""
        if not statuses:
            return
        rules = self.rulebook.of(key.plan)
        by_value = self.directory.is_value_indicator(key.plan, key.unit, key.indicator)
        if rules.coverage_low.enabled and by_value and statuses[-1].unit_kind == _CLUSTER:
            yield Rule.COVERAGE_LOW, assess_coverage_low(rules.coverage_low, statuses)
        if rules.trajectory.enabled:
            yield Rule.TRAJECTORY, assess_trajectory(rules.trajectory, statuses)
        late = rules.report_late
        if late.enabled and statuses[-1].unit_kind in late.unit_kinds and by_value:
            today = today_in_china(now)
            yield Rule.REPORT_LATE, assess_lateness(late, statuses, today, self.working_days)
        if statuses[-1].unit_kind == _CLUSTER:
            yield from self._of_clusters(ledger, rules, key, statuses)

    def _of_clusters(
        self, ledger: Ledger, rules: PlanRules, key: SeriesKey, statuses: tuple[Status, ...]
    ) -> Iterator[tuple[Rule, Outcome]]:
        if rules.fell_back.enabled:
            yield Rule.FELL_BACK, assess_fell_back(rules.fell_back, statuses)
        if rules.growth_negative.enabled:
            yield Rule.GROWTH_NEGATIVE, assess_growth_negative(rules.growth_negative, statuses)
        parent = self.directory.parent_of(key.plan, key.unit)
        if rules.below_parent.enabled and parent is not None:
            parents = ledger.series(SeriesKey(key.plan, parent, key.indicator))
            yield Rule.BELOW_PARENT, assess_below_parent(rules.below_parent, statuses, parents)
        if rules.restatement.enabled:
            yield Rule.RESTATEMENT, assess_restatement(rules.restatement, statuses)

    def _advance(
        self,
        ledger: Ledger,
        labels: Labels,
        outcome: Outcome,
        statuses: tuple[Status, ...],
        now: datetime,
        result: Evaluated,
        first_load: bool,  # noqa: FBT001 - passed on as it came
    ) -> None:
        stored = ledger.alert(labels.fingerprint)
        figures = figures_of(
            outcome.status, statuses[-1].name, outcome.working_days_late, outcome.warnings
        )
        if not self.masking:
            figures = replace(figures, confidential=False)
        step = advance(stored, outcome, labels, figures, now)
        if step.alert is None:
            return
        alert = step.alert
        if first_load and alert.state is State.FIRING:
            # Known from the start: no news later on, and nobody was told who could acknowledge.
            alert = replace(alert, announced=True, attention=Attention())
        if alert != stored:
            ledger.save_alert(alert)
        for transition in step.transitions:
            told = self.tell(ledger, transition, alert, now, first_load=first_load)
            result.deliveries += told
            result.transitions.append(transition)


def _region(statuses: tuple[Status, ...]) -> str:
    return statuses[-1].region
