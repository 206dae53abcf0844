"""Packed integer keys: one 63-bit number says unit, indicator, period and subject.

The order of the parts makes all reports of a unit's indicator one range of a clustered index, by
period, so that an assessment reads one range and a fact touches one row, whatever the history.
"""

from typing import NamedTuple

from shared.events.period import Month

_SUBJECT_BITS, _PERIOD_BITS, _INDICATOR_BITS, _UNIT_BITS = 26, 11, 10, 16
_FIRST_YEAR = 1949

MAX_UNITS = 1 << _UNIT_BITS
MAX_INDICATORS = 1 << _INDICATOR_BITS
MAX_SUBJECTS = 1 << _SUBJECT_BITS


class Cell(NamedTuple):
    """A unit's indicator in one period, by integer ids."""

    unit: int
    indicator: int
    period: Month


def _index(period: Month) -> int:
    return (period.year - _FIRST_YEAR) * 12 + period.month - 1


def pack_cell(unit: int, indicator: int, period: Month) -> int:
    """Key of a cell; cells of a unit's indicator sort by period."""
    if not (unit < MAX_UNITS and indicator < MAX_INDICATORS):
        raise OverflowError(f"unit {unit} or indicator {indicator} is beyond the key's range")
    return ((unit << _INDICATOR_BITS | indicator) << _PERIOD_BITS) | _index(period)


def a_year_before(cell: int) -> int:
    """Key of the cell of the same unit and indicator a year before."""
    return cell - 12


def pack_fact(cell: int, subject: int) -> int:
    """Key of one subject's fact in a cell."""
    if subject >= MAX_SUBJECTS:
        raise OverflowError(f"subject {subject} is beyond the key's range")
    return cell << _SUBJECT_BITS | subject


def unpack_cell(cell: int) -> Cell:
    """Inverse of `pack_cell`."""
    head, index = divmod(cell, 1 << _PERIOD_BITS)
    unit, indicator = divmod(head, 1 << _INDICATOR_BITS)
    year, month = divmod(index, 12)
    return Cell(unit, indicator, Month(year + _FIRST_YEAR, month + 1))


def cell_of(fact: int) -> int:
    """Key of the cell that a fact belongs to."""
    return fact >> _SUBJECT_BITS


def series_of(cell: int) -> int:
    """Key that all cells of a unit's indicator have in common."""
    return cell >> _PERIOD_BITS


def unpack_fact(fact: int) -> tuple[int, int]:
    """Cell key and subject of a fact's key."""
    return divmod(fact, 1 << _SUBJECT_BITS)


def fact_range(unit: int, indicator: int, first: Month, last: Month) -> tuple[int, int]:
    """Bounds (inclusive, exclusive) of all facts of a unit's indicator, both periods included."""
    low, high = pack_cell(unit, indicator, first), pack_cell(unit, indicator, last)
    return pack_fact(low, 0), pack_fact(high + 1, 0)


def unit_range(unit: int) -> tuple[int, int]:
    """Bounds (inclusive, exclusive) of all cells of a unit."""
    return cell_range(unit, 0)[0], cell_range(unit + 1, 0)[0]


def cell_range(unit: int, indicator: int) -> tuple[int, int]:
    """Bounds (inclusive, exclusive) of all cells of a unit's indicator."""
    head = unit << _INDICATOR_BITS | indicator
    return head << _PERIOD_BITS, head + 1 << _PERIOD_BITS
