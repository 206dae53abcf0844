"""Tells of silences that begin, will end and have ended: those whose alerts they mute."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.domain.alert import (
    Alert,
    Audience,
    Kind,
    Labels,
    SilenceNote,
    State,
    Transition,
)
from services.alerts.domain.figures import Figures
from services.alerts.domain.silence import Silence, SilenceStep
from services.alerts.domain.subscription import ChannelType, Decision, Subscription
from services.alerts.ports import Ledger
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.tell import Tell
from shared.events.status import Colour

SILENCE_ALERT = "silence"
_LOOK_BACK = timedelta(days=7)
"""A silence that ended longer ago is no news after an outage."""


@dataclass(frozen=True, slots=True)
class AnnounceSilences:
    """One look at all silences that run or have just ended."""

    tell: Tell

    def __call__(self, ledger: Ledger, now: datetime, result: Evaluated) -> None:
        """Record a notice for each silence that has one due."""
        for silence in ledger.silences(now - _LOOK_BACK):
            step = silence.step_due(now)
            if step is not None:
                self._announce(ledger, silence, step, now, result)

    def _announce(
        self, ledger: Ledger, silence: Silence, step: SilenceStep, now: datetime, result: Evaluated
    ) -> None:
        ledger.put_silence(replace(silence, announced=step))
        muted = [one for one in ledger.firing() if silence.matches(one.labels.as_dict())]
        transition = _transition(ledger, silence, step, muted, now)
        concerned = _concerned(ledger, transition.fingerprint, muted)
        decisions = [
            self._decision(subscription, concerned, now) for subscription in ledger.subscriptions()
        ]
        if any(decision.send for decision in decisions):
            result.deliveries += len(ledger.record(transition, decisions, now))
            result.transitions.append(transition)

    def _decision(self, subscription: Subscription, concerned: set[str], now: datetime) -> Decision:
        # An Alertmanager upstream has silences of its own and takes no word of ours.
        channels = tuple(
            one for one in subscription.channels if one.type is not ChannelType.ALERTMANAGER
        )
        if subscription.id not in concerned or not channels:
            return Decision(subscription.id, send=False, reason="silence_concerns_others")
        told = Decision(
            subscription.id, send=True, reason="silence_concerns_you", channels=channels
        )
        return self.tell.put_off(told, subscription, now)


def _concerned(ledger: Ledger, fingerprint: str, muted: Sequence[Alert]) -> set[str]:
    """Who was told of an alert that is muted, missed news of one, or heard of the silence."""
    found = {
        subscription_id
        for alert in muted
        for subscription_id, had in ledger.history(alert.fingerprint, alert.episode).items()
        if had.channels or had.owed
    }
    before = ledger.history(fingerprint, 1)
    return found | {id_ for id_, had in before.items() if had.told_at is not None}


def _transition(
    ledger: Ledger, silence: Silence, step: SilenceStep, muted: Sequence[Alert], now: datetime
) -> Transition:
    labels = Labels(SILENCE_ALERT, "", "", "", "", {"silence": silence.id})
    over = step is SilenceStep.ENDED
    names = dict.fromkeys(alert.figures.name for alert in muted)
    return Transition(
        labels=labels,
        episode=1,
        sequence=ledger.next_sequence(labels.fingerprint),
        kind=Kind(str(step)),
        state=State.RESOLVED if over else State.FIRING,
        previous_state=None if step is SilenceStep.STARTED else State.FIRING,
        colour=Colour.BLUE,
        previous_colour=None,
        period=None,
        since=None,
        reason=silence.ended_because or str(step),
        audience=Audience.TOLD,
        audience_reason="silence_concerns_you",
        starts_at=silence.starts_at,
        at=now,
        figures=Figures("、".join(names) or silence.comment),
        silence=SilenceNote(
            silence.owner,
            silence.comment,
            tuple(str(matcher) for matcher in silence.matchers),
            silence.starts_at,
            silence.ends_at,
            tuple(names),
            silence.ended_because,
        ),
    )
