"""How the lines of kept cells have changed, from the facts that did."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from services.metrics.domain.cell_lines import Line, LineChange, change_of
from services.metrics.domain.collected import Collected
from services.metrics.domain.comparison import NO_REPORT, Contribution
from services.metrics.domain.keys import (
    a_year_before,
    pack_cell,
    pack_fact,
    unpack_cell,
    unpack_fact,
)
from services.metrics.domain.standing import Standing
from services.metrics.ports import AssessmentSource
from services.metrics.use_cases.changes import Changed
from services.metrics.use_cases.tokens import KnownTokens
from shared.events.facts import MEMBERSHIP

Facts = Mapping[int, Standing | None]
"""Facts by packed key; None, or absent, where there is none."""

_Amounts = tuple[int | None, ...]
"""As `Contribution`; empty where nothing is reported."""
_Reported = tuple[_Amounts, _Amounts, _Amounts, _Amounts]
"""Of one subject: for the period and for the one a year before, as it was; then as it is."""
_Expected = tuple[bool, bool]
"""Whether the register expected a report, and whether it does."""

_NOT_ASKED = (False, False)


class ChangedLines:
    """What has changed between two views; of what has not, only what lines depend on is read."""

    def __init__(self, source: AssessmentSource, changed: Changed, tokens: KnownTokens) -> None:
        """`source`: the later view."""
        self._source = source
        self._tokens = tokens
        self._then: dict[int, Standing | None] = dict(changed.former)
        self._now: dict[int, Standing | None] = dict(changed.now)
        self._indicators = source.indicators()
        self._membership = next(
            (n for n, name in self._indicators.items() if name == MEMBERSHIP), None
        )
        self._changes: dict[tuple[_Reported, _Expected, bool], LineChange] = {}
        self._reported: dict[int, list[int]] = defaultdict(list)
        """Subjects of the facts that changed, by cell."""
        for key in changed.now:
            cell, subject = unpack_fact(key)
            self._reported[cell].append(subject)
        self._moved: dict[int, list[int]] = defaultdict(list)
        """Subjects whose memberships changed, by unit."""
        for cell, subjects in self._reported.items():
            unit, indicator, _ = unpack_cell(cell)
            if indicator == self._membership:
                self._moved[unit] += subjects

    def of(self, kept: Mapping[int, Collected]) -> dict[int, list[tuple[str, LineChange]]]:
        """Changes of the lines that may have changed, by cell, with the subjects' tokens."""
        touched = {cell: found for cell in kept if (found := self._subjects(cell))}
        self._tokens.learn(self._source, (s for subjects in touched.values() for s in subjects))
        self._read(
            pack_fact(place, subject)
            for cell, subjects in touched.items()
            for place in (cell, a_year_before(cell))
            for subject in subjects
        )
        lines = {c: {s: self._reported_by(c, s) for s in of} for c, of in touched.items()}
        changes = {
            cell: {s: self._change(line, _NOT_ASKED, kept[cell]) for s, line in of_cell.items()}
            for cell, of_cell in lines.items()
        }
        asked = {
            cell: [s for s, change in of.items() if self._moved or change.asks_register]
            for cell, of in changes.items()
        }
        for cell, subject, expected in self._register(asked):
            changes[cell][subject] = self._change(lines[cell][subject], expected, kept[cell])
        return {
            cell: [(self._tokens[subject], change) for subject, change in of.items()]
            for cell, of in changes.items()
        }

    def _subjects(self, cell: int) -> set[int]:
        """Subjects whose lines in a cell may have changed."""
        reported = self._reported.get
        moved = self._moved.get(unpack_cell(cell).unit, ()) if self._moved else ()
        return {*reported(cell, ()), *reported(a_year_before(cell), ()), *moved}

    def _read(self, keys: Iterable[int]) -> None:
        """Read facts that have not changed."""
        found = self._source.standing({key for key in keys if key not in self._now})
        self._then.update(found)
        self._now.update(found)

    def _reported_by(self, cell: int, subject: int) -> _Reported:
        here, before = pack_fact(cell, subject), pack_fact(a_year_before(cell), subject)
        then, now = self._then.get, self._now.get
        return (
            _amounts(then(here)),
            _amounts(then(before)),
            _amounts(now(here)),
            _amounts(now(before)),
        )

    def _change(self, line: _Reported, expected: _Expected, cell: Collected) -> LineChange:
        """Made once for all units that were told the same, which most are."""
        same = (line, expected, cell.stock)
        found = self._changes.get(same)
        if found is None:
            then, then_before, now, now_before = map(_contribution, line)
            old, new = Line(then, then_before, expected[0]), Line(now, now_before, expected[1])
            found = self._changes[same] = change_of(old, new, stock=cell.stock)
        return found

    def _register(
        self, asked: Mapping[int, Collection[int]]
    ) -> Iterator[tuple[int, int, _Expected]]:
        """Cell, subject, and whether its report was and is expected: few revisions need to know."""
        since = {cell: self._memberships(cell) for cell, subjects in asked.items() if subjects}
        self._read(pack_fact(at, s) for cell in since for s in asked[cell] for at in since[cell])
        for cell, months in since.items():
            indicator = self._indicators[unpack_cell(cell).indicator]
            for subject in asked[cell]:
                listed = [pack_fact(at, subject) for at in months]
                was, is_ = (indicator in _standing(listed, of) for of in (self._then, self._now))
                yield cell, subject, (was, is_)

    def _memberships(self, cell: int) -> list[int]:
        """Cells of the unit's memberships up to a cell's period, newest first."""
        unit, _, period = unpack_cell(cell)
        if self._membership is None:
            return []
        months = sorted(self._source.cells_of(unit, self._membership), reverse=True)
        return [pack_cell(unit, self._membership, month) for month in months if month <= period]


def _standing(memberships: Iterable[int], facts: Facts) -> list[str]:
    """Indicators that are expected by the first of these memberships that there is."""
    for key in memberships:
        fact = facts.get(key)
        if fact is not None and not fact.deleted:
            return (fact.detail or "").split()
    return []


def _amounts(fact: Standing | None) -> _Amounts:
    return () if fact is None or fact.deleted else fact.amounts


def _contribution(amounts: _Amounts) -> Contribution:
    return Contribution(*amounts) if amounts else NO_REPORT
