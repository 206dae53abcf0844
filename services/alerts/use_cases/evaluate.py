"""Evaluates the rules over the stored statuses and records what changed, with every decision."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.alerts.domain.alert import (
    Alert,
    Audience,
    Labels,
    Rule,
    SeriesKey,
    State,
    Transition,
)
from services.alerts.domain.calendar import WorkingDays, today_in_china
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import coarse, figures_of
from services.alerts.domain.lateness import assess_lateness
from services.alerts.domain.lifecycle import advance
from services.alerts.domain.outcome import Outcome
from services.alerts.domain.rulebook import Rulebook
from services.alerts.domain.subscription import Decision, decide, unsubscribed
from services.alerts.domain.trajectory import assess_trajectory
from services.alerts.ports import Ledger
from shared.events.alert_events import AlertState, AlertTransition
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
            alert = replace(alert, announced=True)  # known from the start: no news later on
        if alert != stored:
            ledger.save_alert(alert)
        for transition in step.transitions:
            decisions = self._decisions(ledger, transition, first_load=first_load)
            result.deliveries += len(ledger.record(transition, decisions, now))
            ledger.publish(event_of(transition, alert))
            result.transitions.append(transition)

    def _decisions(
        self, ledger: Ledger, transition: Transition, *, first_load: bool
    ) -> tuple[Decision, ...]:
        told = ledger.told(transition.fingerprint, transition.episode)
        regions = self.directory.regions_around(transition.labels.plan, transition.labels.region)
        subscriptions = ledger.subscriptions()
        decisions = [
            decide(
                subscription,
                transition,
                regions=regions,
                told=told.get(subscription.id, ()),
                first_load=first_load,
            )
            for subscription in subscriptions
        ]
        if transition.audience is not Audience.NOBODY:
            left = told.keys() - {subscription.id for subscription in subscriptions}
            decisions += [unsubscribed(subscription_id) for subscription_id in sorted(left)]
        return tuple(decisions)


def event_of(transition: Transition, alert: Alert) -> AlertTransition:
    """Event of a transition; where figures are confidential the colour is coarse."""
    confidential = transition.figures.confidential
    annotations = {
        "kind": str(transition.kind),
        "colour": coarse(transition.colour) if confidential else str(transition.colour),
        "name": transition.figures.name,
        "confidential": str(confidential).lower(),
        "period": transition.period or "",
        "since": transition.since or "",
    }
    return AlertTransition(
        fingerprint=transition.fingerprint,
        sequence=transition.sequence,
        labels=transition.labels.as_dict(),
        annotations={name: value for name, value in annotations.items() if value},
        state_from=AlertState(transition.previous_state) if transition.previous_state else None,
        state_to=AlertState(transition.state),
        reason=transition.reason,
        at=transition.at.isoformat(),
        starts_at=transition.starts_at.isoformat(),
        ends_at=alert.ends_at.isoformat() if alert.ends_at else None,
    )


def _region(statuses: tuple[Status, ...]) -> str:
    return statuses[-1].region
