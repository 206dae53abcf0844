"""All that the statuses of one unit's indicator are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.metrics.domain.base import BaseDecision
from services.metrics.domain.comparison import Reports
from services.metrics.domain.confidentiality import ConfidentialityLimits
from services.metrics.domain.coverage import Register
from services.metrics.domain.made_forecasts import StoredForecast
from services.metrics.domain.shares import PastYear
from services.metrics.domain.totals import NO_TOTALS, CellState, Totals
from shared.events.facts import ProjectState
from shared.events.period import Month
from shared.plans import Plan, PlanIndicator, Unit

_NO_CELL = CellState(NO_TOTALS, "", 0)
PAST_YEARS = 3


@dataclass(frozen=True, slots=True)
class ProjectsOf:
    """Investment reports of a unit's projects in one period."""

    reports: Reports
    states: tuple[ProjectState, ...]


@dataclass(frozen=True)
class UnitInputs:
    """Inputs of one plan's unit and indicator; amounts in base units, exact."""

    plan: Plan
    unit: Unit
    indicator: str
    planned: PlanIndicator | None
    """The plan's indicator that this one is judged by."""
    measure: str
    """Base unit of the amounts."""
    stock: bool
    """A level: only `month` is reported."""
    cells: Mapping[Month, CellState]
    reports: Mapping[Month, Reports]
    """At least the periods to assess and the same periods one year before."""
    register: Register
    tokens: Mapping[int, str]
    """Tokens of the subjects in `reports`."""
    base: BaseDecision | None = None
    """Decision on a base from the feed; None where the plan has another base or none."""
    parent_cells: Mapping[Month, CellState] = field(default_factory=dict)
    """Cells of the primary parent, for its cumulative share."""
    investment_cells: Mapping[Month, CellState] = field(default_factory=dict)
    projects: Mapping[Month, ProjectsOf] = field(default_factory=dict)
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
