"""Figures of one unit's indicator and period: what is known before anything is judged."""

from typing import NamedTuple

from services.metrics.domain.comparison import (
    Reports,
    comparable_growth,
    decompose,
    rolling_year,
)
from services.metrics.domain.coverage import Coverage, measure_coverage, repeated
from services.metrics.domain.feeds import Feed
from services.metrics.domain.few import tells_of_few
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.totals import Totals
from shared.confidentiality import is_confidential
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
    current = inputs.reports.get(period, {})
    before = inputs.reports.get(period.last_year, {})
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
        decomposition=None if broken else decompose(current, before),
        largest=_largest(inputs, current),
        largest_fall=None if broken else _largest_fall(inputs, current),
        confidential=_confidential(inputs, current, before),
        reasons=(
            *(word for word, holds in words.items() if holds),
            *tells_of_few(current, before, inputs.limits),
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
    current = inputs.reports.get(period, {})
    if inputs.feed is Feed.FUNDS:
        last = period.reporting_before()
        return repeated(inputs.reports.get(last, {}) if last.year == period.year else {}, current)
    expected = inputs.register.expected(inputs.indicator, period)
    before = inputs.reports.get(period.last_year, {})
    return measure_coverage(expected, current, before, stock=inputs.stock)


def _amounts(inputs: UnitInputs, reports: Reports) -> dict[int, int]:
    """What each subject has, by the figure that is added up."""
    if inputs.stock:
        return {s: r.month for s, r in reports.items() if r.month is not None}
    return {s: r.ytd for s, r in reports.items() if r.ytd is not None}


def _largest(inputs: UnitInputs, current: Reports) -> LargestContribution | None:
    amounts = _amounts(inputs, current)
    total = sum(abs(amount) for amount in amounts.values())
    if total == 0:
        return None
    size = max(abs(amount) for amount in amounts.values())
    token = min(inputs.tokens[s] for s, amount in amounts.items() if abs(amount) == size)
    return LargestContribution(token, size / total)


def _largest_fall(inputs: UnitInputs, current: Reports) -> LargestContribution | None:
    """Who explains most of a fall against last year, among the same reports; null on a rise."""
    falls = {
        subject: report.ytd_last_year - report.ytd
        for subject, report in current.items()
        if report.ytd is not None and report.ytd_last_year is not None
    }
    total = sum(falls.values())
    if total <= 0:
        return None
    most = max(falls.values())
    token = min(inputs.tokens[subject] for subject, fall in falls.items() if fall == most)
    return LargestContribution(token, most / total)


def _confidential(inputs: UnitInputs, current: Reports, before: Reports) -> bool:
    """Whether a published figure would give a contributor away.

    Last year's sums can be computed from the growth and the rolling year, so they are tested too;
    the month is the difference of two sums.
    """
    month = [r.month for r in current.values() if r.month is not None]
    stated = [r.ytd_last_year for r in current.values() if r.ytd_last_year]
    cells = (_amounts(inputs, current).values(), _amounts(inputs, before).values(), month, stated)
    return any(is_confidential(amounts, inputs.limits) for amounts in cells)
