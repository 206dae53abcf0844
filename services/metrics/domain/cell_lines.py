"""What one subject adds to the figures of a cell, and by how much that changes."""

from operator import sub
from typing import NamedTuple

from services.metrics.domain.comparison import NO_REPORT, Contribution

(AMOUNT, BEFORE, MONTH, STATED, FALL, ENTERED, LEFT, RESTATED, UNSTATED) = range(9)
"""What amounts are ranked by: the figure that is added up, now and a year before; the month; last
year's figure as stated now; by how much it fell; and, where the split of the change would show
them, what entered, left, was restated, and states nothing of last year."""
RANKS = 9


class Line(NamedTuple):
    """What is known of one subject in one cell."""

    now: Contribution
    before: Contribution
    """Stored report of the same period a year before."""
    expected: bool = False
    """Whether the register expects a report."""


class Sums(NamedTuple):
    """What lines add, in base units or reports."""

    expected: int
    reporting: int
    reported: int
    """Last year's value of those that have reported."""
    due: int
    """Last year's value of all expected."""
    now: int
    before: int
    continuing: int
    entries: int
    exits: int
    restatement: int


NO_SUMS = (0,) * len(Sums._fields)
_ONE_EXPECTED = (1, *NO_SUMS[1:])


class LineChange(NamedTuple):
    """By what a cell changes with a line, whoever's it is."""

    contributors: int
    sums: tuple[int, ...]
    """As `Sums`, new minus old."""
    sizes: tuple[tuple[int, int | None, int | None], ...]
    """The ranks in which it moves, each with its former and its new size."""
    asks_register: bool
    """Whether it would count otherwise for one whose report is expected."""


def change_of(old: Line, new: Line, *, stock: bool) -> LineChange:
    """From a line as it was to the line as it is; `stock`: see `Collected`."""
    sizes = zip(sizes_of(old, stock=stock), sizes_of(new, stock=stock), strict=True)
    return LineChange(
        (new.now is not NO_REPORT) - (old.now is not NO_REPORT),
        tuple(map(sub, sums_of(new, stock=stock), sums_of(old, stock=stock))),
        tuple((rank, was, is_) for rank, (was, is_) in enumerate(sizes) if was != is_),
        _covered(old, stock=stock) != _covered(new, stock=stock),
    )


def sums_of(line: Line, *, stock: bool) -> tuple[int, ...]:
    """What a line adds to each of `Sums`, which takes longer to make than a tuple."""
    now, before, expected = line
    if now is NO_REPORT and before is NO_REPORT:
        return _ONE_EXPECTED if expected else NO_SUMS
    _, ytd, _, stated = now
    stored = before.ytd
    reporting = reported = due = 0
    if expected:
        reporting, reported, due = _covered(line, stock=stock)
    continuing = entries = exits = restatement = 0
    if ytd is None:
        exits = stored or 0
    elif stored is None:
        entries = ytd
    else:
        restated = stored if stated is None else stated
        continuing, restatement = ytd - restated, restated - stored
    return (
        int(expected),
        reporting,
        reported,
        due,
        int(ytd is not None),
        int(stored is not None),
        continuing,
        entries,
        exits,
        restatement,
    )


def _covered(line: Line, *, stock: bool) -> tuple[int, int, int]:
    """Of one who is expected to report: `reporting`, `reported` and `due`."""
    now, before, _ = line
    stored = (before.month if stock else before.ytd) or 0
    if (now.month if stock else now.ytd) is None:
        return 0, 0, abs(stored)
    stated = now.month_last_year if stock else now.ytd_last_year
    last_year = abs(stored if stated is None else stated)
    return 1, last_year, last_year


def sizes_of(line: Line, *, stock: bool) -> tuple[int | None, ...]:
    """Sizes of a line in the order of the ranks; None where it does not stand in one."""
    now, before, _ = line
    month, ytd, _, stated = now
    stored = before.ytd
    amount, earlier = (month, before.month) if stock else (ytd, stored)
    fall = entered = left = restated = unstated = None
    if ytd is None:
        left = stored
    elif stored is None:
        entered = ytd
    if ytd is not None and stated is not None:
        fall = stated - ytd
        restated = (stated - stored or None) if stored is not None else None
    elif ytd is not None:
        unstated = ytd
    # `x and abs(x)`: None and zero stay what they are.
    return (
        amount and abs(amount),
        earlier and abs(earlier),
        month and abs(month),
        abs(stated) if stated else None,
        fall,
        entered and abs(entered),
        left and abs(left),
        restated and abs(restated),
        unstated and abs(unstated),
    )
