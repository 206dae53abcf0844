"""Facts and totals in SQL, inside the transaction of one batch."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, Table

from services.metrics.adapters.dead_letters import dead_letter_row
from services.metrics.adapters.tables import (
    DirtyRow,
    FactRow,
    FactVersionRow,
    IndicatorName,
    SubjectToken,
    TotalRow,
    UnitName,
)
from services.metrics.domain.keys import cell_range
from services.metrics.domain.standing import Standing
from services.metrics.domain.totals import CellState, Totals
from services.metrics.ports import DirtyMark
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.storage import reconciliation
from shared.storage.bulk import BulkTable
from shared.storage.outbox import enqueue
from shared.storage.reconciliation import DEAD_LETTER_WARNING
from shared.storage.tables import table_of

FACT_COLUMNS = ("id", *Standing._fields[1:])
TOTAL_COLUMNS = ("id", *Totals._fields, "as_of", "input_version")
_FACTS = BulkTable(table_of(FactRow), FACT_COLUMNS, ("id",))
_VERSIONS = BulkTable(table_of(FactVersionRow), FACT_COLUMNS, ("id", "version"), keep=True)
_TOTALS = BulkTable(table_of(TotalRow), TOTAL_COLUMNS, ("id",))
_UNITS = BulkTable(table_of(UnitName), ("id", "name", "partition"), ())
_PARTITIONS = BulkTable(table_of(UnitName), ("name", "partition"), ("name",))
_MARKS = BulkTable(
    table_of(DirtyRow),
    ("id", "earliest", "stamp"),
    ("id",),
    replace={
        "earliest": "CASE WHEN metrics_dirty.earliest < excluded.earliest "
        "THEN metrics_dirty.earliest ELSE excluded.earliest END"
    },
)


class _Names:
    """A table that gives each name an id."""

    def __init__(self, table: Table) -> None:
        self._known = BulkTable(table, ("id", "name"), ())
        self._new = BulkTable(table, ("name",), ("name",))

    def ids(self, connection: Connection, names: Collection[str]) -> dict[str, int]:
        """Ids by name, made where missing."""
        known = {name: number for number, name in self._known.read(connection, "name", names)}
        missing = sorted(set(names) - known.keys())
        if missing:
            self._new.write(connection, [(name,) for name in missing])
            made = self._known.read(connection, "name", missing)
            known |= {name: number for number, name in made}
        return known


_SUBJECTS, _INDICATORS = _Names(table_of(SubjectToken)), _Names(table_of(IndicatorName))


class SqlFactStore:
    """`FactStore` on a connection whose transaction the caller owns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unit_ids(self, partitions: Mapping[str, int]) -> dict[str, int]:
        """Ids of units by name, made where missing; remembers the partition of each."""
        known = _UNITS.read(self._connection, "name", partitions)
        same = {name for _, name, partition in known if partition == partitions[name]}
        changed = [item for item in sorted(partitions.items()) if item[0] not in same]
        if changed:
            _PARTITIONS.write(self._connection, changed)
            known = _UNITS.read(self._connection, "name", partitions)
        return {name: number for number, name, _ in known}

    def subject_ids(self, tokens: Collection[str]) -> dict[str, int]:
        """Ids of subjects by token, made where missing."""
        return _SUBJECTS.ids(self._connection, tokens)

    def indicator_ids(self, names: Collection[str]) -> dict[str, int]:
        """Ids of indicators by name, made where missing."""
        return _INDICATORS.ids(self._connection, names)

    def standing(self, keys: Collection[int]) -> dict[int, Standing]:
        """Standing facts by packed key; absent where there is none."""
        rows = _FACTS.read(self._connection, "id", keys)
        return {fact.key: fact for fact in map(Standing._make, rows)}

    def save_facts(self, facts: Collection[Standing]) -> None:
        """Replace standing facts."""
        _FACTS.write(self._connection, sorted(facts))

    def keep_superseded(self, facts: Collection[Standing], *, stood: bool) -> None:
        """Keep versions that stand no longer; one that is kept already stays."""
        if stood:  # two contents of one version are rare
            _VERSIONS.add_likely(self._connection, sorted(facts))
        else:
            _VERSIONS.write(self._connection, sorted(facts))

    def cells(self, keys: Collection[int]) -> dict[int, CellState]:
        """Totals by packed key; absent where there are none."""
        return {row[0]: cell_state(row[1:]) for row in _TOTALS.read(self._connection, "id", keys)}

    def save_cells(self, cells: Mapping[int, CellState]) -> None:
        """Replace totals."""
        _TOTALS.write(
            self._connection,
            [
                (key, *state.totals, state.as_of, state.input_version)
                for key, state in sorted(cells.items())
            ],
        )

    def mark_dirty(self, marks: Sequence[DirtyMark]) -> None:
        """Ask for assessments; an earlier mark of the same unit and indicator is widened."""
        rows = [
            (cell_range(mark.unit, mark.indicator)[0], mark.earliest.number, mark.stamp)
            for mark in marks
        ]
        # One of each id, the earliest; in one order for all replicas.
        earliest = {row[0]: row for row in sorted(rows, reverse=True)}
        _MARKS.write(self._connection, sorted(earliest.values()))

    def dead_letter(self, record: Record, refused: Refused) -> None:
        """Queue a refused record for the dead-letter topic."""
        enqueue(self._connection, [dead_letter_row(record, refused)])
        self.count(record.topic, {f"{DEAD_LETTER_WARNING}{refused.reason}": 1})

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        """Add to the reconciliation counts."""
        reconciliation.count(self._connection, topic, changes)


def cell_state(columns: Sequence[object]) -> CellState:
    """State of a cell from its columns, key left out."""
    *sums, as_of, version = columns
    return CellState(Totals(*sums), as_of, version)  # type: ignore[arg-type]
