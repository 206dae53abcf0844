"""Reads all that the statuses of one unit are made from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from services.metrics.domain.base import BaseDecision, BaseRecord, BaseYear, decide_base
from services.metrics.domain.collected import Collected, collect
from services.metrics.domain.comparison import Contribution, Reports
from services.metrics.domain.coverage import Coverage, Register
from services.metrics.domain.feeds import (
    YUAN,
    Feed,
    counts,
    feed_of,
    is_stock,
    measure_of,
    planned_for,
)
from services.metrics.domain.funds import merged_reports, summed
from services.metrics.domain.inputs import NO_PROJECTS, ProjectFeeds, UnitInputs
from services.metrics.domain.keys import pack_cell
from services.metrics.domain.target_kinds import is_flow
from services.metrics.domain.thresholds import Thresholds
from services.metrics.domain.totals import NO_TOTALS, CellState, year_to_date
from services.metrics.ports import AssessmentSource, BaseKey
from services.metrics.use_cases.gather_projects import ProjectReader
from services.metrics.use_cases.kept_cells import KeptCells
from services.metrics.use_cases.tokens import KnownTokens
from shared.confidentiality import ConfidentialityLimits
from shared.events.facts import INVESTMENT, MEMBERSHIP
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Plan, PlanIndicator

_UNKNOWN = CellState(NO_TOTALS, "", 0)


@dataclass(frozen=True, slots=True)
class AssessmentRules:
    """Thresholds of judgement, of confidentiality, and of freezing a base."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    limits: ConfidentialityLimits = field(default_factory=ConfidentialityLimits)
    base_settle: timedelta = timedelta(seconds=60)


Told = Callable[[Month], Status | None]
"""Gives the status of a unit's projects in a period, where it still holds."""

ReportsBy = dict[Month, dict[int, Contribution]]


class UnitReader:
    """One unit in one view of the store; what several indicators share is read once."""

    def __init__(
        self,
        source: AssessmentSource,
        ids: tuple[int, Mapping[str, int], Mapping[str, int]],
        rules: AssessmentRules,
        tokens: KnownTokens,
        kept: KeptCells | None = None,
    ) -> None:
        """`kept` shows what the view shows."""
        self._source = source
        self._kept = kept
        self._unit, self._indicator_ids, self._unit_ids = ids
        self._rules = rules
        self._tokens = tokens
        self._projects = ProjectReader(source, self._unit, self._indicator_ids)
        self.bases: dict[BaseKey, BaseRecord | None] = {}

    @property
    def indicators(self) -> Iterable[str]:
        """Indicators of facts that the unit has."""
        return self._projects.indicators

    @cached_property
    def _register(self) -> Register:
        membership = self._indicator_ids.get(MEMBERSHIP)
        found = [] if membership is None else self._source.memberships(self._unit, membership)
        return Register(found)

    def periods(self, indicator: str, *, with_investment: bool) -> list[Month]:
        """Periods that there is anything of, oldest first."""
        known = set(self._status_cells(indicator))
        return sorted(known | (set(self._projects.cells(INVESTMENT)) if with_investment else set()))

    def _status_cells(self, indicator: str) -> Mapping[Month, CellState]:
        """Cells whose periods have a status of this indicator."""
        match feed_of(indicator, zone=False):
            case Feed.FUNDS:
                return summed(self._projects.funds(None, None))
            case Feed.PROJECTS:
                return self._projects.any_news()
            case _:
                return self._projects.cells(indicator)

    def inputs(
        self,
        plan: Plan,
        unit: str,
        indicator: str,
        periods: list[Month],
        now: datetime,
        told: Told = lambda _period: None,
    ) -> UnitInputs:
        """Inputs of the statuses of these periods (at least one, oldest first).

        `told` gives the status of the unit's projects in a period where it still holds.
        """
        of_plan = plan.unit(unit)
        planned = planned_for(plan, unit, indicator)
        feed = feed_of(indicator, zone=planned is not None and planned.own_feed)
        stock = not is_flow(planned) if planned and feed is Feed.ZONE else is_stock(indicator)
        value = indicator == of_plan.value_indicator
        projects = self._of_value(periods, told) if value else self._of_feed(feed, periods)
        cells, reports = self._figures(feed, indicator, planned, projects, stock=stock)
        parent = of_plan.primary_parent or next(iter(of_plan.parents), None)
        self._tokens.learn(self._source, _subjects(projects))
        return UnitInputs(
            plan=plan,
            unit=of_plan,
            indicator=indicator,
            feed=feed,
            planned=planned,
            measure=measure_of(plan, unit, indicator),
            stock=stock,
            cells=cells,
            collected=self._collected_of(feed, indicator, periods, cells, reports),
            reports=reports,
            tokens=self._tokens,
            base=self._base(plan, unit, planned, cells, now, stock=stock),
            parent_cells=self._parent_cells(parent, indicator),
            projects=projects,
            limits=self._rules.limits,
            forecasts=self._source.forecasts(plan.id, unit, indicator) if planned else {},
        )

    def _figures(
        self,
        feed: Feed,
        indicator: str,
        planned: PlanIndicator | None,
        projects: ProjectFeeds,
        *,
        stock: bool,
    ) -> tuple[Mapping[Month, CellState], Mapping[Month, Reports]]:
        """Totals of all periods, and the single reports of funds."""
        if feed is Feed.FUNDS:
            meant = [s for s in projects.funds if s.currency == YUAN and counts(planned, s.origin)]
            known = sorted({period for series in meant for period in series.reports})
            return summed(meant), {period: merged_reports(meant, period) for period in known}
        if feed is Feed.PROJECTS:
            return self._projects.any_news(), {}
        cells = self._projects.cells(indicator)
        if feed is not Feed.ZONE:
            return cells, {}
        flow = {p: s._replace(totals=year_to_date(s.totals)) for p, s in cells.items()}
        return cells if stock else flow, {}

    def _of_value(self, periods: list[Month], told: Told) -> ProjectFeeds:
        """The value indicator's status carries everything that is known of the projects."""
        reader = self._projects
        news = sorted(reader.any_news())
        wanted = {max((n for n in news if n <= period), default=None) for period in periods}
        known = {period: told(period) for period in wanted if period is not None}
        standing = {period: status for period, status in known.items() if status is not None}
        whole = len(standing) < len(known)
        return ProjectFeeds(
            investment_cells=reader.cells(INVESTMENT),
            investment=reader.investment(periods) if whole else reader.current_investment(periods),
            stages=reader.stages(periods) if whole else {},
            funds=reader.funds(reader.funds_since(periods), periods[-1]),
            news=tuple(news),
            told={} if whole else standing,
        )

    def _of_feed(self, feed: Feed, periods: list[Month]) -> ProjectFeeds:
        """What the status of funds, or of projects, is made from."""
        reader = self._projects
        if feed is Feed.FUNDS:
            first = min(periods[0].last_year, reader.funds_since(periods))
            return ProjectFeeds(funds=reader.funds(first, periods[-1]))
        if feed is not Feed.PROJECTS:
            return NO_PROJECTS
        return ProjectFeeds(
            investment=reader.investment(periods),
            stages=reader.stages(periods),
            news=tuple(sorted(reader.any_news())),
        )

    def _collected_of(
        self,
        feed: Feed,
        indicator: str,
        periods: list[Month],
        cells: Mapping[Month, CellState],
        funds: Mapping[Month, Reports],
    ) -> Mapping[Month, Collected]:
        """What the figures of these periods are made from, where they are made from reports."""
        if feed in {Feed.ZONE, Feed.PROJECTS}:
            return {}
        if feed is not Feed.FUNDS:
            return self._collected(indicator, periods, cells)
        self._tokens.learn(self._source, (s for of in funds.values() for s in of))
        return {p: self._made(funds, p, frozenset(), stock=False) for p in periods}

    def _collected(
        self, indicator: str, periods: Iterable[Month], cells: Mapping[Month, CellState]
    ) -> dict[Month, Collected]:
        """The kept ones as they are, the others from all reports."""
        number = self._indicator_ids.get(indicator)
        found: dict[Month, Collected] = {}
        missing: list[Month] = []
        for period in periods:
            known = self._known(number, period, cells)
            if known is None:
                missing.append(period)
            else:
                found[period] = known
        reports = self._reports(indicator, missing) if missing else {}
        self._tokens.learn(self._source, (s for of in reports.values() for s in of))
        for period in missing:
            expected = self._register.expected(indicator, period)
            made = self._made(reports, period, expected, stock=is_stock(indicator))
            found[period] = made
            if self._kept is not None and number is not None:
                self._kept.keep(pack_cell(self._unit, number, period), made)
        return found

    def _known(
        self, number: int | None, period: Month, cells: Mapping[Month, CellState]
    ) -> Collected | None:
        if self._kept is None or number is None:
            return None
        contributors = cells.get(period, _UNKNOWN).totals.contributors
        return self._kept.get(pack_cell(self._unit, number, period), contributors)

    def _made(
        self,
        reports: Mapping[Month, Reports],
        period: Month,
        expected: frozenset[int],
        *,
        stock: bool,
    ) -> Collected:
        now, before = reports.get(period, {}), reports.get(period.last_year, {})
        return collect(now, before, expected, self._tokens, stock=stock)

    def _reports(self, indicator: str, periods: Iterable[Month]) -> ReportsBy:
        number = self._indicator_ids.get(indicator)
        found: ReportsBy = {}
        if number is None:
            return found
        for first, last in spans(periods):
            for report in self._source.reports(self._unit, number, first, last):
                found.setdefault(report.period, {})[report.subject] = report.contribution
        return found

    def _parent_cells(self, parent: str | None, indicator: str) -> Mapping[Month, CellState]:
        unit = self._unit_ids.get(parent) if parent else None
        number = self._indicator_ids.get(indicator)
        if unit is None or number is None:
            return {}
        return self._source.cells_of(unit, number)

    def _base(
        self,
        plan: Plan,
        unit: str,
        planned: PlanIndicator | None,
        cells: Mapping[Month, CellState],
        now: datetime,
        *,
        stock: bool,
    ) -> BaseDecision | None:
        if planned is None or planned.base is None or not planned.base.from_data:
            return None
        december = Month(planned.base.year, 12)
        key = (plan.id, unit, planned.indicator, december.year)
        stored = self._source.base(key)
        state = cells.get(december, _UNKNOWN)
        settled = stored is not None and stored.frozen
        year = BaseYear(
            state.totals.month_or_none if stock else state.totals.ytd_or_none,
            Coverage(None, 0, 0)
            if settled
            else self._collected(planned.indicator, [december], cells)[december].coverage,
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


def _subjects(projects: ProjectFeeds) -> set[int]:
    feeds = (projects.investment, projects.stages)
    return {subject for feed in feeds for lines in feed.values() for subject in lines}


def spans(periods: Iterable[Month]) -> list[tuple[Month, Month]]:
    """Ranges that cover the periods and the same periods a year before."""
    wanted = sorted(periods)
    now, before = (wanted[0], wanted[-1]), (wanted[0].last_year, wanted[-1].last_year)
    return [(before[0], now[1])] if before[1] >= now[0] else [before, now]


Owns = Callable[[int], bool]
"""Whether this replica owns a partition of the facts topic."""
