"""Reports of a cell, added up so that one more or less costs the same however many there are."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from operator import sub
from typing import NamedTuple

from services.metrics.domain.comparison import NO_REPORT, Contribution, Reports
from services.metrics.domain.coverage import Coverage
from shared.confidentiality import (
    CHANGES_CONFIDENTIAL,
    GROWTH_CONFIDENTIAL,
    ConfidentialityLimits,
)
from shared.events.status import Decomposition, LargestContribution

_KEPT = 16
"""The largest amounts that are remembered; two are looked at."""
_LOOKED_AT = 2

(_AMOUNT, _BEFORE, _MONTH, _STATED, _FALL, _ENTERED, _LEFT, _RESTATED, _UNSTATED) = range(9)
"""What amounts are ranked by: the figure that is added up, now and a year before; the month; last
year's figure as stated now; by how much it fell; and, where the split of the change would show
them, what entered, left, was restated, and states nothing of last year."""
_RANKS = 9


class Line(NamedTuple):
    """What is known of one subject in one cell."""

    token: str
    now: Contribution
    before: Contribution
    """Stored report of the same period a year before."""
    expected: bool = False
    """Whether the register expects a report."""


class _Sums(NamedTuple):
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


_NOTHING = (0,) * len(_Sums._fields)
_ONE_EXPECTED = (1, *_NOTHING[1:])


class Ranked:
    """Amounts by size, then by token: number, sum, and the largest while others come and go."""

    __slots__ = ("_top", "count", "total")

    def __init__(self, entries: Sequence[tuple[int, str]]) -> None:
        """`entries`: the negative of each size, and its token."""
        self.count = len(entries)
        self.total = -sum([size for size, _ in entries])
        self._top = nsmallest(_KEPT, entries)

    def add(self, size: int, token: str) -> None:
        """One more; a token comes once."""
        whole = len(self._top) == self.count
        self.count += 1
        self.total += size
        entry = (-size, token)
        # All that is not in the list stands behind its last entry.
        if whole or (self._top and entry < self._top[-1]):
            insort(self._top, entry)
            del self._top[_KEPT:]

    def remove(self, size: int, token: str) -> None:
        """One less, that was added."""
        self.count -= 1
        self.total -= size
        entry = (-size, token)
        if self._top and entry <= self._top[-1]:
            del self._top[bisect_left(self._top, entry)]

    def replace(self, old: int | None, new: int | None, token: str) -> None:
        """Another size of the same token; None: it is not, or not any more, among them."""
        if old is not None and new is not None and self._top and -max(old, new) > self._top[-1][0]:
            self.total += new - old  # it was not in the list, and is not now
            return
        if old is not None:
            self.remove(old, token)
        if new is not None:
            self.add(new, token)

    @property
    def is_short(self) -> bool:
        """Whether so many of the largest are gone that the next ones are not known."""
        return len(self._top) < min(_LOOKED_AT, self.count)

    @property
    def largest(self) -> tuple[int, str]:
        """Size and token of the largest; of equal ones the least token."""
        size, token = self._top[0]
        return -size, token

    def is_confidential(self, limits: ConfidentialityLimits) -> bool:
        """Whether publishing the sum would give a contributor away (see `primary`)."""
        if self.count == 0 or self.count < limits.min_contributors:
            return self.count > 0
        sizes = [-size for size, _ in self._top[:_LOOKED_AT]]
        return self.total > 0 and (
            sizes[0] > limits.max_largest * self.total
            or sum(sizes) > limits.max_two_largest * self.total
        )

    def is_of_few(self, limits: ConfidentialityLimits) -> bool:
        """The same of what is zero where nothing happened."""
        return self.total > 0 and self.is_confidential(limits)


class Collected:
    """Everything that the figures of a cell are made from; of single reports only the largest."""

    __slots__ = ("_ranks", "_stock", "_sums", "contributors")

    def __init__(self, lines: Iterable[Line], *, stock: bool, silent: int = 0) -> None:
        """`stock`: a level is compared by month, all else by year-to-date.

        `silent` are those that are expected and of whom nothing else is known.
        """
        self._stock = stock
        known = list(lines)
        self.contributors = sum([line.now is not NO_REPORT for line in known])
        sums = [_sums_of(line, stock=stock) for line in known]
        self._sums = _Sums(*_added([(silent, *_NOTHING[1:]), *sums]))
        tokens = [line.token for line in known]
        sizes = zip(*[_sizes_of(line, stock=stock) for line in known], strict=True)
        self._ranks = [
            Ranked([(-size, t) for size, t in zip(rank, tokens, strict=True) if size is not None])
            for rank in (sizes if known else [()] * _RANKS)
        ]

    def replace(self, lines: Iterable[tuple[Line, Line]]) -> None:
        """What is known of some subjects has changed: each line as it was, and as it is."""
        stock = self._stock
        gone, come = [_NOTHING], [tuple(self._sums)]
        for old, new in lines:
            self.contributors += (new.now is not NO_REPORT) - (old.now is not NO_REPORT)
            gone.append(_sums_of(old, stock=stock))
            come.append(_sums_of(new, stock=stock))
            sizes = _sizes_of(old, stock=stock), _sizes_of(new, stock=stock)
            for rank, was, is_ in zip(self._ranks, *sizes, strict=True):
                if was != is_:
                    rank.replace(was, is_, new.token)
        self._sums = _Sums(*map(sub, _added(come), _added(gone)))

    def asks_register(self, old: Line, new: Line) -> bool:
        """Whether a change counts otherwise for one whose report is expected."""
        return _covered(old, stock=self._stock) != _covered(new, stock=self._stock)

    @property
    def size(self) -> int:
        """How many reports there are, and how many are expected."""
        return self.contributors + self._sums.expected

    @property
    def is_short(self) -> bool:
        """Whether it has to be collected anew: the largest are not known any more."""
        return any(rank.is_short for rank in self._ranks)

    @property
    def coverage(self) -> Coverage:
        """Last year's value of those that have reported ÷ last year's value of all expected.

        Those who reported count with the last-year figure they state now, the others with their
        own stored one; a loss counts by its size. Nothing expected → null. Where no expected
        report has a value last year, counts take the place of values (a unit of new plants only).
        """
        sums = self._sums
        if not sums.expected:
            return Coverage(None, 0, 0)
        ratio = sums.reported / sums.due if sums.due else sums.reporting / sums.expected
        return Coverage(ratio, sums.expected, sums.reporting)

    @property
    def decomposition(self) -> Decomposition | None:
        """The change against the stored year-to-date of last year, split exactly.

        Entries count with their whole year-to-date, exits with last year's stored one; continuing
        enterprises with their own comparable change, and what they restated of last year apart.
        Null where either year has no report.
        """
        sums = self._sums
        if not sums.before or not sums.now:
            return None
        return Decomposition(
            continuing=sums.continuing,
            entries=sums.entries,
            exits=sums.exits,
            restatement=sums.restatement,
        )

    @property
    def largest(self) -> LargestContribution | None:
        """The largest contribution to the figure that is added up; a loss counts by its size."""
        amounts = self._ranks[_AMOUNT]
        if amounts.total == 0:
            return None
        size, token = amounts.largest
        return LargestContribution(token, size / amounts.total)

    @property
    def largest_fall(self) -> LargestContribution | None:
        """Who explains most of a fall against last year, among the same reports; none on a rise."""
        falls = self._ranks[_FALL]
        if falls.total <= 0:
            return None
        size, token = falls.largest
        return LargestContribution(token, size / falls.total)

    def is_confidential(self, limits: ConfidentialityLimits) -> bool:
        """Whether a published figure would give a contributor away.

        Last year's sums can be computed from the growth and the rolling year, so they are tested
        too; the month is the difference of two sums.
        """
        ranks = (_AMOUNT, _BEFORE, _MONTH, _STATED)
        return any(self._ranks[rank].is_confidential(limits) for rank in ranks)

    def tells_of_few(self, limits: ConfidentialityLimits) -> tuple[str, ...]:
        """Reason words for what must not be shown of the change since last year.

        The split says what entered, left and was restated: each is a cell of those enterprises.
        Where a few do not state last year's figure, their year-to-date is what growth leaves out.
        """
        split = (self._ranks[rank] for rank in (_ENTERED, _LEFT, _RESTATED))
        unstated = self._ranks[_UNSTATED]
        words = {
            CHANGES_CONFIDENTIAL: any(part.is_of_few(limits) for part in split),
            GROWTH_CONFIDENTIAL: unstated.count < self._sums.now and unstated.is_of_few(limits),
        }
        return tuple(word for word, holds in words.items() if holds)


def collect(
    current: Reports,
    before: Reports,
    expected: frozenset[int],
    tokens: Mapping[int, str],
    *,
    stock: bool,
) -> Collected:
    """Collected from single reports; `tokens` are those of all that reported in either period."""
    known = current.keys() | before.keys()
    lines = [
        Line(
            tokens[subject],
            current.get(subject, NO_REPORT),
            before.get(subject, NO_REPORT),
            subject in expected,
        )
        for subject in known
    ]
    return Collected(lines, stock=stock, silent=len(expected - known))


def _added(rows: Iterable[tuple[int, ...]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _sums_of(line: Line, *, stock: bool) -> tuple[int, ...]:
    """As `_Sums`, which takes longer to make."""
    _, now, before, expected = line
    if now is NO_REPORT and before is NO_REPORT:
        return _ONE_EXPECTED if expected else _NOTHING
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
    _, now, before, _ = line
    stored = (before.month if stock else before.ytd) or 0
    if (now.month if stock else now.ytd) is None:
        return 0, 0, abs(stored)
    stated = now.month_last_year if stock else now.ytd_last_year
    last_year = abs(stored if stated is None else stated)
    return 1, last_year, last_year


def _sizes_of(line: Line, *, stock: bool) -> tuple[int | None, ...]:
    """Sizes of the line in the order of the ranks; None where it does not stand in one."""
    _, now, before, _ = line
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
