"""How often a subscriber hears: at once, or in a daily or weekly digest on working days."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from services.alerts.domain.calendar import BEIJING, WorkingDays

DIGEST_TIME = time(9)
"""In China: when offices have begun and yesterday's alerts are all there."""
_LONGEST_REST = 60
"""Days; more than any run of holidays."""


class Cadence(StrEnum):
    """How often a subscription is told."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    """Every working day."""
    WEEKLY = "weekly"
    """On the first working day of a week; a week of holidays has none."""


def next_digest(cadence: Cadence, now: datetime, days: WorkingDays) -> datetime | None:
    """When the digest that `now` belongs to goes out; null for who is told at once."""
    if cadence is Cadence.AT_ONCE:
        return None
    day = now.astimezone(BEIJING).date()
    for _ in range(_LONGEST_REST):
        due = datetime.combine(day, DIGEST_TIME, BEIJING)
        if due > now and days(day).working and (cadence is Cadence.DAILY or _opens_week(day, days)):
            return due.astimezone(now.tzinfo)
        day += timedelta(days=1)
    return now


def _opens_week(day: date, days: WorkingDays) -> bool:
    """Whether no day of the same week before it was a working day."""
    monday = day - timedelta(days=day.weekday())
    return not any(days(monday + timedelta(days=n)).working for n in range(day.weekday()))
