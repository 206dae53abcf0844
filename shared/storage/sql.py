"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps per dialect."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]

_VARIABLES = 500
"""Values in one IN list; SQLite's oldest limit is 999 in a statement."""


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    keys: Sequence[str],
    update: Sequence[str],
    *,
    add: Sequence[str] = (),
) -> None:
    """Insert rows; where the keys exist, replace the columns `update` and add to those in `add`."""
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    changes: dict[str, Any] = {name: statement.excluded[name] for name in update}
    changes |= {name: table.c[name] + statement.excluded[name] for name in add}
    if changes:
        statement = statement.on_conflict_do_update(index_elements=list(keys), set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    connection.execute(statement, list(rows))


def select_in(
    connection: Connection,
    columns: Sequence[ColumnElement[Any]],
    column: ColumnElement[Any],
    values: Iterable[Any],
    *conditions: ColumnElement[bool],
) -> list[Any]:
    """Rows whose `column` is one of `values`, asked for in pieces that every engine accepts."""
    wanted = list(dict.fromkeys(values))
    found: list[Any] = []
    for start in range(0, len(wanted), _VARIABLES):
        piece = wanted[start : start + _VARIABLES]
        found += connection.execute(select(*columns).where(column.in_(piece), *conditions)).all()
    return found
