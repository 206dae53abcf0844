"""Reports of a cell, comparable growth and the rolling year."""

from collections.abc import Mapping
from typing import NamedTuple

from services.metrics.domain.totals import NO_TOTALS, Totals
from shared.events.period import Month


class Contribution(NamedTuple):
    """One subject's report in one period, in base units; `None` is absent."""

    month: int | None
    ytd: int | None
    month_last_year: int | None
    ytd_last_year: int | None


NO_REPORT = Contribution(None, None, None, None)
"""What nobody reported; another one with nothing in it is a report."""

Reports = Mapping[int, Contribution]
"""Reports of one cell by subject id."""


def comparable_growth(totals: Totals) -> float | None:
    """Σ ytd ÷ Σ ytd_last_year - 1 over the same current reports (可比增速), as a ratio.

    Reports without last year's figure take no part; null where last year's sum is not positive.
    """
    if totals.comparable_count == 0 or totals.comparable_last_year <= 0:
        return None
    return totals.comparable_ytd / totals.comparable_last_year - 1


def rolling_year(period: Month, totals: Mapping[Month, Totals]) -> int | None:
    """ytd(t) + year(y-1) - ytd(t, y-1) from stored standing versions; null if a part is missing."""
    now = totals.get(period, NO_TOTALS).ytd_or_none
    if period == period.december:
        return now
    last_december = totals.get(period.last_year.december, NO_TOTALS).ytd_or_none
    last_year = totals.get(period.last_year, NO_TOTALS).ytd_or_none
    if now is None or last_december is None or last_year is None:
        return None
    return now + last_december - last_year
