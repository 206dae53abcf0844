"""Rule `project_stalled`: open projects of a unit that do not move, one alert a unit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from services.alerts.domain.detail import Detail, Item
from services.alerts.domain.outcome import Outcome, Phase
from shared.events.period import Month
from shared.events.status import Colour, Status
from shared.stalling import StalledProject, StallingLimits, stalled_projects

_LISTED = 50
"""Projects that an alert lists; a status names 200 at most."""


@dataclass(frozen=True, slots=True)
class ProjectStalledRule:
    """When a project counts as stalled."""

    enabled: bool = True
    colour: Colour = Colour.YELLOW
    limits: StallingLimits = field(default_factory=StallingLimits)


def assess_project_stalled(
    rule: ProjectStalledRule, statuses: Iterable[Status], today: date
) -> Outcome:
    """Stalled projects by the newest status that knows any project.

    Time alone stalls a project, so what was stalled is never withdrawn; one that moves is left
    out, and the alert ends with the last one.
    """
    known = [one for one in statuses if one.projects is not None]
    if not known:
        return Outcome(Phase.INACTIVE, "no_projects", withdrawable=False, standing=True)
    status = max(known, key=lambda one: one.period)
    found = () if status.projects is None else stalled_projects(status.projects, today, rule.limits)
    if not found:
        return Outcome(
            Phase.INACTIVE, "projects_move", status=status, withdrawable=False, standing=True
        )
    since = Month.parse(status.period)
    return Outcome(
        Phase.FIRING,
        "projects_stalled",
        period=since,
        colour=rule.colour,
        since=since,
        fired=since,
        announces=True,
        status=status,
        withdrawable=False,
        standing=True,
        detail=Detail(items=tuple(map(_item, found[:_LISTED]))),
    )


def _item(stalled: StalledProject) -> Item:
    """A project with the first of its reasons."""
    project = stalled.project
    return Item(
        project.subject,
        str(stalled.reasons[0]),
        since=project.since,
        stage=project.stage,
        due=project.due,
        period=project.last_progress,
    )
