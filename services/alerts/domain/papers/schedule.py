"""Papers that a subscription gets by the calendar: which, and when each is due.

Weekly papers are due on a weekday of their week, the others so many working days after the
reporting deadline of their last month; hours are China's. An issue is frozen once for all: who is
due first freezes it, who is due later gets the same figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from services.alerts.domain.calendar import BEIJING, WorkingDays, deadline
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm

FORMATS = ("docx", "xlsx", "html")
"""Files that a paper can be sent as."""
FRIDAY = 5
_DAYS_A_WEEK = 7
_LOOK_BACK = 5
"""Periods looked at for the newest one that is due: a deadline lies in the month after its period,
and no wish lies more than a month behind it."""
MOST_WORKING_DAYS = 20
"""After a deadline; later papers would come after those of the next month."""


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """One paper that a subscription gets."""

    kind: PaperKind
    plan: str
    unit: str
    formats: tuple[str, ...] = ("docx",)
    weekday: int = FRIDAY
    """Of a weekly paper: 1 is Monday. Where that is a holiday, the working day before it."""
    working_day: int = 1
    """Of the others: how many working days after the reporting deadline."""
    at: time = time(9)
    """Hour in China."""
    since: datetime | None = None
    """When it was wished; what was due before is not sent."""

    @property
    def identity(self) -> tuple[PaperKind, str, str]:
        """What is sent, whenever and in whatever format."""
        return self.kind, self.plan, self.unit

    @property
    def rhythm(self) -> Rhythm:
        """Whose snapshots the paper is made from."""
        return rhythm_of(self.kind)


def sequence_of(period: PaperPeriod) -> int:
    """Number of a period, growing: 202624 for 2026-W24, 202605, 20262 for a quarter, 2026."""
    return int("".join(letter for letter in period.text if letter.isdigit()))


def kept_since(
    wanted: tuple[PaperOrder, ...], standing: tuple[PaperOrder, ...], now: datetime
) -> tuple[PaperOrder, ...]:
    """Orders with the moment from which each holds: what stood before keeps its own."""
    known = {one.identity: one.since for one in standing}
    return tuple(replace(one, since=known.get(one.identity) or now) for one in wanted)


def rhythm_of(kind: PaperKind) -> Rhythm:
    """The rhythm of a kind of papers; the tour is quarterly."""
    return Rhythm.QUARTERLY if kind is PaperKind.TOUR else Rhythm(str(kind))


def due_at(
    wish: PaperOrder, period: PaperPeriod, deadline_day: int, days: WorkingDays
) -> datetime | None:
    """When the paper of a period is due; null for a week of holidays, which has none.

    `deadline_day` is the day of the month after a period by which its reports are due.
    """
    if wish.rhythm is Rhythm.WEEKLY:
        day = _in_week(period.first_day, wish.weekday, days)
    else:
        day = _after(deadline(period.month, deadline_day, days).day, wish.working_day, days)
    return None if day is None else datetime.combine(day, wish.at, BEIJING)


def newest_due(
    wish: PaperOrder, now: datetime, deadline_day: int, days: WorkingDays
) -> tuple[PaperPeriod, datetime] | None:
    """The newest period whose paper is due, and since when; null before the first."""
    period = PaperPeriod.around(wish.rhythm, now.astimezone(BEIJING).date())
    for _ in range(_LOOK_BACK):
        due = due_at(wish, period, deadline_day, days)
        if due is not None and due <= now:
            return period, due
        period = PaperPeriod.around(wish.rhythm, period.first_day - timedelta(days=1))
    return None


def coming(
    wish: PaperOrder, now: datetime, deadline_day: int, days: WorkingDays
) -> Iterator[tuple[PaperPeriod, datetime]]:
    """What is due after `now`, without end."""
    found = newest_due(wish, now, deadline_day, days)
    day = now.astimezone(BEIJING).date() if found is None else found[0].last_day
    period = PaperPeriod.around(wish.rhythm, day)
    while True:
        due = due_at(wish, period, deadline_day, days)
        if due is not None and due > now:
            yield period, due
        period = PaperPeriod.around(wish.rhythm, period.last_day + timedelta(days=1))


def _in_week(monday: date, weekday: int, days: WorkingDays) -> date | None:
    """The weekday, else the last working day before it, else the first one after it."""
    week = [monday + timedelta(days=offset) for offset in range(_DAYS_A_WEEK)]
    working = [day for day in week if days(day).working]
    wanted = week[weekday - 1]
    earlier = [day for day in working if day <= wanted]
    return earlier[-1] if earlier else next(iter(working), None)


def _after(day: date, count: int, days: WorkingDays) -> date:
    """The n-th working day after a day."""
    while count:
        day += timedelta(days=1)
        count -= days(day).working
    return day
