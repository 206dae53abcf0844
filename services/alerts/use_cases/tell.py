"""Records a transition with a decision for every subscription, its deliveries and its event."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.alerts.domain.alert import Alert, Audience, Labels, State, Transition
from services.alerts.domain.cadence import Cadence, next_digest
from services.alerts.domain.calendar import WorkingDays
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import coarse
from services.alerts.domain.muting import Inhibition, Mute, mutes
from services.alerts.domain.quiet import next_allowed
from services.alerts.domain.subscription import (
    Circumstances,
    Decision,
    History,
    Subscription,
    decide,
    unsubscribed,
)
from services.alerts.ports import Ledger
from shared.events.alert_events import AlertState, AlertTransition

_ENDED = frozenset({State.RESOLVED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Tell:
    """Transition → decisions → ledger, inside the caller's transaction."""

    directory: Directory
    working_days: WorkingDays
    inhibitions: tuple[Inhibition, ...] = ()

    def __call__(
        self,
        ledger: Ledger,
        transition: Transition,
        alert: Alert,
        now: datetime,
        *,
        first_load: bool = False,
    ) -> int:
        """Record one transition; returns the number of deliveries."""
        muted = self.mutes(ledger, transition.labels, now)
        decisions = self.decisions(ledger, transition, alert, now, muted, first_load=first_load)
        deliveries = ledger.record(transition, decisions, now)
        ledger.publish(event_of(transition, alert, muted))
        if alert.state in _ENDED:
            end_silences(ledger, alert.labels, now)
        return len(deliveries)

    def mutes(self, ledger: Ledger, labels: Labels, now: datetime) -> tuple[Mute, ...]:
        """What mutes an alert now."""
        firing = ledger.firing_of(labels.plan, labels.unit) if labels.unit else ()
        return mutes(labels, ledger.silences(now), firing, self.inhibitions, now)

    def decisions(
        self,
        ledger: Ledger,
        transition: Transition,
        alert: Alert,
        now: datetime,
        muted: Sequence[Mute],
        *,
        first_load: bool = False,
    ) -> tuple[Decision, ...]:
        """A decision for each subscription, and for those who were told and have left."""
        labels = transition.labels
        history = ledger.history(transition.fingerprint, transition.episode)
        around = Circumstances(
            regions=self.directory.regions_around(labels.plan, labels.region),
            first_load=first_load,
            muted=str(muted[0].kind) if muted else None,
            acknowledged=alert.attention.acknowledgement is not None,
        )
        subscriptions = ledger.subscriptions()
        decisions = [
            self._decide(
                subscription,
                transition,
                replace(around, history=history.get(subscription.id, History())),
                now,
            )
            for subscription in subscriptions
        ]
        if transition.audience is not Audience.NOBODY:
            told = {id_ for id_, before in history.items() if before.channels}
            left = told - {subscription.id for subscription in subscriptions}
            decisions += [unsubscribed(subscription_id) for subscription_id in sorted(left)]
        return tuple(decisions)

    def _decide(
        self,
        subscription: Subscription,
        transition: Transition,
        around: Circumstances,
        now: datetime,
    ) -> Decision:
        """The decision, put off where it is to wait.

        What is escalated does not wait for a digest: it has waited already.
        """
        decision = decide(subscription, transition, around)
        urgent = transition.audience is Audience.RUNG
        return (
            self.put_off(decision, subscription, now, urgent=urgent) if decision.send else decision
        )

    def put_off(
        self, decision: Decision, subscription: Subscription, now: datetime, *, urgent: bool = False
    ) -> Decision:
        """Wait for the subscription's digest and the end of its quiet hours; the order stays."""
        cadence = Cadence.AT_ONCE if urgent else subscription.cadence
        digest = next_digest(cadence, now, self.working_days)
        allowed = next_allowed(subscription.quiet, digest or now, self.working_days)
        if digest is not None:
            key = f'{{}}:{{digest="{cadence}", due="{allowed:%Y-%m-%d}"}}'
            return replace(decision, not_before=allowed, waits_for=f"{cadence}_digest", digest=key)
        if allowed > now:
            return replace(decision, not_before=allowed, waits_for="quiet_hours")
        return decision


def end_silences(ledger: Ledger, labels: Labels, now: datetime) -> None:
    """End silences that were wanted until the last alert they mute has ended."""
    for silence in ledger.silences(now):
        if not silence.end_on_resolve or not silence.matches(labels.as_dict()):
            continue
        if not any(silence.matches(other.labels.as_dict()) for other in ledger.firing()):
            ended = replace(silence, ends_at=now, updated_at=now, ended_because="resolved")
            ledger.put_silence(ended)
            ledger.audit("service", "silence_ended", f"{silence.id} resolved", now)


def event_of(transition: Transition, alert: Alert, muted: Sequence[Mute] = ()) -> AlertTransition:
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
        acknowledged=alert.attention.acknowledgement is not None,
        muted_by=tuple(f"{mute.kind}:{mute.by}" for mute in muted),
    )
