"""Lines of kept cells as they were and as they are, from the facts that changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from services.metrics.domain.collected import Collected, Line
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

OldAndNew = tuple[Line, Line]


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

    def of(self, kept: Mapping[int, Collected]) -> dict[int, Collection[OldAndNew]]:
        """Lines by cell that may have changed: each as it was, and as it is."""
        touched = {cell: found for cell in kept if (found := self._subjects(cell))}
        self._tokens.learn(self._source, (s for subjects in touched.values() for s in subjects))
        self._read(
            pack_fact(place, subject)
            for cell, subjects in touched.items()
            for place in (cell, a_year_before(cell))
            for subject in subjects
        )
        lines = {c: {s: self._reports(c, s) for s in of} for c, of in touched.items()}
        self._ask_register(kept, lines)
        return {cell: of_cell.values() for cell, of_cell in lines.items()}

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

    def _reports(self, cell: int, subject: int) -> OldAndNew:
        """What a subject has reported; as if the register expected nothing."""
        token = self._tokens[subject]
        here, before = pack_fact(cell, subject), pack_fact(a_year_before(cell), subject)
        then, now = self._then.get, self._now.get
        return (
            Line(token, _contribution(then(here)), _contribution(then(before))),
            Line(token, _contribution(now(here)), _contribution(now(before))),
        )

    def _ask_register(
        self, kept: Mapping[int, Collected], lines: Mapping[int, dict[int, OldAndNew]]
    ) -> None:
        """Complete the lines that depend on whether a report is expected: few revisions do."""
        asked = [
            (cell, subject)
            for cell, of_cell in lines.items()
            for subject, (then, now) in of_cell.items()
            if self._moved or kept[cell].asks_register(then, now)
        ]
        since = {cell: self._memberships(cell) for cell in {cell for cell, _ in asked}}
        self._read(pack_fact(at, subject) for cell, subject in asked for at in since[cell])
        for cell, subject in asked:
            indicator = self._indicators[unpack_cell(cell).indicator]
            listed = [pack_fact(at, subject) for at in since[cell]]
            then, now = lines[cell][subject]
            lines[cell][subject] = (
                then._replace(expected=indicator in _standing(listed, self._then)),
                now._replace(expected=indicator in _standing(listed, self._now)),
            )

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


def _contribution(fact: Standing | None) -> Contribution:
    if fact is None or fact.deleted:
        return NO_REPORT
    return Contribution(fact.month, fact.ytd, fact.month_last_year, fact.ytd_last_year)
