"""A batch of facts → standing facts, running totals and dirty marks, in one transaction."""

from collections import Counter
from collections.abc import Sequence
from secrets import randbits

from services.metrics.domain.keys import pack_cell, pack_fact, unpack_cell
from services.metrics.domain.standing import Outcome, Standing, compare, standing_of
from services.metrics.domain.totals import NO_TOTALS, CellState, change
from services.metrics.ports import DirtyMark, FactStore
from services.metrics.use_cases.changes import Changed
from services.metrics.use_cases.decode_facts import CheckedFact, decode_fact
from shared.events.facts import FACTS_TOPIC, MEMBERSHIP
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.events.records import Record

_NO_CELL = CellState(NO_TOTALS, "", 0)
_STAMP_BITS = 62


def apply_facts(
    store: FactStore,
    records: Sequence[Record],
    changed: Changed | None = None,
) -> int:
    """Apply a batch; each record ends up applied, duplicate, stale or dead-lettered.

    `changed` gets the facts that changed. Returns the broker time of the newest input behind the
    facts, in milliseconds since 1970; 0 where none could be read.

    A fact costs the same whatever the history: its standing version and its cell's totals are
    looked up by key, and the totals move by new minus old.
    """
    outcomes: Counter[str] = Counter(consumed=len(records))
    checked: list[tuple[Record, CheckedFact]] = []
    for record in records:
        try:
            checked.append((record, decode_fact(record)))
        except Refused as refused:
            store.dead_letter(record, refused)
            outcomes["dead_lettered"] += 1
    batch = _Batch(store, checked)
    for record, fact in checked:
        try:
            outcomes[batch.apply(fact)] += 1
        except Refused as refused:
            store.dead_letter(record, refused)
            outcomes["dead_lettered"] += 1
    batch.save()
    if changed is not None:
        changed.former.update(batch.former)
        changed.now.update(batch.changed_facts)
    store.count(FACTS_TOPIC, outcomes)
    return max((fact.as_of_ms for _, fact in checked), default=0)


class _Batch:
    """Standing facts and totals that a batch touches, read once and written once."""

    def __init__(self, store: FactStore, checked: Sequence[tuple[Record, CheckedFact]]) -> None:
        self._store = store
        self._units = store.unit_ids({item.fact.unit: record.partition for record, item in checked})
        self._subjects = store.subject_ids({item.fact.subject for _, item in checked})
        self._indicators = store.indicator_ids({item.fact.indicator for _, item in checked})
        self._places: dict[tuple[str, str, Month], int] = {}
        places = [self._place(item) for _, item in checked]
        self._facts = store.standing({key for _, key in places})
        self._cells = store.cells({cell for cell, _ in places})
        self.changed_facts: dict[int, Standing] = {}
        self._changed_cells: dict[int, CellState] = {}
        self.former: dict[int, Standing | None] = {}
        """Facts that changed as they stood before the batch; None where there was none."""
        self._superseded: dict[tuple[int, int], Standing] = {}

    def _place(self, item: CheckedFact) -> tuple[int, int]:
        """Keys of a fact's cell and of the fact."""
        named = (item.fact.unit, item.fact.indicator, item.period)
        cell = self._places.get(named)
        if cell is None:
            unit, indicator = self._units[item.fact.unit], self._indicators[item.fact.indicator]
            cell = self._places[named] = pack_cell(unit, indicator, item.period)
        return cell, pack_fact(cell, self._subjects[item.fact.subject])

    def apply(self, item: CheckedFact) -> Outcome:
        """Decide one fact and move the totals of its cell; raises `Refused` beyond 64 bits."""
        cell, key = self._place(item)
        standing = self._facts.get(key)
        arriving = standing_of(item.fact, item.detail, item.as_of_ms)
        outcome = compare(standing, arriving)
        state = self._cells.get(cell, _NO_CELL)
        totals = state.totals
        if outcome is Outcome.STALE:
            self._superseded[key, arriving.version] = arriving
        if outcome is Outcome.APPLIED:
            if item.fact.indicator != MEMBERSHIP:
                totals = totals.plus(change(standing, arriving))
            if not totals.fits:
                raise Refused(Reason.OUT_OF_RANGE, "ytd", "the unit's total is beyond 64 bits")
            if standing is not None:
                self._superseded[key, standing.version] = standing
            self.former.setdefault(key, standing)
            self._facts[key] = self.changed_facts[key] = arriving
        # Age and version grow by whatever was seen, so they do not depend on the order either.
        seen = CellState(
            totals, max(state.as_of, item.as_of), max(state.input_version, item.fact.version)
        )
        if seen != state or outcome is Outcome.APPLIED:
            self._cells[cell] = self._changed_cells[cell] = seen
        return outcome

    def save(self) -> None:
        """Write what changed, and ask for the assessments that it makes necessary."""
        self._store.save_facts(self.changed_facts)
        self._store.keep_superseded(self._superseded)
        self._store.save_cells(self._changed_cells)
        earliest: dict[tuple[int, int], Month] = {}
        for key in self._changed_cells:
            unit, indicator, period = unpack_cell(key)
            known = earliest.get((unit, indicator), period)
            earliest[unit, indicator] = min(known, period)
        stamp = randbits(_STAMP_BITS)
        self._store.mark_dirty(
            [
                DirtyMark(unit, indicator, month, stamp)
                for (unit, indicator), month in earliest.items()
            ]
        )
