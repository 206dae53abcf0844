"""Running totals of a cell: exact integer sums with the number of reports behind each."""

from operator import add, sub
from typing import NamedTuple, Self

from services.metrics.domain.standing import Standing

MAX_TOTAL = (1 << 63) - 1


class Totals(NamedTuple):
    """Sums in base units; a sum over no report (count 0) is null, not zero."""

    contributors: int = 0
    month: int = 0
    month_count: int = 0
    ytd: int = 0
    ytd_count: int = 0
    month_last_year: int = 0
    month_last_year_count: int = 0
    ytd_last_year: int = 0
    ytd_last_year_count: int = 0
    comparable_ytd: int = 0
    """Year-to-date of the reports that state both this year's and last year's figure."""
    comparable_last_year: int = 0
    comparable_count: int = 0

    def plus(self, other: Self) -> Self:
        """Sum of both, member by member."""
        return type(self)(*map(add, self, other))

    def moved(self, old: Self, new: Self) -> Self:
        """Totals after `new` has taken the place of `old`, member by member."""
        return type(self)(*map(sub, map(add, self, new), old))

    @property
    def fits(self) -> bool:
        """Whether every sum can be stored as a signed 64-bit integer."""
        return -MAX_TOTAL <= min(self) <= max(self) <= MAX_TOTAL

    @property
    def month_or_none(self) -> int | None:
        """Sum of the month, or null without a report of it."""
        return self.month if self.month_count else None

    @property
    def ytd_or_none(self) -> int | None:
        """Sum of the year-to-date, or null without a report of it."""
        return self.ytd if self.ytd_count else None

    @property
    def month_last_year_or_none(self) -> int | None:
        """Sum of last year's month as restated today, or null."""
        return self.month_last_year if self.month_last_year_count else None

    @property
    def ytd_last_year_or_none(self) -> int | None:
        """Sum of last year's year-to-date as restated today, or null."""
        return self.ytd_last_year if self.ytd_last_year_count else None


NO_TOTALS = Totals()


def year_to_date(totals: Totals) -> Totals:
    """Totals of a single figure that says what the year has brought so far."""
    return totals._replace(month=0, month_count=0, ytd=totals.month, ytd_count=totals.month_count)


def totals_of(fact: Standing | None) -> Totals:
    """What one fact adds to its cell; nothing for no fact or a retracted one."""
    if fact is None or fact.deleted:
        return NO_TOTALS
    month, ytd, month_last_year, ytd_last_year = fact.amounts
    both = ytd is not None and ytd_last_year is not None
    return Totals(
        1,
        month or 0,
        0 if month is None else 1,
        ytd or 0,
        0 if ytd is None else 1,
        month_last_year or 0,
        0 if month_last_year is None else 1,
        ytd_last_year or 0,
        0 if ytd_last_year is None else 1,
        (ytd or 0) if both else 0,
        (ytd_last_year or 0) if both else 0,
        1 if both else 0,
    )


class CellState(NamedTuple):
    """Totals of a cell with the age and version of what is behind them."""

    totals: Totals
    as_of: str
    """Broker time of the newest input seen, in UTC with milliseconds; empty before any."""
    input_version: int
    """Greatest fact version seen."""
