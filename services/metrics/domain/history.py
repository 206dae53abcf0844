"""A series as years of eleven periods, the way Chinese monthly reports come."""

from collections.abc import Mapping
from dataclasses import dataclass

SEASON = 11
"""Reporting periods a year: January-February is one, then March to December."""

_FIRST_MONTH, _DECEMBER = 2, 12


@dataclass(frozen=True, slots=True)
class History:
    """Year-to-date figures without a gap, oldest year first, in base units.

    Every closed year has eleven figures; `current` has those reported so far (1 to 11).
    """

    current_year: int
    closed: tuple[tuple[int, ...], ...]
    current: tuple[int, ...]

    @property
    def periods(self) -> int:
        """Periods of the current year that are known."""
        return len(self.current)

    @property
    def ytd(self) -> int:
        """Year-to-date of the current year."""
        return self.current[-1]

    @property
    def totals(self) -> tuple[int, ...]:
        """Totals of the closed years, oldest first."""
        return tuple(year[-1] for year in self.closed)

    @property
    def increments(self) -> tuple[int, ...]:
        """What each period added, over all years."""
        return tuple(
            after - before
            for year in (*self.closed, self.current)
            for before, after in zip((0, *year), year, strict=False)
        )


def history_of(
    year_to_date: Mapping[tuple[int, int], int], year: int, month: int
) -> History | None:
    """The longest gapless history up to (year, month) from year-to-date by (year, month).

    January's figures, which exist only by mistake, are passed over. None where the current year
    has a gap.
    """
    current = _year(year_to_date, year, month)
    if current is None:
        return None
    closed: list[tuple[int, ...]] = []
    while (past := _year(year_to_date, year - 1 - len(closed), _DECEMBER)) is not None:
        closed.append(past)
    return History(year, tuple(reversed(closed)), current)


def _year(
    year_to_date: Mapping[tuple[int, int], int], year: int, month: int
) -> tuple[int, ...] | None:
    figures = [year_to_date.get((year, each)) for each in range(_FIRST_MONTH, month + 1)]
    known = [figure for figure in figures if figure is not None]
    return tuple(known) if known and len(known) == len(figures) else None
