"""Required values within a year: the year's value times the historical cumulative share.

January-February carries 11 to 16 per cent of a year, not two twelfths: calendar pacing would cry
wolf every spring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.metrics.domain.levels import rounded

YEARS_USED = 3
"""Past years in the mean: enough to smooth a moving Spring Festival, short enough to be current."""

DECEMBER = 12


class ShareSource(StrEnum):
    """Whose past a cumulative share was taken from."""

    OWN = "own"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class PastYear:
    """A closed year: its year-to-date at the period in question, and its total, in base units."""

    ytd: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class CumulativeShare:
    """Share of a year that is usually done by a period."""

    value: Fraction
    years: int
    """Past years in the mean (1 to 3)."""
    source: ShareSource


def cumulative_share(
    month: int, own: Sequence[PastYear], parent: Sequence[PastYear] = ()
) -> CumulativeShare | None:
    """Mean share of up to three past years, newest first; the parent's while there is none.

    Years without a positive total say nothing and are passed over. December's share is one.
    """
    for source, past in ((ShareSource.OWN, own), (ShareSource.PARENT, parent)):
        shares = _shares(past)[:YEARS_USED]
        if month == DECEMBER:
            return CumulativeShare(Fraction(1), len(shares), source)
        if shares:
            return CumulativeShare(sum(shares, Fraction()) / len(shares), len(shares), source)
    return None


def required_year_to_date(required_year: int | None, share: CumulativeShare | None) -> int | None:
    """Year-to-date required by the share's period, in whole base units; None while unknown."""
    if required_year is None or share is None:
        return None
    return rounded(required_year * share.value)


def gap(ytd: int | None, required_ytd: int | None, coverage: float | None) -> int | None:
    """Year-to-date minus what was required of the reports that came; negative is behind.

    Nothing is grossed up: the requirement is multiplied by `coverage` (None counts as complete).
    """
    if ytd is None or required_ytd is None:
        return None
    share = Fraction(1) if coverage is None else Fraction(coverage)
    return ytd - rounded(required_ytd * share)


def _shares(past: Sequence[PastYear]) -> list[Fraction]:
    return [
        Fraction(year.ytd, year.total)
        for year in past
        if year.ytd is not None and year.total is not None and year.total > 0
    ]
