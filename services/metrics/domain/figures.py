"""Figures of one unit's indicator and period: what is known before anything is judged."""

from typing import NamedTuple

from services.metrics.domain.comparison import comparable_growth, rolling_year
from services.metrics.domain.coverage import Coverage, repeated
from services.metrics.domain.feeds import Feed
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.totals import Totals
from shared.events.period import Month
from shared.events.status import Decomposition, LargestContribution

NO_REPORTS = "no_reports"
NOTHING_EXPECTED = "nothing_expected"
NO_COMPARABLE_BASE = "no_comparable_base"
ROLLING_YEAR_INCOMPLETE = "rolling_year_incomplete"
SERIES_BREAK = "series_break"
REPORTS_MISSING = "reports_missing"
"""Some expected reports are not there yet: in the decomposition they count among the exits."""

_NO_COVERAGE = Coverage(None, 0, 0)


class Figures(NamedTuple):
    """Figures with the reason words behind their nulls; amounts in base units."""

    totals: Totals
    rolling_year: int | None
    growth: float | None
    coverage: Coverage
    decomposition: Decomposition | None
    largest: LargestContribution | None
    largest_fall: LargestContribution | None
    confidential: bool
    reasons: tuple[str, ...]


def measure(inputs: UnitInputs, period: Month) -> Figures:
    """All figures of a period."""
    if inputs.feed in {Feed.ZONE, Feed.PROJECTS}:
        return _of_the_whole(inputs, period)
    totals = inputs.state(period).totals
    collected = inputs.collected[period]
    coverage = _coverage(inputs, period)
    broken = inputs.broken(period)
    rolling = None if broken else rolling_year(period, inputs.totals)
    growth = None if broken else comparable_growth(totals)
    words = {
        NO_REPORTS: totals.contributors == 0,
        NOTHING_EXPECTED: coverage.expected == 0,
        NO_COMPARABLE_BASE: growth is None and not broken and not inputs.stock,
        ROLLING_YEAR_INCOMPLETE: rolling is None and not broken and not inputs.stock,
        SERIES_BREAK: broken,
        REPORTS_MISSING: coverage.reporting < coverage.expected,
    }
    return Figures(
        totals=totals,
        rolling_year=rolling,
        growth=growth,
        coverage=coverage,
        decomposition=None if broken else collected.decomposition,
        largest=collected.largest,
        largest_fall=None if broken else collected.largest_fall,
        confidential=collected.is_confidential(inputs.limits),
        reasons=(
            *(word for word, holds in words.items() if holds),
            *collected.tells_of_few(inputs.limits),
        ),
    )


def _of_the_whole(inputs: UnitInputs, period: Month) -> Figures:
    """A figure of the unit as a whole: no contributors, nothing expected, nothing to give away."""
    flow = inputs.feed is Feed.ZONE and not inputs.stock
    broken = flow and inputs.broken(period)
    rolling = rolling_year(period, inputs.totals) if flow and not broken else None
    words = {ROLLING_YEAR_INCOMPLETE: flow and rolling is None and not broken, SERIES_BREAK: broken}
    return Figures(
        totals=inputs.state(period).totals,
        rolling_year=rolling,
        growth=None,
        coverage=_NO_COVERAGE,
        decomposition=None,
        largest=None,
        largest_fall=None,
        confidential=False,
        reasons=tuple(word for word, holds in words.items() if holds),
    )


def _coverage(inputs: UnitInputs, period: Month) -> Coverage:
    """By the register; projects that received funds are due again until the year is over."""
    if inputs.feed is not Feed.FUNDS:
        return inputs.collected[period].coverage
    last = period.reporting_before()
    before = inputs.reports.get(last, {}) if last.year == period.year else {}
    return repeated(before, inputs.reports.get(period, {}))
