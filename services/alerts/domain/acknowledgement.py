"""Acknowledgement of an alert, and what follows when nobody acknowledges in time."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.calendar import WorkingDays, today_in_china, working_days_since
from services.alerts.domain.severity import rank
from shared.events.status import Colour


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Someone has taken the matter on."""

    by: str
    action: str
    """What will be done."""
    until: datetime
    """After it the alert counts as unacknowledged again."""
    at: datetime


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """Up the ladder of roles when an alert is not acknowledged in time."""

    enabled: bool = True
    minimum_colour: Colour = Colour.ORANGE
    """Milder alerts need no acknowledgement."""
    working_days: int = 3
    """Allowed on each rung."""
    ladder: tuple[str, ...] = ("task_force", "accountable_body", "coordination_office")
    """Roles of subscriptions: 专班 → 责任主体 → 双推办. The first hears of the alert itself."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Where an alert stands between those who should acknowledge it."""

    acknowledgement: Acknowledgement | None = None
    since: datetime | None = None
    """Since when an acknowledgement has been wanted; null when nobody was told."""
    rung: int = 0
    """Rung of the ladder it has reached."""


def has_lapsed(attention: Attention, now: datetime) -> bool:
    """Whether an acknowledgement stood and its time is over."""
    acknowledged = attention.acknowledgement
    return acknowledged is not None and acknowledged.until <= now


def rung_due(
    rule: EscalationRule,
    attention: Attention,
    colour: Colour,
    now: datetime,
    days: WorkingDays,
) -> int | None:
    """The next rung when its time has come; null while there is none or it is not due.

    One rung per look, so that a service that was away does not skip anybody.
    """
    if not rule.enabled or attention.acknowledgement is not None or attention.since is None:
        return None
    if rank(colour) < rank(rule.minimum_colour) or attention.rung + 1 >= len(rule.ladder):
        return None
    waited = working_days_since(today_in_china(attention.since), today_in_china(now), days)
    following = attention.rung + 1
    return following if waited >= rule.working_days else None
