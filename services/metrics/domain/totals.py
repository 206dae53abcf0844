"""Running totals of a cell: exact integer sums with the number of reports behind each."""

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
        return type(self)(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: Self) -> Self:
        """Difference of both, member by member."""
        return type(self)(*(a - b for a, b in zip(self, other, strict=True)))

    @property
    def fits(self) -> bool:
        """Whether every sum can be stored as a signed 64-bit integer."""
        return all(-MAX_TOTAL <= number <= MAX_TOTAL for number in self)

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
    both = fact.ytd is not None and fact.ytd_last_year is not None
    return Totals(
        1,
        fact.month or 0,
        int(fact.month is not None),
        fact.ytd or 0,
        int(fact.ytd is not None),
        fact.month_last_year or 0,
        int(fact.month_last_year is not None),
        fact.ytd_last_year or 0,
        int(fact.ytd_last_year is not None),
        (fact.ytd or 0) if both else 0,
        (fact.ytd_last_year or 0) if both else 0,
        int(both),
    )


def change(old: Standing | None, new: Standing) -> Totals:
    """What replacing `old` by `new` adds to the cell's totals."""
    return totals_of(new).minus(totals_of(old))


class CellState(NamedTuple):
    """Totals of a cell with the age and version of what is behind them."""

    totals: Totals
    as_of: str
    """Broker time of the newest input seen, in UTC with milliseconds; empty before any."""
    input_version: int
    """Greatest fact version seen."""
