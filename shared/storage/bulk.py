"""Many rows of one table in one statement, as tuples, past SQLAlchemy's work for every row.

SQLite takes a list of keys as one JSON text, PostgreSQL as an array. Rows are written by
`executemany` on SQLite; on PostgreSQL they are copied in binary form, and where rows of the same
keys may exist they are merged by one statement that takes each column as one value.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
)
from sqlalchemy.exc import IntegrityError

from shared.storage.driver import driver_cursor

Values = tuple[Any, ...]
_AS_WRITTEN: Mapping[str, str] = MappingProxyType({})


class BulkTable:
    """Statements for some columns of a table, written out once."""

    def __init__(
        self,
        table: Table,
        columns: Sequence[str],
        keys: Sequence[str],
        *,
        keep: bool = False,
        replace: Mapping[str, str] = _AS_WRITTEN,
    ) -> None:
        """`keys` are those of `columns` that identify a row; what is written replaces the rest.

        Without keys rows are only ever added. With `keep` rows that are there already stay.
        `replace`: by column, SQL of what it then holds where that is not what is written; of the
        row that is there by the table's name, of the one that is written as `excluded`.
        """
        self._name = table.name
        # With the table's name: a joined table may have a column `id` too.
        self._read = ", ".join(f"{table.name}.{column}" for column in columns)
        self._columns = ", ".join(columns)
        self._width = len(columns)
        self._types = [_type_of(table, column) for column in columns]
        self._on_conflict = _on_conflict(keys if keep else columns, keys, replace)
        self._staged = (
            f"ROWS FROM ({', '.join(map(_unpacked, self._types))}) AS staged({self._columns})"
        )
        self._merge = (
            f"INSERT INTO {self._name} ({self._columns}) SELECT * FROM {self._staged} "  # noqa: S608 - names from our tables
            f"ORDER BY {', '.join(keys)} {self._on_conflict}"
        )
        self._change = _change(self._name, columns, keys, self._staged)

    def write(self, connection: Connection, rows: Sequence[Values], *, new: bool = False) -> int:
        """Add rows, or replace those of the same keys; no key may come twice. Returns how many.

        Rows known to be `new` are only added, which spares PostgreSQL most of the work; an error
        where one is not.

        PostgreSQL merges them in the order of their keys: two writers of the same rows then wait
        for each other one way round only. SQLite has one writer at a time and keeps the caller's
        order; rows in the order of the table's key are written quickest.
        """
        if not rows:
            return 0
        on_conflict = "" if new else self._on_conflict
        with driver_cursor(connection) as cursor:
            if connection.dialect.name == "sqlite":
                places = ", ".join("?" * self._width)
                insert = f"INSERT INTO {self._name} ({self._columns}) VALUES ({places})"  # noqa: S608 - names from our tables
                cursor.executemany(f"{insert} {on_conflict}", rows)
            elif on_conflict:
                cursor.execute(self._merge, self._packed(rows))
            else:
                self._copy(cursor, rows)
            return int(cursor.rowcount)

    def add_likely(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Write rows none of which is likely to be there, which costs PostgreSQL half as much."""
        if not rows or connection.dialect.name == "sqlite":
            self.write(connection, rows)
            return
        _run(connection, "SAVEPOINT likely")
        try:
            self.write(connection, rows, new=True)
        except IntegrityError:
            _run(connection, "ROLLBACK TO likely")
            self.write(connection, rows)
        _run(connection, "RELEASE likely")

    def change(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Replace rows that are there; returns how many were.

        PostgreSQL locks them in the order in which they are given.
        """
        if not rows:
            return 0
        with driver_cursor(connection) as cursor:
            if connection.dialect.name == "sqlite":
                cursor.executemany(self._change["sqlite"], rows)
            else:
                cursor.execute(self._change["postgresql"], self._packed(rows))
            return int(cursor.rowcount)

    def _packed(self, rows: Sequence[Values]) -> list[Any]:
        """Each column of rows as one parameter."""
        columns = zip(self._types, zip(*rows, strict=True), strict=True)
        return [_packed(of_type, values) for of_type, values in columns]

    def _copy(self, cursor: Any, rows: Sequence[Values]) -> None:  # noqa: ANN401 - psycopg's
        into = f"COPY {self._name} ({self._columns}) FROM STDIN (FORMAT BINARY)"
        with cursor.copy(into) as copy:
            copy.set_types(self._types)
            write_row = copy.write_row
            for row in rows:
                write_row(row)

    def read(
        self,
        connection: Connection,
        column: str,
        values: Collection[int] | Collection[str],
        where: str = "",
    ) -> list[Values]:
        """Rows whose `column` is one of `values`; `where` is SQL that follows."""
        if not values:
            return []
        chosen = one_of(connection, column, text=isinstance(next(iter(values)), str))
        statement = f"SELECT {self._columns} FROM {self._name} WHERE {chosen} {where}"  # noqa: S608 - as above
        with driver_cursor(connection) as cursor:
            cursor.execute(statement, (many(connection, values),))
            found: list[Values] = cursor.fetchall()
        return found

    def ranges(
        self, connection: Connection, column: str, firsts: Collection[int], length: int
    ) -> list[Values]:
        """Rows whose `column` is one of `length` numbers from one of `firsts` on."""
        if not firsts:
            return []
        if connection.dialect.name == "sqlite":
            starts = "json_each(?) AS start CROSS JOIN"  # CROSS keeps SQLite to this order
        else:
            starts = "unnest(%s::bigint[]) AS start(value) JOIN"
        within = f"{self._name}.{column} BETWEEN start.value AND start.value + {length - 1}"
        statement = f"SELECT {self._read} FROM {starts} {self._name} ON {within}"  # noqa: S608 - names from our tables
        with driver_cursor(connection) as cursor:
            cursor.execute(statement, (many(connection, firsts),))
            found: list[Values] = cursor.fetchall()
        return found

    def remove(self, connection: Connection, column: str, values: Collection[int]) -> None:
        """Delete rows whose `column` is one of `values`."""
        if not values:
            return
        statement = f"DELETE FROM {self._name} WHERE {one_of(connection, column)}"  # noqa: S608 - as above
        with driver_cursor(connection) as cursor:
            cursor.execute(statement, (many(connection, values),))


def _run(connection: Connection, statement: str) -> None:
    with driver_cursor(connection) as cursor:
        cursor.execute(statement)


def one_of(connection: Connection, column: str, *, text: bool = False) -> str:
    """SQL condition that a column is one of the values given by `many`."""
    if connection.dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - as above
    return f"{column} = ANY(%s::{'text' if text else 'bigint'}[])"


def many(connection: Connection, values: Collection[int] | Collection[str]) -> Any:  # noqa: ANN401 - a driver's value
    """The one parameter that stands for all values."""
    listed = list(values)
    if connection.dialect.name == "sqlite":
        return msgspec.json.encode(listed).decode()
    return _array(listed) if listed and isinstance(listed[0], int) else listed


def _array(numbers: Sequence[object]) -> str:
    """An array as PostgreSQL writes it: the driver would turn every number by itself."""
    return f"{{{msgspec.json.encode(numbers)[1:-1].decode()}}}"


def _packed(of_type: str, values: Values) -> Any:  # noqa: ANN401 - a driver's value
    """The one parameter that stands for a column of PostgreSQL's type; see `_unpacked`."""
    match of_type:
        case "text":
            return msgspec.json.encode(values).decode()
        case "bytea":
            return list(values)
        case _:
            return _array(values)


def _unpacked(of_type: str) -> str:
    """SQL that makes rows of it again."""
    match of_type:
        case "text":
            return "json_array_elements_text(%s::json)"
        case "bytea":
            return "unnest(%b::bytea[])"
        case _:
            return f"unnest(%s::{of_type}[])"


def _type_of(table: Table, column: str) -> str:
    """PostgreSQL's name of a column's type, for rows in binary form."""
    match table.c[column].type:
        case BigInteger():
            return "int8"
        case SmallInteger():
            return "int2"
        case Integer():
            return "int4"
        case LargeBinary():
            return "bytea"
        case String() | TypeDecorator(impl_instance=String()):
            return "text"
        case other:
            raise TypeError(f"{table.name}.{column} is of the type {other}, not known here")


def _change(
    table: str, columns: Sequence[str], keys: Sequence[str], staged: str
) -> Mapping[str, str]:
    """Statements by dialect that replace what is no key; SQLite's takes one row."""
    changed = [name for name in columns if name not in keys]
    places = {name: f"?{number}" for number, name in enumerate(columns, 1)}
    of_one = ", ".join(f"{name} = {places[name]}" for name in changed)
    same = " AND ".join(f"{name} = {places[name]}" for name in keys)
    of_many = ", ".join(f"{name} = staged.{name}" for name in changed)
    matching = " AND ".join(f"{table}.{name} = staged.{name}" for name in keys)
    return {
        "sqlite": f"UPDATE {table} SET {of_one} WHERE {same}",  # noqa: S608 - names from our tables
        "postgresql": f"UPDATE {table} SET {of_many} FROM {staged} WHERE {matching}",  # noqa: S608 - as above
    }


def _on_conflict(columns: Sequence[str], keys: Sequence[str], replace: Mapping[str, str]) -> str:
    if not keys:
        return ""
    changed = [name for name in columns if name not in keys]
    changes = ", ".join(f"{name} = {replace.get(name, f'excluded.{name}')}" for name in changed)
    action = f"UPDATE SET {changes}" if changes else "NOTHING"
    return f"ON CONFLICT ({', '.join(keys)}) DO {action}"
