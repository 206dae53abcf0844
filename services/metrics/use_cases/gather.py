"""Reads all that the statuses of one unit are made from."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.metrics.domain.base import BaseDecision, BaseRecord, BaseYear, decide_base
from services.metrics.domain.comparison import Contribution
from services.metrics.domain.confidentiality import ConfidentialityLimits
from services.metrics.domain.coverage import Coverage, Register, measure_coverage
from services.metrics.domain.inputs import ProjectsOf, UnitInputs
from services.metrics.domain.target_kinds import RULES, Figure
from services.metrics.domain.thresholds import Thresholds
from services.metrics.domain.totals import NO_TOTALS, CellState
from services.metrics.ports import AssessmentSource, BaseKey
from shared.events.facts import INVESTMENT, MEMBERSHIP, ProjectState
from shared.events.measures import INDICATORS
from shared.events.period import Month
from shared.plans import Plan, PlanIndicator

_UNKNOWN = CellState(NO_TOTALS, "", 0)
_JUDGED = frozenset({Figure.ROLLING_YEAR, Figure.STAND})


@dataclass(frozen=True, slots=True)
class AssessmentRules:
    """Thresholds of judgement, of confidentiality, and of freezing a base."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    limits: ConfidentialityLimits = field(default_factory=ConfidentialityLimits)
    base_settle: timedelta = timedelta(seconds=60)


ReportsBy = dict[Month, dict[int, Contribution]]


class UnitReader:
    """One unit in one view of the store; what several indicators share is read once."""

    def __init__(
        self,
        source: AssessmentSource,
        ids: tuple[int, Mapping[str, int], Mapping[str, int]],
        rules: AssessmentRules,
        tokens: MutableMapping[int, str],
    ) -> None:
        self._source = source
        self._unit, self._indicator_ids, self._unit_ids = ids
        self._rules = rules
        self._tokens = tokens
        membership = self._indicator_ids.get(MEMBERSHIP)
        found = [] if membership is None else source.memberships(self._unit, membership)
        self._register = Register(found)
        self._investment = self._cells(self._unit, INVESTMENT)
        self.bases: dict[BaseKey, BaseRecord | None] = {}

    def periods(self, indicator: str, *, with_investment: bool) -> list[Month]:
        """Periods that there is anything of, oldest first."""
        known = set(self._cells(self._unit, indicator))
        return sorted(known | (set(self._investment) if with_investment else set()))

    def _cells(self, unit: int, indicator: str) -> dict[Month, CellState]:
        number = self._indicator_ids.get(indicator)
        return {} if number is None else self._source.cells_of(unit, number)

    def inputs(
        self, plan: Plan, unit: str, indicator: str, periods: list[Month], now: datetime
    ) -> UnitInputs:
        """Inputs of the statuses of these periods (at least one, oldest first)."""
        of_plan = plan.unit(unit)
        measure = INDICATORS.get(indicator)
        stock = measure is not None and measure.stock
        planned = planned_indicator(plan, unit, indicator, stock=stock)
        cells = self._cells(self._unit, indicator)
        value_indicator = indicator == of_plan.value_indicator
        parent = of_plan.primary_parent or next(iter(of_plan.parents), None)
        parent_id = self._unit_ids.get(parent) if parent else None
        return UnitInputs(
            plan=plan,
            unit=of_plan,
            indicator=indicator,
            planned=planned,
            measure=measure.base_unit if measure else "1",
            stock=stock,
            cells=cells,
            reports=self._reports(indicator, periods),
            register=self._register,
            tokens=self._tokens,
            base=self._base(plan, unit, planned, cells, now),
            parent_cells=self._cells(parent_id, indicator) if parent_id is not None else {},
            investment_cells=self._investment if value_indicator else {},
            projects=self._projects(periods) if value_indicator else {},
            limits=self._rules.limits,
            forecasts=self._source.forecasts(plan.id, unit, indicator) if planned else {},
        )

    def _reports(self, indicator: str, periods: Iterable[Month]) -> ReportsBy:
        number = self._indicator_ids.get(indicator)
        found: ReportsBy = {}
        if number is None:
            return found
        for first, last in spans(periods):
            for report in self._source.reports(self._unit, number, first, last):
                found.setdefault(report.period, {})[report.subject] = report.contribution
        unknown = {s for reports in found.values() for s in reports} - self._tokens.keys()
        if unknown:
            self._tokens.update(self._source.tokens(unknown))
        return found

    def _projects(self, periods: list[Month]) -> dict[Month, ProjectsOf]:
        number = self._indicator_ids.get(INVESTMENT)
        if number is None or not self._investment:
            return {}
        before = [p for p in self._investment if p <= periods[0]]
        first = max(before, default=periods[0])
        reports: ReportsBy = {}
        states: dict[Month, list[ProjectState]] = {}
        for report in self._source.projects(self._unit, number, first, periods[-1]):
            reports.setdefault(report.period, {})[report.subject] = report.contribution
            if report.state is not None:
                states.setdefault(report.period, []).append(report.state)
        return {p: ProjectsOf(r, tuple(states.get(p, ()))) for p, r in reports.items()}

    def _base(
        self,
        plan: Plan,
        unit: str,
        planned: PlanIndicator | None,
        cells: Mapping[Month, CellState],
        now: datetime,
    ) -> BaseDecision | None:
        if planned is None or planned.base is None or not planned.base.from_data:
            return None
        december = Month(planned.base.year, 12)
        key = (plan.id, unit, planned.indicator, december.year)
        stored = self._source.base(key)
        state = cells.get(december, _UNKNOWN)
        settled = stored is not None and stored.frozen
        year = BaseYear(
            state.totals.ytd_or_none,
            Coverage(None, 0, 0) if settled else self._coverage(planned.indicator, december),
            state.input_version,
        )
        decision = decide_base(
            stored,
            year,
            now,
            gate=self._rules.thresholds.coverage,
            settle=self._rules.base_settle,
        )
        if decision.record != stored:
            self.bases[key] = decision.record
        return decision

    def _coverage(self, indicator: str, period: Month) -> Coverage:
        reports = self._reports(indicator, [period])
        return measure_coverage(
            self._register.expected(indicator, period),
            reports.get(period, {}),
            reports.get(period.last_year, {}),
        )


def planned_indicator(
    plan: Plan, unit: str, indicator: str, *, stock: bool
) -> PlanIndicator | None:
    """The plan's indicator that judges a level of the feed's; one with a target value first."""
    levels = [
        planned
        for planned in plan.indicators_of(unit)
        if planned.indicator == indicator
        and RULES[planned.kind].figure in _JUDGED
        and (RULES[planned.kind].figure is Figure.STAND) == stock
    ]
    return min(levels, key=lambda p: p.target is None or p.target.value is None, default=None)


def spans(periods: Iterable[Month]) -> list[tuple[Month, Month]]:
    """Ranges that cover the periods and the same periods a year before."""
    wanted = sorted(periods)
    now, before = (wanted[0], wanted[-1]), (wanted[0].last_year, wanted[-1].last_year)
    return [(before[0], now[1])] if before[1] >= now[0] else [before, now]


Owns = Callable[[int], bool]
"""Whether this replica owns a partition of the facts topic."""
