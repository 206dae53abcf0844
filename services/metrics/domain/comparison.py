"""Comparable growth, rolling year and the exact split of a level's change."""

from collections.abc import Mapping
from typing import NamedTuple

from services.metrics.domain.totals import NO_TOTALS, Totals
from shared.events.period import Month
from shared.events.status import Decomposition


class Contribution(NamedTuple):
    """One subject's report in one period, in base units; `None` is absent."""

    month: int | None
    ytd: int | None
    month_last_year: int | None
    ytd_last_year: int | None


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


def decompose(current: Reports, stored_last_year: Reports) -> Decomposition | None:
    """Split the change against the stored year-to-date of last year, exactly.

    Entries count with their whole year-to-date, exits with last year's stored one; continuing
    enterprises with their own comparable change, and what they restated of last year apart. Null
    where either year has no report.
    """
    before = {s: r.ytd for s, r in stored_last_year.items() if r.ytd is not None}
    now = {s: r for s, r in current.items() if r.ytd is not None}
    if not before or not now:
        return None
    continuing = entries = restatement = 0
    for subject, report in now.items():
        ytd = report.ytd or 0
        stored = before.pop(subject, None)
        if stored is None:
            entries += ytd
            continue
        restated = stored if report.ytd_last_year is None else report.ytd_last_year
        continuing += ytd - restated
        restatement += restated - stored
    return Decomposition(
        continuing=continuing,
        entries=entries,
        exits=sum(before.values()),
        restatement=restatement,
    )
