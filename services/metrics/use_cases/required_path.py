"""The whole path from a unit's base to its target, for charts; masked as the unit's view is."""

from dataclasses import dataclass
from fractions import Fraction

from services.metrics.domain.levels import exact
from services.metrics.domain.paths import Path, Point, milestones_of, moment, required_level
from services.metrics.use_cases.views import ClusterView
from shared.events.period import Month
from shared.plans import PathKind, Plan

_NO_CURVE = frozenset({PathKind.YEARLY, PathKind.CONSTANT, PathKind.NONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPoint:
    """Level required of the twelve months that end with a month, in the view's base unit."""

    period: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathView:
    """A path month by month, base and target included; empty where an end is not to be seen."""

    cluster: str
    plan: str
    indicator: str
    unit: str
    path: str | None
    points: list[PathPoint]
    suppressed: bool


def path_view(plan: Plan, view: ClusterView) -> PathView:
    """The path behind a view; a masked base leaves no points."""
    path = None if view.suppressed else _path(plan, view)
    points = [] if path is None else _points(path)
    return PathView(
        cluster=view.cluster,
        plan=view.plan,
        indicator=view.indicator,
        unit=view.unit,
        path=view.path,
        points=points,
        suppressed=view.suppressed,
    )


def _path(plan: Plan, view: ClusterView) -> Path | None:
    ends = (*_end(view.base), *_end(view.target))
    if view.path is None or len(ends) != 4:  # noqa: PLR2004 - year and value of both ends
        return None
    shape = PathKind(view.path)
    start_year, start, end_year, end = ends
    if shape in _NO_CURVE or start_year >= end_year:
        return None
    return Path(
        shape, start_year, exact(start), end_year, exact(end), _milestones(plan, view, end_year)
    )


def _end(figure: dict[str, object] | None) -> tuple[int, ...]:
    year, value = (figure or {}).get("year"), (figure or {}).get("value")
    return (year, value) if isinstance(year, int) and isinstance(value, int) else ()


def _milestones(plan: Plan, view: ClusterView, end_year: int) -> tuple[tuple[int, Fraction], ...]:
    return milestones_of(
        [
            Point(target.year, target.base_units)
            for planned in plan.indicators_of(view.cluster)
            if planned.indicator == view.indicator and planned.path is PathKind.MILESTONES
            for target in planned.targets
            if target.year is not None and target.year < end_year
        ]
    )


def _points(path: Path) -> list[PathPoint]:
    month, last = Month(path.start_year, 12), Month(path.end_year, 12)
    points = []
    while month <= last:
        level = required_level(path, moment(month.year, month.month))
        points.append(PathPoint(period=str(month), value=round(level)))
        month = month.following
    return points
