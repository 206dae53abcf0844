"""Collected cells that are kept between assessments, and follow the store by its changes."""

from collections import OrderedDict
from collections.abc import Callable

from services.metrics.domain.collected import Collected
from services.metrics.ports import AssessmentSource
from services.metrics.use_cases.changed_lines import ChangedLines
from services.metrics.use_cases.changes import Changes
from services.metrics.use_cases.tokens import KnownTokens

_MOST = 1_000
"""Cells kept, of some kilobytes each, whatever the number of their reports."""
_WORTH_IT = 40
"""Reports, made or expected, from which on a cell is kept: fewer are read as quickly."""


class KeptCells:
    """Cells as one view of the store shows them; `follow` moves them on to a newer view.

    A change costs what it changes: of the line of its subject, what differs from before.
    """

    def __init__(self, worth_it: int = _WORTH_IT, most: int = _MOST) -> None:
        self.changes = Changes()
        """Must be told of every batch of this process; what has seen them is only seen here."""
        self._worth_it = worth_it
        self._most = most
        self._cells: OrderedDict[int, Collected] = OrderedDict()

    @property
    def cells(self) -> frozenset[int]:
        """Packed keys of the cells that are kept."""
        return frozenset(self._cells)

    def follow(
        self, source: AssessmentSource, owns: Callable[[int], bool], tokens: KnownTokens
    ) -> None:
        """Show what a view of the store shows; `owns` tells the partitions of this replica."""
        stands = {at: how for at, how in source.positions().items() if owns(at.partition)}
        changed = self.changes.seen_by(stands)
        if changed is None:
            self.clear()
            return
        try:
            self._apply(ChangedLines(source, changed, tokens))
        except BaseException:
            self.clear()  # half of the changes are worse than none
            raise

    def clear(self) -> None:
        """Keep nothing."""
        self._cells.clear()

    def get(self, cell: int, contributors: int) -> Collected | None:
        """A kept cell; None for one that is not kept, or has not as many reports as the store."""
        found = self._cells.get(cell)
        if found is None or found.contributors != contributors:
            return None
        self._cells.move_to_end(cell)
        return found

    def keep(self, cell: int, collected: Collected) -> None:
        """Keep a cell as this view shows it."""
        if collected.size < self._worth_it:
            return
        self._cells[cell] = collected
        while len(self._cells) > self._most:
            self._cells.popitem(last=False)

    def _apply(self, lines: ChangedLines) -> None:
        for cell, changes in lines.of(self._cells).items():
            collected = self._cells[cell]
            collected.replace(changes)
            if collected.is_short:
                del self._cells[cell]
