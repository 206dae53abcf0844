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
from services.alerts.domain.lateness import assess_lateness
from services.alerts.domain.lifecycle import advance
from services.alerts.domain.outcome import Outcome
from services.alerts.domain.rulebook import Rulebook
from services.alerts.domain.trajectory import assess_trajectory
from services.alerts.ports import Ledger
from services.alerts.use_cases.tell import Tell
from shared.events.status import Status


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
            for rule, outcome in self._outcomes(key, statuses, now):
                labels = Labels(rule, key.plan, key.unit, _region(statuses), key.indicator)
                self._advance(ledger, labels, outcome, statuses, now, result, first_load)
        return result

    def _outcomes(
        self, key: SeriesKey, statuses: tuple[Status, ...], now: datetime
    ) -> Iterator[tuple[Rule, Outcome]]:
        if not statuses:
            return
        rules = self.rulebook.of(key.plan)
        if rules.trajectory.enabled:
            yield Rule.TRAJECTORY, assess_trajectory(rules.trajectory, statuses)
        late = rules.report_late
        if (
            late.enabled
            and statuses[-1].unit_kind in late.unit_kinds
            and self.directory.is_value_indicator(key.plan, key.unit, key.indicator)
        ):
            today = today_in_china(now)
            yield Rule.REPORT_LATE, assess_lateness(late, statuses, today, self.working_days)

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
