"""Alerts, steps and deliveries as the API shows them."""

from dataclasses import asdict
from typing import Any

from services.alerts.adapters.codec import from_ms
from services.alerts.domain.acknowledgement import Acknowledgement
from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.figures import coarse, is_masked_for, marked_by, seen_by
from services.alerts.domain.target import masked_target
from shared.confidentiality import Mask
from shared.events.status import Colour

_READER = "reader"
"""Role of whoever reads the API: figures marked confidential are masked."""


def alert_view(alert: Alert, mask: Mask) -> dict[str, Any]:
    """An alert as the API shows it; `mask` hides what has to be hidden since it was recorded."""
    place = (alert.labels.unit, alert.labels.indicator, alert.period)
    marked = marked_by(mask, alert.figures, place)
    hidden = is_masked_for(marked, _READER)
    figures = seen_by(marked, _READER)
    return {
        "fingerprint": alert.fingerprint,
        "labels": alert.labels.as_dict(),
        "name": alert.figures.name,
        "state": str(alert.state),
        "colour": _colour(alert.colour, hidden=hidden),
        "period": alert.period,
        "since": alert.since,
        "starts_at": alert.starts_at.isoformat(),
        "ends_at": alert.ends_at.isoformat() if alert.ends_at else None,
        "updated_at": alert.updated_at.isoformat(),
        "reason": None if hidden else alert.reason,
        "episode": alert.episode,
        "sequence": alert.sequence,
        "announced": alert.announced,
        "acknowledgement": _acknowledgement(alert.attention.acknowledgement),
        "rung": alert.attention.rung,
        "suppressed": hidden,
        "figures": asdict(figures),
    }


def _acknowledgement(given: Acknowledgement | None) -> dict[str, str] | None:
    if given is None:
        return None
    return {
        "by": given.by,
        "action": given.action,
        "until": given.until.isoformat(),
        "at": given.at.isoformat(),
    }


def transition_view(transition: Transition, mask: Mask) -> dict[str, Any]:
    """A transition as the API shows it; masked as `alert_view` is."""
    place = (transition.labels.unit, transition.labels.indicator, transition.period)
    marked = marked_by(mask, transition.figures, place)
    hidden = is_masked_for(marked, _READER)
    figures = seen_by(marked, _READER)
    return {
        "sequence": transition.sequence,
        "episode": transition.episode,
        "kind": str(transition.kind),
        "state": str(transition.state),
        "colour": _colour(transition.colour, hidden=hidden),
        "period": transition.period,
        "since": transition.since,
        "reason": None if hidden else transition.reason,
        "audience": str(transition.audience),
        "audience_reason": transition.audience_reason,
        "at": transition.at.isoformat(),
        "acknowledgement": _acknowledgement(transition.acknowledgement),
        "role": transition.role,
        "suppressed": hidden,
        "figures": asdict(figures),
    }


def _colour(colour: Colour, *, hidden: bool) -> str:
    return coarse(colour) if hidden else str(colour)


def delivery_view(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a result row
    """A delivery as the API shows it; of a URL only the host, the rest may be a secret."""
    return {
        "id": row.id,
        "alert": row.fingerprint,
        "group_key": row.group_key,
        "sequence": row.sequence,
        "kind": row.kind,
        "subscription": row.subscription_id,
        "channel": row.channel,
        "target": masked_target(row.target),
        "status": row.status,
        "possible_repeat": row.possible_repeat,
        "attempts": row.attempts,
        "detail": row.detail,
        "next_attempt_at": _time(row.next_attempt_ms),
        "created_at": _time(row.created_ms),
        "finished_at": _time(row.finished_ms),
    }


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else from_ms(milliseconds).isoformat()


def explanation_view(row: Any, created_ms: int, sent: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ANN401 - a result row
    """One transition's answer; without a decision the subscription was not in force."""
    reason = row.reason
    if reason is None:
        reason = "subscribed_later" if row.at_ms <= created_ms else "not_in_force"
    return {
        "sequence": row.sequence,
        "kind": row.kind,
        "at": _time(row.at_ms),
        "told": bool(row.send),
        "reason": reason,
        "deliveries": sent,
    }
