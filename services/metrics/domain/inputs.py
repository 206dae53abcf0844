"""All that the statuses of one unit's indicator are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.metrics.domain.base import BaseDecision
from services.metrics.domain.collected import Collected
from services.metrics.domain.comparison import Reports
from services.metrics.domain.feeds import Feed
from services.metrics.domain.made_forecasts import StoredForecast
from services.metrics.domain.project_history import ProjectLines, Track, tracks_of
from services.metrics.domain.shares import PastYear
from services.metrics.domain.totals import NO_TOTALS, CellState, Totals
from shared.confidentiality import ConfidentialityLimits
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Plan, PlanIndicator, Unit

_NO_CELL = CellState(NO_TOTALS, "", 0)
PAST_YEARS = 3


@dataclass(frozen=True, slots=True)
class FundsSeries:
    """Funds that a unit's projects received from one origin, in whole units of one currency."""

    currency: str
    origin: str
    cells: Mapping[Month, CellState]
    reports: Mapping[Month, Reports]


@dataclass(frozen=True)
class ProjectFeeds:
    """What the feeds about a unit's projects say; empty where a status does not carry it."""

    investment_cells: Mapping[Month, CellState] = field(default_factory=dict)
    """Totals of the investment block."""
    investment: ProjectLines = field(default_factory=dict)
    """Investment reports of the periods to assess and all since the year before the first."""
    stages: ProjectLines = field(default_factory=dict)
    """Stages by the calendar month in which they were reached, all since the first."""
    funds: tuple[FundsSeries, ...] = ()
    news: tuple[Month, ...] = ()
    """Periods with news of projects, oldest first."""
    told: Mapping[Month, Status] = field(default_factory=dict)
    """Statuses of projects that still hold, by period: what they say is not made again."""

    @cached_property
    def investment_tracks(self) -> Mapping[int, Track]:
        """Investment reports by project."""
        return tracks_of(self.investment)

    @cached_property
    def stage_tracks(self) -> Mapping[int, Track]:
        """Stages by project."""
        return tracks_of(self.stages)


NO_PROJECTS = ProjectFeeds()


@dataclass(frozen=True)
class UnitInputs:
    """Inputs of one plan's unit and indicator; amounts in base units, exact."""

    plan: Plan
    unit: Unit
    indicator: str
    feed: Feed
    planned: PlanIndicator | None
    """The plan's indicator that this one is judged by."""
    measure: str
    """Base unit of the amounts."""
    stock: bool
    """A level: only `month` is there."""
    cells: Mapping[Month, CellState]
    collected: Mapping[Month, Collected]
    """Reports of the periods to assess beside those of a year before; of feeds with reports."""
    reports: Mapping[Month, Reports]
    """Of funds."""
    tokens: Mapping[int, str]
    """Tokens of the subjects in `projects`."""
    base: BaseDecision | None = None
    """Decision on a base from the feed; None where the plan has another base or none."""
    parent_cells: Mapping[Month, CellState] = field(default_factory=dict)
    """Cells of the primary parent, for its cumulative share."""
    projects: ProjectFeeds = NO_PROJECTS
    limits: ConfidentialityLimits = field(default_factory=ConfidentialityLimits)
    forecasts: Mapping[Month, StoredForecast] = field(default_factory=dict)

    def state(self, period: Month) -> CellState:
        """Totals of a period, empty ones without any report."""
        return self.cells.get(period, _NO_CELL)

    @cached_property
    def totals(self) -> Mapping[Month, Totals]:
        """Totals by period."""
        return {period: state.totals for period, state in self.cells.items()}

    def input_version(self, period: Month) -> int:
        """Greatest version of the facts up to the period."""
        return max((s.input_version for p, s in self.cells.items() if p <= period), default=0)

    def past_years(self, period: Month) -> list[PastYear]:
        """Own closed years before the period's, newest first."""
        return past_years(self.cells, period)

    def broken_between(self, after: Month, until: Month) -> bool:
        """Whether the unit's borders changed after one month, up to another."""
        return any(after < each.month <= until for each in self.unit.series_breaks)

    def broken(self, period: Month) -> bool:
        """Whether a figure does not compare with that of a year before."""
        return self.broken_between(period.last_year, period)


def past_years(cells: Mapping[Month, CellState], period: Month) -> list[PastYear]:
    """Year-to-date at the period and total of past years, newest first."""
    found = []
    for back in range(1, PAST_YEARS + 1):
        same = Month(period.year - back, period.month)
        ytd = cells.get(same, _NO_CELL).totals.ytd_or_none
        total = cells.get(same.december, _NO_CELL).totals.ytd_or_none
        if ytd is not None and total is not None:
            found.append(PastYear(ytd, total))
    return found
