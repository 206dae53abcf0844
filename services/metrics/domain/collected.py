"""Reports of a cell, added up so that one more or less costs the same however many there are."""

from collections.abc import Iterable, Mapping

from services.metrics.domain.cell_lines import (
    AMOUNT,
    BEFORE,
    ENTERED,
    FALL,
    LEFT,
    MONTH,
    NO_SUMS,
    RANKS,
    RESTATED,
    STATED,
    UNSTATED,
    Line,
    LineChange,
    Sums,
    sizes_of,
    sums_of,
)
from services.metrics.domain.comparison import NO_REPORT, Reports
from services.metrics.domain.coverage import Coverage
from services.metrics.domain.ranked import Ranked
from shared.confidentiality import (
    CHANGES_CONFIDENTIAL,
    GROWTH_CONFIDENTIAL,
    ConfidentialityLimits,
)
from shared.events.status import Decomposition, LargestContribution


class Collected:
    """Everything that the figures of a cell are made from; of single reports only the largest."""

    __slots__ = ("_ranks", "_sums", "contributors", "stock")

    def __init__(self, lines: Mapping[str, Line], *, stock: bool, silent: int = 0) -> None:
        """Of lines by the tokens of their subjects.

        `stock`: a level is compared by month, all else by year-to-date. `silent` are those that are
        expected and of whom nothing else is known.
        """
        self.stock = stock
        known = lines.values()
        self.contributors = sum([line.now is not NO_REPORT for line in known])
        sums = [sums_of(line, stock=stock) for line in known]
        self._sums = Sums(*_added([(silent, *NO_SUMS[1:]), *sums]))
        sizes = zip(*[sizes_of(line, stock=stock) for line in known], strict=True)
        self._ranks = [
            Ranked([(-size, t) for size, t in zip(rank, lines, strict=True) if size is not None])
            for rank in (sizes if lines else [()] * RANKS)
        ]

    def replace(self, changes: Iterable[tuple[str, LineChange]]) -> None:
        """The lines of some tokens have changed."""
        sums, ranks = [tuple(self._sums)], self._ranks
        for token, change in changes:
            self.contributors += change.contributors
            sums.append(change.sums)
            for rank, was, is_ in change.sizes:
                ranks[rank].replace(was, is_, token)
        self._sums = Sums(*_added(sums))

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
        amounts = self._ranks[AMOUNT]
        if amounts.total == 0:
            return None
        size, token = amounts.largest
        return LargestContribution(token, size / amounts.total)

    @property
    def largest_fall(self) -> LargestContribution | None:
        """Who explains most of a fall against last year, among the same reports; none on a rise."""
        falls = self._ranks[FALL]
        if falls.total <= 0:
            return None
        size, token = falls.largest
        return LargestContribution(token, size / falls.total)

    def is_confidential(self, limits: ConfidentialityLimits) -> bool:
        """Whether a published figure would give a contributor away.

        Last year's sums can be computed from the growth and the rolling year, so they are tested
        too; the month is the difference of two sums.
        """
        ranks = (AMOUNT, BEFORE, MONTH, STATED)
        return any(self._ranks[rank].is_confidential(limits) for rank in ranks)

    def tells_of_few(self, limits: ConfidentialityLimits) -> tuple[str, ...]:
        """Reason words for what must not be shown of the change since last year.

        The split says what entered, left and was restated: each is a cell of those enterprises.
        Where a few do not state last year's figure, their year-to-date is what growth leaves out.
        """
        split = (self._ranks[rank] for rank in (ENTERED, LEFT, RESTATED))
        unstated = self._ranks[UNSTATED]
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
    lines = {
        tokens[subject]: Line(
            current.get(subject, NO_REPORT), before.get(subject, NO_REPORT), subject in expected
        )
        for subject in known
    }
    return Collected(lines, stock=stock, silent=len(expected - known))


def _added(rows: Iterable[tuple[int, ...]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]
