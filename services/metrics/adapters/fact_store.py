"""Facts and totals in SQL, inside the transaction of one batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func
from sqlalchemy.dialects import postgresql, sqlite

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
from shared.storage import reconciliation, select_in, upsert
from shared.storage.bulk import BulkTable
from shared.storage.outbox import enqueue
from shared.storage.reconciliation import DEAD_LETTER_WARNING
from shared.storage.tables import table_of

_units, _subjects = table_of(UnitName), table_of(SubjectToken)
_indicators = table_of(IndicatorName)
_dirty = table_of(DirtyRow)
FACT_COLUMNS = ("id", *Standing._fields)
TOTAL_COLUMNS = ("id", *Totals._fields, "as_of", "input_version")
_FACTS = BulkTable(table_of(FactRow), FACT_COLUMNS, ("id",))
_VERSIONS = BulkTable(table_of(FactVersionRow), FACT_COLUMNS, ("id", "version"), keep=True)
_TOTALS = BulkTable(table_of(TotalRow), TOTAL_COLUMNS, ("id",))

_NAMES = {table.name: BulkTable(table, ("id", "name"), ()) for table in (_subjects, _indicators)}


class SqlFactStore:
    """`FactStore` on a connection whose transaction the caller owns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unit_ids(self, partitions: Mapping[str, int]) -> dict[str, int]:
        """Ids of units by name, made where missing; remembers the partition of each."""
        rows = [{"name": name, "partition": number} for name, number in sorted(partitions.items())]
        columns = [_units.c.id, _units.c.name, _units.c.partition]
        known = select_in(self._connection, columns, _units.c.name, partitions)
        same = {row.name for row in known if row.partition == partitions[row.name]}
        changed = [row for row in rows if row["name"] not in same]
        if not changed:
            return {row.name: row.id for row in known}
        upsert(self._connection, _units, changed, ("name",), ("partition",))
        known = select_in(self._connection, columns, _units.c.name, partitions)
        return {row.name: row.id for row in known}

    def subject_ids(self, tokens: Collection[str]) -> dict[str, int]:
        """Ids of subjects by token, made where missing."""
        return self._ids(_subjects, tokens)

    def indicator_ids(self, names: Collection[str]) -> dict[str, int]:
        """Ids of indicators by name, made where missing."""
        return self._ids(_indicators, names)

    def _ids(self, table: Table, names: Collection[str]) -> dict[str, int]:
        bulk = _NAMES[table.name]
        known = _by_name(bulk.read(self._connection, "name", names))
        missing = sorted(set(names) - known.keys())
        if missing:
            upsert(self._connection, table, [{"name": name} for name in missing], ("name",), ())
            known |= _by_name(bulk.read(self._connection, "name", missing))
        return known

    def standing(self, keys: Collection[int]) -> dict[int, Standing]:
        """Standing facts by packed key; absent where there is none."""
        return {row[0]: standing_row(row[1:]) for row in _FACTS.read(self._connection, "id", keys)}

    def save_facts(self, facts: Mapping[int, Standing]) -> None:
        """Replace standing facts."""
        _FACTS.write(self._connection, sorted((key, *fact) for key, fact in facts.items()))

    def keep_superseded(self, facts: Mapping[tuple[int, int], Standing]) -> None:
        """Keep versions that stand no longer; one that is kept already stays."""
        rows = sorted((key, *fact) for (key, _), fact in facts.items())
        _VERSIONS.write(self._connection, rows)

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
        if not marks:
            return
        sqlite_engine = self._connection.dialect.name == "sqlite"
        insert = sqlite.insert if sqlite_engine else postgresql.insert
        least = func.min if sqlite_engine else func.least
        statement = insert(_dirty)
        widened = statement.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "earliest": least(_dirty.c.earliest, statement.excluded.earliest),
                "stamp": statement.excluded.stamp,
            },
        )
        self._connection.execute(
            widened,
            [
                {
                    "id": cell_range(mark.unit, mark.indicator)[0],
                    "earliest": mark.earliest.number,
                    "stamp": mark.stamp,
                }
                for mark in sorted(marks, key=lambda mark: (mark.unit, mark.indicator))
            ],
        )

    def dead_letter(self, record: Record, refused: Refused) -> None:
        """Queue a refused record for the dead-letter topic."""
        enqueue(self._connection, [dead_letter_row(record, refused)])
        self.count(record.topic, {f"{DEAD_LETTER_WARNING}{refused.reason}": 1})

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        """Add to the reconciliation counts."""
        reconciliation.count(self._connection, topic, changes)


def _by_name(rows: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    return {name: number for number, name in rows}


standing_row = Standing._make
"""A fact from its columns, key left out; called once for each fact of a batch."""


def cell_state(columns: Sequence[object]) -> CellState:
    """State of a cell from its columns, key left out."""
    *sums, as_of, version = columns
    return CellState(Totals(*sums), as_of, version)  # type: ignore[arg-type]
