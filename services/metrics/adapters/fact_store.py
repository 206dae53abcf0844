"""Facts and totals in SQL, inside the transaction of one batch."""

from collections.abc import Collection, Mapping, Sequence
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
from shared.storage.outbox import enqueue
from shared.storage.reconciliation import DEAD_LETTER_WARNING
from shared.storage.tables import table_of

_units, _subjects = table_of(UnitName), table_of(SubjectToken)
_indicators = table_of(IndicatorName)
_facts, _totals, _dirty = table_of(FactRow), table_of(TotalRow), table_of(DirtyRow)
_versions = table_of(FactVersionRow)
FACT_COLUMNS = ("id", *Standing._fields)
TOTAL_COLUMNS = ("id", *Totals._fields, "as_of", "input_version")


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
        columns = [table.c.id, table.c.name]
        known = {r.name: r.id for r in select_in(self._connection, columns, table.c.name, names)}
        missing = sorted(set(names) - known.keys())
        if missing:
            upsert(self._connection, table, [{"name": name} for name in missing], ("name",), ())
            found = select_in(self._connection, columns, table.c.name, missing)
            known |= {row.name: row.id for row in found}
        return known

    def standing(self, keys: Collection[int]) -> dict[int, Standing]:
        """Standing facts by packed key; absent where there is none."""
        columns = [_facts.c[name] for name in FACT_COLUMNS]
        rows = select_in(self._connection, columns, _facts.c.id, keys)
        return {row[0]: standing_row(row[1:]) for row in rows}

    def save_facts(self, facts: Mapping[int, Standing]) -> None:
        """Replace standing facts."""
        rows = [_fact_row(key, fact) for key, fact in sorted(facts.items())]
        upsert(self._connection, _facts, rows, ("id",), FACT_COLUMNS[1:])

    def keep_superseded(self, facts: Mapping[tuple[int, int], Standing]) -> None:
        """Keep versions that stand no longer; one that is kept already stays."""
        rows = [_fact_row(key, fact) for (key, _), fact in sorted(facts.items())]
        upsert(self._connection, _versions, rows, ("id", "version"), ())

    def cells(self, keys: Collection[int]) -> dict[int, CellState]:
        """Totals by packed key; absent where there are none."""
        columns = [_totals.c[name] for name in TOTAL_COLUMNS]
        rows = select_in(self._connection, columns, _totals.c.id, keys)
        return {row[0]: cell_state(row[1:]) for row in rows}

    def save_cells(self, cells: Mapping[int, CellState]) -> None:
        """Replace totals."""
        rows = [
            dict(
                zip(
                    TOTAL_COLUMNS,
                    (key, *state.totals, state.as_of, state.input_version),
                    strict=True,
                )
            )
            for key, state in sorted(cells.items())
        ]
        upsert(self._connection, _totals, rows, ("id",), TOTAL_COLUMNS[1:])

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


def _fact_row(key: int, fact: Standing) -> dict[str, object]:
    row: dict[str, object] = dict(zip(FACT_COLUMNS, (key, *fact), strict=True))
    return row | {"deleted": int(fact.deleted)}


def standing_row(columns: Sequence[Any]) -> Standing:
    """A fact from its columns, key left out."""
    version, revision, deleted, *rest = columns
    return Standing(version, revision, bool(deleted), *rest)


def cell_state(columns: Sequence[object]) -> CellState:
    """State of a cell from its columns, key left out."""
    *sums, as_of, version = columns
    return CellState(Totals(*sums), as_of, version)  # type: ignore[arg-type]
