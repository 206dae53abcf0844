"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps per dialect."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, select
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
    columns: Sequence[FromClause | ColumnElement[Any]],
    column: ColumnElement[Any],
    values: Iterable[Any],
    *conditions: ColumnElement[bool],
    lock_in_order_of: ColumnElement[Any] | None = None,
    within: FromClause | None = None,
) -> list[Any]:
    """Rows whose `column` is one of `values`, asked for in pieces that every engine accepts.

    `within` is the join that the columns come from, where they are of several tables.

    With `lock_in_order_of` the rows stay locked until the transaction ends (PostgreSQL; SQLite
    has one writer at a time anyway).
    """
    wanted = list(dict.fromkeys(values))
    found: list[Any] = []
    for start in range(0, len(wanted), _VARIABLES):
        piece = wanted[start : start + _VARIABLES]
        statement = select(*columns).where(column.in_(piece), *conditions)
        if within is not None:
            statement = statement.select_from(within)
        if lock_in_order_of is not None:
            statement = statement.order_by(lock_in_order_of).with_for_update()
        found += connection.execute(statement).all()
    return found
