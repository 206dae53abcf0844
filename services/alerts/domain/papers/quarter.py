"""One quarter of a snapshot as a reader may see it: figures, projects, late reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.alerts.domain.alert import Rule
from services.alerts.domain.papers.plan_facts import UnitFacts
from services.alerts.domain.papers.snapshot import Snapshot
from shared.confidentiality import Mask, Shown
from shared.events.period import Month
from shared.events.status import Projects, Status
from shared.plans import UnitKind
from shared.stalling import StalledProject, stalled_projects

_FINISHED = ("completed", "producing")
_FEBRUARY = 2
_LATE = frozenset({Rule.REPORT_LATE, Rule.COVERAGE_LOW})


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter of a snapshot as one kind of reader may see it."""

    snapshot: Snapshot
    mask: Mask
    """One view for all regions, or the same region would have two ranks."""
    end: Month
    """Last month of the quarter."""

    @property
    def months(self) -> tuple[Month, ...]:
        """Reporting periods of the quarter: two in the first one, else three."""
        found = (Month(self.end.year, self.end.month - back) for back in (2, 1, 0))
        return tuple(month for month in found if month.month >= _FEBRUARY)

    @property
    def before(self) -> Month:
        """Last month of the quarter before."""
        return self.months[0].reporting_before()

    @property
    def first_day(self) -> date:
        """First day of the quarter."""
        return date(self.end.year, self.end.month - 2, 1)

    @property
    def last_day(self) -> date:
        """Last day of the quarter; whether a project is stalled is asked for this day."""
        following = self.end.following
        return date(following.year, following.month, 1) - timedelta(days=1)

    def shown(self, unit: str, indicator: str, month: Month) -> Shown | None:
        """A status as the reader may see it; null where there is none."""
        status = self.snapshot.by_series.get((unit, indicator), {}).get(month)
        return None if status is None else self.mask.show(status)

    def value(self, unit: UnitFacts, month: Month) -> Shown | None:
        """Status of the indicator that a unit is judged by."""
        return self.shown(unit.id, unit.value_indicator, month)

    def clusters(self, region: str) -> tuple[UnitFacts, ...]:
        """Clusters of a region, in the document's order."""
        return tuple(
            one
            for one in self.snapshot.plan.units
            if one.kind is UnitKind.CLUSTER and one.region == region
        )


@dataclass(frozen=True, slots=True)
class ProjectMoves:
    """What happened to a region's projects in a quarter."""

    status: Status
    projects: Projects
    moved: int
    """Open projects that reached their stage in the quarter."""
    finished: int
    """Completed or producing now, more than a quarter ago."""
    stalled: tuple[StalledProject, ...]
    of: int
    """Open projects and those finished in the quarter."""


def project_moves(quarter: Quarter, region: UnitFacts) -> ProjectMoves | str:
    """Moves and stalls of the quarter, or the reason why they are not known."""
    shown = quarter.value(region, quarter.end)
    block = None if shown is None else shown.status.projects
    if shown is None or block is None:
        return "no_projects" if shown is not None and not shown.suppressed else _why_hidden(shown)
    if block.open_count > len(block.open):
        # Those signed last are not listed: how many moved cannot be told.
        return "projects_not_listed"
    before = quarter.value(region, quarter.before)
    earlier = None if before is None else before.status.projects
    if before is not None and before.suppressed:
        return "suppressed"
    moved = sum(
        quarter.first_day <= date.fromisoformat(one.since) <= quarter.last_day for one in block.open
    )
    done = _finished(block) - (0 if earlier is None else _finished(earlier))
    finished = max(done, 0) if earlier is not None else 0
    stalled = stalled_projects(block, quarter.last_day, quarter.snapshot.stalling)
    return ProjectMoves(shown.status, block, moved, finished, stalled, block.open_count + finished)


def days_late(quarter: Quarter, region: UnitFacts) -> Mapping[str, int]:
    """Working days late of the region's clusters and periods of the quarter, where any were.

    By ``unit|period``; the most that an alert about late reports recorded.
    """
    units = {one.id for one in quarter.clusters(region.id)}
    months = {str(month) for month in quarter.months}
    snapshot = quarter.snapshot
    told = [(one.labels, one.period, one.figures) for one in snapshot.transitions]
    told += [(one.labels, one.period, one.figures) for one in snapshot.alerts]
    found: dict[str, int] = {}
    for labels, period, figures in told:
        days = figures.working_days_late
        if labels.alertname in _LATE and labels.unit in units and period in months and days:
            key = f"{labels.unit}|{period}"
            found[key] = max(days, found.get(key, 0))
    return dict(sorted(found.items()))


def _why_hidden(shown: Shown | None) -> str:
    return "no_status" if shown is None else "suppressed"


def _finished(projects: Projects) -> int:
    return sum(projects.by_stage.get(stage, 0) for stage in _FINISHED)
