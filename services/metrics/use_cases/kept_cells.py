"""Collected cells that are kept between assessments, and follow the store by its changes."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping

from services.metrics.domain.collected import Collected, Line
from services.metrics.domain.comparison import NO_REPORT, Contribution
from services.metrics.domain.keys import Cell, pack_cell, pack_fact, unpack_cell, unpack_fact
from services.metrics.domain.standing import Standing
from services.metrics.ports import AssessmentSource
from services.metrics.use_cases.changes import Changed, Changes
from shared.events.facts import MEMBERSHIP
from shared.events.period import Month

_MOST = 1_000
"""Cells kept, of some kilobytes each, whatever the number of their reports."""
_WORTH_IT = 40
"""Reports, made or expected, from which on a cell is kept: fewer are read as quickly."""

Facts = Mapping[int, Standing | None]
"""Facts by packed key; None where there is none."""


class KeptCells:
    """Cells as one view of the store shows them; `follow` moves them on to a newer view.

    A change costs what it changes: the line of its subject is taken out of the cell and put back.
    """

    def __init__(self, worth_it: int = _WORTH_IT, most: int = _MOST) -> None:
        self.changes = Changes()
        """Must be told of every batch of this process; what has seen them is only seen here."""
        self._worth_it = worth_it
        self._most = most
        self._cells: OrderedDict[int, Collected] = OrderedDict()
        self._of_unit: dict[int, set[int]] = {}

    @property
    def cells(self) -> frozenset[int]:
        """Packed keys of the cells that are kept."""
        return frozenset(self._cells)

    def follow(self, source: AssessmentSource, owns: Callable[[int], bool]) -> None:
        """Show what a view of the store shows; `owns` tells the partitions of this replica."""
        stands = {at: how for at, how in source.positions().items() if owns(at.partition)}
        changed = self.changes.seen_by(stands)
        if changed is None:
            self.clear()
            return
        try:
            self._apply(source, changed)
        except BaseException:
            self.clear()  # half of the changes are worse than none
            raise

    def clear(self) -> None:
        """Keep nothing."""
        self._cells.clear()
        self._of_unit.clear()

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
        self._of_unit.setdefault(unpack_cell(cell).unit, set()).add(cell)
        while len(self._cells) > self._most:
            self._drop(next(iter(self._cells)))

    def _drop(self, cell: int) -> None:
        del self._cells[cell]
        unit = unpack_cell(cell).unit
        self._of_unit[unit].discard(cell)
        if not self._of_unit[unit]:
            del self._of_unit[unit]

    def _apply(self, source: AssessmentSource, changed: Changed) -> None:
        touched = self._touched(source, changed.now)
        if not touched:
            return
        subjects = {subject for of_cell in touched.values() for subject in of_cell}
        tokens = source.tokens(subjects)
        keys = _Keys(source)
        wanted = {key for cell, of in touched.items() for s in of for key in keys.behind(cell, s)}
        read = source.standing(wanted - changed.now.keys())
        before, now = {**read, **changed.former}, {**read, **changed.now}
        for cell, of_cell in touched.items():
            collected = self._cells[cell]
            for subject in of_cell:
                token = tokens[subject]
                collected.replace(
                    keys.line(cell, subject, token, before), keys.line(cell, subject, token, now)
                )
            if collected.is_short:
                self._drop(cell)

    def _touched(self, source: AssessmentSource, changed: Facts) -> dict[int, set[int]]:
        """Subjects whose lines may have changed, by kept cell."""
        membership = _membership_of(source)
        touched: dict[int, set[int]] = {}
        for key in changed:
            cell, subject = unpack_fact(key)
            unit, indicator, period = unpack_cell(cell)
            of_unit = self._of_unit.get(unit, set())
            if indicator == membership:
                concerned = of_unit
            else:
                later = pack_cell(unit, indicator, Month(period.year + 1, period.month))
                concerned = {cell, later} & of_unit
            for each in concerned:
                touched.setdefault(each, set()).add(subject)
        return touched


class _Keys:
    """Which facts a line is made from, in one view of the store."""

    def __init__(self, source: AssessmentSource) -> None:
        self._source = source
        self._membership = _membership_of(source)
        self._cells: dict[int, tuple[Cell, list[tuple[Month, int]]]] = {}
        self._names = source.indicators()

    def _parts(self, cell: int) -> tuple[Cell, list[tuple[Month, int]]]:
        """A cell, and the cells of its unit's memberships up to its period, newest first."""
        if cell not in self._cells:
            parts = unpack_cell(cell)
            since: list[tuple[Month, int]] = []
            if self._membership is not None:
                months = self._source.cells_of(parts.unit, self._membership)
                since = [
                    (month, pack_cell(parts.unit, self._membership, month))
                    for month in sorted(months, reverse=True)
                    if month <= parts.period
                ]
            self._cells[cell] = parts, since
        return self._cells[cell]

    def behind(self, cell: int, subject: int) -> Iterator[int]:
        """Keys of the facts behind a subject's line."""
        (unit, indicator, period), since = self._parts(cell)
        yield pack_fact(cell, subject)
        yield pack_fact(pack_cell(unit, indicator, period.last_year), subject)
        for _, of_month in since:
            yield pack_fact(of_month, subject)

    def line(self, cell: int, subject: int, token: str, facts: Facts) -> Line:
        """The line of a subject as these facts make it."""
        (unit, indicator, period), since = self._parts(cell)
        earlier = pack_cell(unit, indicator, period.last_year)
        expected = False
        for _, of_month in since:
            fact = facts.get(pack_fact(of_month, subject))
            if fact is not None and not fact.deleted:
                expected = self._names[indicator] in (fact.detail or "").split()
                break
        return Line(
            token,
            _contribution(facts.get(pack_fact(cell, subject))),
            _contribution(facts.get(pack_fact(earlier, subject))),
            expected,
        )


def _membership_of(source: AssessmentSource) -> int | None:
    return next(
        (number for number, name in source.indicators().items() if name == MEMBERSHIP), None
    )


def _contribution(fact: Standing | None) -> Contribution:
    if fact is None or fact.deleted:
        return NO_REPORT
    return Contribution(fact.month, fact.ytd, fact.month_last_year, fact.ytd_last_year)
