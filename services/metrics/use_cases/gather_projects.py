"""Reads what the feeds about a unit's projects say, each range of rows once."""

from collections.abc import Iterable, Mapping

from services.metrics.domain.feeds import behind, currency_and_origin, reporting_period
from services.metrics.domain.inputs import FundsSeries
from services.metrics.domain.project_history import ProjectLine, ProjectLines
from services.metrics.domain.totals import NO_TOTALS, CellState
from services.metrics.ports import AssessmentSource
from shared.events.facts import FUNDS, INVESTMENT, PROJECT
from shared.events.period import Month

_EARLIEST = Month(1949, 1)
_NO_CELL = CellState(NO_TOTALS, "", 0)


class ProjectReader:
    """Cells of a unit, and the lines of its projects."""

    def __init__(
        self, source: AssessmentSource, unit: int, indicator_ids: Mapping[str, int]
    ) -> None:
        self._source = source
        self._unit = unit
        present = source.indicators_of(unit)
        self._ids = {name: number for name, number in indicator_ids.items() if number in present}
        self._cells: dict[str, Mapping[Month, CellState]] = {}
        self._lines: dict[tuple[str, Month, Month], ProjectLines] = {}

    @property
    def indicators(self) -> Iterable[str]:
        """Indicators of facts that the unit has."""
        return self._ids.keys()

    def cells(self, indicator: str) -> Mapping[Month, CellState]:
        """All periods of an indicator of facts."""
        if indicator not in self._cells:
            number = self._ids.get(indicator)
            found = {} if number is None else self._source.cells_of(self._unit, number)
            self._cells[indicator] = found
        return self._cells[indicator]

    def any_news(self) -> dict[Month, CellState]:
        """Reporting periods with news of projects, with the age and version of the news."""
        found: dict[Month, CellState] = {}
        for indicator in behind(PROJECT, self._ids):
            for month, state in self.cells(indicator).items():
                period = reporting_period(month)
                known = found.get(period, _NO_CELL)
                found[period] = CellState(
                    NO_TOTALS,
                    max(known.as_of, state.as_of),
                    max(known.input_version, state.input_version),
                )
        return found

    def investment(self, periods: list[Month]) -> ProjectLines:
        """Investment reports of the periods, and of all since the year before the first.

        Whole years: progress within a year shows only beside the reports before it.
        """
        first = min(Month(periods[0].year - 1, 1), self._investment_since(periods))
        return self._read(INVESTMENT, first, periods[-1])

    def current_investment(self, periods: list[Month]) -> ProjectLines:
        """Investment reports that these periods' blocks sum up."""
        return self._read(INVESTMENT, self._investment_since(periods), periods[-1])

    def _investment_since(self, periods: list[Month]) -> Month:
        cells = self.cells(INVESTMENT).items()
        reported = [p for p, s in cells if p <= periods[0] and s.totals.contributors]
        return max(reported, default=periods[0])

    def stages(self, periods: list[Month]) -> ProjectLines:
        """Stages reached up to the last period."""
        return self._read(PROJECT, _EARLIEST, periods[-1])

    def funds_since(self, periods: list[Month]) -> Month:
        """The oldest period that the status of the first of these shows: a newest a currency."""
        newest: dict[str, Month] = {}
        for series in self.funds(None, None):
            for period, state in series.cells.items():
                if period <= periods[0] and state.totals.contributors:
                    newest[series.currency] = max(newest.get(series.currency, period), period)
        return min(newest.values(), default=periods[0])

    def funds(self, first: Month | None, last: Month | None) -> tuple[FundsSeries, ...]:
        """Funds by currency and origin, with the reports of a range; none without a range."""
        found = []
        for indicator in sorted(behind(FUNDS, self._ids)):
            lines = {} if first is None or last is None else self._read(indicator, first, last)
            found.append(
                FundsSeries(
                    *currency_and_origin(indicator),
                    cells=self.cells(indicator),
                    reports={
                        period: {subject: line.contribution for subject, line in of.items()}
                        for period, of in lines.items()
                    },
                )
            )
        return tuple(found)

    def _read(self, indicator: str, first: Month, last: Month) -> ProjectLines:
        number = self._ids.get(indicator)
        if number is None:
            return {}
        key = (indicator, first, last)
        if key not in self._lines:
            found: dict[Month, dict[int, ProjectLine]] = {}
            for report in self._source.projects(self._unit, number, first, last):
                line = ProjectLine(report.contribution, report.state)
                found.setdefault(report.period, {})[report.subject] = line
            self._lines[key] = found
        return self._lines[key]
