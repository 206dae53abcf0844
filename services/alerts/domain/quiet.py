"""Quiet hours and working days of a subscription: messages wait, none is dropped."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.alerts.domain.calendar import BEIJING, WorkingDays

_LONGEST_REST = 60
"""Days; more than any run of holidays."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a subscriber is left alone, in China's time; equal times mean no quiet hours."""

    starts: time = time(0)
    ends: time = time(0)
    """Before `starts`: quiet over midnight."""
    working_days_only: bool = False
    """Also quiet on weekends and holidays; shifted workdays count as working days."""

    def covers(self, moment: time) -> bool:
        """Whether a time of day is quiet."""
        if self.starts <= self.ends:
            return self.starts <= moment < self.ends
        return moment >= self.starts or moment < self.ends


def next_allowed(quiet: QuietHours | None, now: datetime, days: WorkingDays) -> datetime:
    """The first moment from `now` on at which a message may go out."""
    if quiet is None:
        return now
    local = now.astimezone(BEIJING)
    for _ in range(_LONGEST_REST):
        if quiet.working_days_only and not days(local.date()).working:
            local = datetime.combine(local.date() + timedelta(days=1), time(0), BEIJING)
        elif quiet.covers(local.time()):
            local = _end_of_quiet(quiet, local)
        else:
            break
    return local.astimezone(now.tzinfo)


def _end_of_quiet(quiet: QuietHours, local: datetime) -> datetime:
    end = datetime.combine(local.date(), quiet.ends, BEIJING)
    return end if end > local else end + timedelta(days=1)
