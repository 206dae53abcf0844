"""Figures of one unit's indicator and period: what is known before anything is judged."""

from typing import NamedTuple

from services.metrics.domain.comparison import (
    Reports,
    comparable_growth,
    decompose,
    rolling_year,
)
from services.metrics.domain.confidentiality import is_confidential
from services.metrics.domain.coverage import Coverage, measure_coverage
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


class Figures(NamedTuple):
    """Figures with the reason words behind their nulls; amounts in base units."""

    totals: Totals
    rolling_year: int | None
    growth: float | None
    coverage: Coverage
    decomposition: Decomposition | None
    largest: LargestContribution | None
    confidential: bool
    reasons: tuple[str, ...]


def measure(inputs: UnitInputs, period: Month) -> Figures:
    """All figures of a period."""
    totals = inputs.state(period).totals
    current = inputs.reports.get(period, {})
    before = inputs.reports.get(period.last_year, {})
    expected = inputs.register.expected(inputs.indicator, period)
    coverage = measure_coverage(expected, current, before, stock=inputs.stock)
    broken = any(period.last_year < b.month <= period for b in inputs.unit.series_breaks)
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
        confidential=_confidential(inputs, current, before),
        reasons=tuple(word for word, holds in words.items() if holds),
    )


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


def _confidential(inputs: UnitInputs, current: Reports, before: Reports) -> bool:
    """Whether a published figure would give a contributor away.

    Last year's sums can be computed from the growth and the rolling year, so they are tested too.
    """
    stated = [r.ytd_last_year for r in current.values() if r.ytd_last_year]
    cells = (_amounts(inputs, current).values(), _amounts(inputs, before).values(), stated)
    return any(is_confidential(amounts, inputs.limits) for amounts in cells)
