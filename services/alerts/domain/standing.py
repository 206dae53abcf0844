"""Steps of an alert that goes on firing: acknowledged, lapsed, escalated, repeated."""

from dataclasses import replace
from datetime import datetime

from services.alerts.domain.acknowledgement import Acknowledgement, Attention
from services.alerts.domain.alert import Alert, Audience, Kind, State, Transition


def acknowledge(alert: Alert, given: Acknowledgement) -> tuple[Alert, Transition]:
    """Someone takes it on; reminders and escalation rest until then."""
    attention = replace(alert.attention, acknowledgement=given)
    moved = _moved(alert, attention, given.at)
    step = _step(moved, Kind.ACKNOWLEDGED, "asked_for", Audience.NOBODY, "acknowledged")
    return moved, replace(step, acknowledgement=given)


def lapse(alert: Alert, now: datetime) -> tuple[Alert, Transition]:
    """The acknowledgement's time is over and the alert still fires: it is wanted anew."""
    given = alert.attention.acknowledgement
    since = now if given is None else given.until
    moved = _moved(alert, Attention(since=since, rung=alert.attention.rung), now)
    step = _step(moved, Kind.LAPSED, "deadline_passed", Audience.NOBODY, "acknowledgement_over")
    return moved, replace(step, acknowledgement=given)


def escalate(alert: Alert, rung: int, role: str, now: datetime) -> tuple[Alert, Transition]:
    """Tell the next rung, and give it as long as the one before."""
    moved = _moved(alert, Attention(since=now, rung=rung), now)
    reason = "not_acknowledged_in_time"
    return moved, replace(_step(moved, Kind.ESCALATED, reason, Audience.RUNG, reason), role=role)


def repeat(alert: Alert, now: datetime) -> tuple[Alert, Transition]:
    """It still stands."""
    moved = _moved(alert, alert.attention, now)
    return moved, _step(moved, Kind.REPEATED, alert.reason, Audience.DUE, "still_firing")


def _moved(alert: Alert, attention: Attention, now: datetime) -> Alert:
    return replace(alert, sequence=alert.sequence + 1, attention=attention, updated_at=now)


def _step(
    alert: Alert, kind: Kind, reason: str, audience: Audience, audience_reason: str
) -> Transition:
    return Transition(
        labels=alert.labels,
        episode=alert.episode,
        sequence=alert.sequence,
        kind=kind,
        state=State.FIRING,
        previous_state=State.FIRING,
        colour=alert.colour,
        previous_colour=alert.colour,
        period=alert.period,
        since=alert.since,
        reason=reason,
        audience=audience,
        audience_reason=audience_reason,
        starts_at=alert.starts_at,
        at=alert.updated_at,
        figures=alert.figures,
        external=alert.external,
    )
