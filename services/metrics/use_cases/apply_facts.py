"""A batch of facts → standing facts, running totals and dirty marks, in one transaction."""

from collections import Counter
from collections.abc import Collection, Sequence
from secrets import randbits

from services.metrics.domain.keys import cell_of, pack_cell, pack_fact, series_of, unpack_cell
from services.metrics.domain.standing import Outcome, Standing, compare, standing_of
from services.metrics.domain.totals import NO_TOTALS, CellState, totals_of
from services.metrics.ports import DirtyMark, FactStore
from services.metrics.use_cases.changes import Changed
from services.metrics.use_cases.decode_facts import CheckedFact, decode_fact
from shared.events.facts import FACTS_TOPIC, MEMBERSHIP
from shared.events.reasons import Reason, Refused
from shared.events.records import Record

_NO_CELL = CellState(NO_TOTALS, "", 0)
_STAMP_BITS = 62


def apply_facts(
    store: FactStore,
    records: Sequence[Record],
    changed: Changed,
) -> Counter[int]:
    """Apply a batch; each record ends up applied, duplicate, stale or dead-lettered.

    `changed` gets the facts that changed. Returns how many facts there were by broker time of the
    newest input behind them, in milliseconds since 1970.

    A fact costs the same whatever the history: its standing version and its cell's totals are
    looked up by key, and the totals move by new minus old.
    """
    outcomes: Counter[str] = Counter(consumed=len(records))
    sound: list[Record] = []
    checked: list[CheckedFact] = []

    def refuse(record: Record, refused: Refused) -> None:
        store.dead_letter(record, refused)
        outcomes["dead_lettered"] += 1

    for record in records:
        try:
            checked.append(decode_fact(record))
        except Refused as refused:
            refuse(record, refused)
        else:
            sound.append(record)
    keys = _keys(store, sound, checked)
    batch = _Batch(store, keys, changed)
    for record, item, key in zip(sound, checked, keys, strict=True):
        try:
            outcomes[batch.apply(item, key)] += 1
        except Refused as refused:
            refuse(record, refused)
    batch.save()
    store.count(FACTS_TOPIC, outcomes)
    return Counter([item.as_of.ms for item in checked])


def _keys(store: FactStore, records: Sequence[Record], checked: Sequence[CheckedFact]) -> list[int]:
    """Packed key of each fact; names that are new get their ids."""
    facts = [item.fact for item in checked]
    units = store.unit_ids(
        {fact.unit: record.partition for record, fact in zip(records, facts, strict=True)}
    )
    subjects = store.subject_ids({fact.subject for fact in facts})
    indicators = store.indicator_ids({fact.indicator for fact in facts})
    cells: dict[tuple[str, str, str], int] = {}
    keys = []
    for item, fact in zip(checked, facts, strict=True):
        named = (fact.unit, fact.indicator, fact.period)
        cell = cells.get(named)
        if cell is None:
            cell = pack_cell(units[fact.unit], indicators[fact.indicator], item.period)
            cells[named] = cell
        keys.append(pack_fact(cell, subjects[fact.subject]))
    return keys


class _Batch:
    """Standing facts and totals that a batch touches, read once and written once."""

    def __init__(self, store: FactStore, keys: Collection[int], changed: Changed) -> None:
        self._store = store
        self._changed = changed
        self._facts = store.standing(set(keys))
        self._cells = store.cells(set(map(cell_of, keys)))
        self._changed_cells: set[int] = set()
        self._superseded: dict[tuple[int, int], Standing] = {}
        self._late = False
        """Whether some of them never stood."""

    def apply(self, item: CheckedFact, key: int) -> Outcome:
        """Decide one fact and move the totals of its cell; raises `Refused` beyond 64 bits."""
        standing, cell = self._facts.get(key), cell_of(key)
        arriving = standing_of(key, item.fact, item.detail, item.as_of.ms)
        outcome = compare(standing, arriving)
        state = self._cells.get(cell, _NO_CELL)
        totals = state.totals
        if outcome is Outcome.STALE:
            self._superseded[key, arriving.version] = arriving
            self._late = True
        if outcome is Outcome.APPLIED:
            if item.fact.indicator != MEMBERSHIP:
                totals = totals.moved(totals_of(standing), totals_of(arriving))
            if not totals.fits:
                raise Refused(Reason.OUT_OF_RANGE, "ytd", "the unit's total is beyond 64 bits")
            if standing is not None:
                self._superseded[key, standing.version] = standing
            self._changed.former.setdefault(key, standing)
            self._facts[key] = self._changed.now[key] = arriving
        # Age and version grow by whatever was seen, so they do not depend on the order either.
        seen = CellState(
            totals, max(state.as_of, item.as_of.text), max(state.input_version, arriving.version)
        )
        if outcome is Outcome.APPLIED or seen != state:
            self._cells[cell] = seen
            self._changed_cells.add(cell)
        return outcome

    def save(self) -> None:
        """Write what changed, and ask for the assessments that it makes necessary."""
        self._store.save_facts(self._changed.now.values())
        self._store.keep_superseded(self._superseded.values(), stood=not self._late)
        self._store.save_cells({cell: self._cells[cell] for cell in self._changed_cells})
        # From the last period to the first: the earliest remains.
        earliest = {series_of(cell): cell for cell in sorted(self._changed_cells, reverse=True)}
        stamp = randbits(_STAMP_BITS)
        self._store.mark_dirty([DirtyMark(*unpack_cell(cell), stamp) for cell in earliest.values()])
