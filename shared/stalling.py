"""Which open projects are stalled on a day: pure, for alerts and for views at read time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events.period import Month
from shared.events.status import OpenProject, Projects

_SIGNED = "signed"
_UNDER_WAY = frozenset({"started", "building"})


class Stall(StrEnum):
    """Why a project counts as stalled."""

    NOT_STARTED = "not_started"
    """Signed, and not started for too long."""
    NO_PROGRESS = "no_progress"
    """Started, and its investment has not grown for too many reporting periods."""
    PAST_DUE = "past_due"
    """Its day of completion has passed."""


@dataclass(frozen=True, slots=True)
class StallingLimits:
    """When a project counts as stalled."""

    days_until_start: int = 90
    periods_without_progress: int = 3


@dataclass(frozen=True, slots=True)
class StalledProject:
    """An open project with every reason for which it is stalled."""

    project: OpenProject
    reasons: tuple[Stall, ...]
    days: int
    """Of the longest of its delays."""


def stalled_projects(
    projects: Projects, today: date, limits: StallingLimits | None = None
) -> tuple[StalledProject, ...]:
    """Those of the block that are stalled on a day, in its order; 90 days and 3 periods by default.

    Progress is counted up to the block's period: a feed that is silent stalls no project.
    """
    wanted = limits or StallingLimits()
    newest = Month.parse(projects.period)
    found = []
    for project in projects.open:
        delays = dict(_delays(project, today, newest, wanted))
        if delays:
            found.append(StalledProject(project, tuple(delays), max(delays.values())))
    return tuple(found)


def periods_between(last: Month, newest: Month) -> int:
    """Reporting periods after `last`, up to and including `newest`; January is none."""
    count = 0
    while newest > last:
        newest = newest.reporting_before()
        count += 1
    return count


def _delays(
    project: OpenProject, today: date, newest: Month, limits: StallingLimits
) -> Iterator[tuple[Stall, int]]:
    """Reasons with days; a date that is not known is no reason."""
    since = date.fromisoformat(project.since)
    waited = (today - since).days
    if project.stage == _SIGNED and waited >= limits.days_until_start:
        yield Stall.NOT_STARTED, waited
    if project.stage in _UNDER_WAY:
        last = Month(since.year, since.month)
        if project.last_progress is not None:
            last = max(last, Month.parse(project.last_progress))
        if periods_between(last, newest) >= limits.periods_without_progress:
            grown = date(last.following.year, last.following.month, 1)
            yield Stall.NO_PROGRESS, (today - grown).days
    if project.due is not None and date.fromisoformat(project.due) < today:
        yield Stall.PAST_DUE, (today - date.fromisoformat(project.due)).days
