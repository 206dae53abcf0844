"""The reporting calendar: when a period's reports are due, and working days since."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.events.period import Month

BEIJING = ZoneInfo("Asia/Shanghai")
"""Deadlines are dates in China, whatever the server's time zone."""

_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class DayKind:
    """Whether offices work on a day, and whether official data says so."""

    working: bool
    official: bool
    """False where the year is not in the holiday data and only weekends are known."""


WorkingDays = Callable[[date], DayKind]
"""Tells the kind of a day; an adapter answers from the State Council's holiday notices."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day on which a period's reports are in time."""

    day: date
    official: bool
    """False when public holidays of that year are not known yet."""


def today_in_china(now: datetime) -> date:
    """Calendar day in China of an aware time."""
    return now.astimezone(BEIJING).date()


def next_midnight_in_china(now: datetime) -> datetime:
    """When the next day begins in China."""
    return datetime.combine(today_in_china(now) + timedelta(days=1), time(), BEIJING)


def deadline(period: Month, day_of_month: int, days: WorkingDays) -> Deadline:
    """Deadline of `period`: a day of the next month, moved to the next working day."""
    year, month = period.year, period.month
    following = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
    day = date(*following, day_of_month)
    official = True
    while True:
        kind = days(day)
        official = official and kind.official
        if kind.working:
            return Deadline(day, official)
        day += timedelta(days=1)


def newest_due(today: date, day_of_month: int, days: WorkingDays) -> Month:
    """The newest reporting period whose deadline has passed before `today`."""
    period = Month(today.year, today.month).reporting_before()
    while deadline(period, day_of_month, days).day >= today:
        period = period.reporting_before()
    return period


def working_days_since(start: date, today: date, days: WorkingDays) -> int:
    """Number of working days after `start`, up to and including `today`."""
    span = (today - start).days
    return sum(days(start + timedelta(days=n)).working for n in range(1, span + 1))
