"""Whether a changed schema still serves programs that were built for the one before it.

The rule: a migration may only add. What programs of before know stays as it is (a wider type is
fine), and what is new asks nothing of whoever does not know it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection, inspect

Names = frozenset[str]
_NOT_OURS = "alembic_version"
_WIDER = {
    "SMALLINT": {"INTEGER", "BIGINT"},
    "INTEGER": {"BIGINT"},
    "VARCHAR": {"TEXT"},
    "TEXT": {"VARCHAR"},
}
_LENGTH = re.compile(r"^(VARCHAR)\((\d+)\)$")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """What programs must know of a column."""

    type: str
    nullable: bool
    default: bool
    """Whether the database fills it in where a row names no value."""


@dataclass(frozen=True, slots=True)
class TableForm:
    """What programs must know of a table."""

    columns: Mapping[str, ColumnForm]
    unique: frozenset[Names]
    """Primary key, unique constraints and unique indexes, by their columns."""
    indexes: frozenset[tuple[str, ...]]
    checks: frozenset[str]
    references: frozenset[Names]
    """Foreign keys by their columns."""


def forms(connection: Connection) -> dict[str, TableForm]:
    """All tables of a database as they are."""
    found = inspect(connection)
    made = {}
    for table in found.get_table_names():
        if table == _NOT_OURS:
            continue
        keys = [found.get_pk_constraint(table)["constrained_columns"]]
        keys += [key["column_names"] for key in found.get_unique_constraints(table)]
        indexes = found.get_indexes(table)
        keys += [index["column_names"] for index in indexes if index["unique"]]  # type: ignore[misc]  # of columns only
        made[table] = TableForm(
            columns={
                column["name"]: ColumnForm(
                    str(column["type"]),
                    column["nullable"],
                    column["default"] is not None or bool(column.get("autoincrement") is True),
                )
                for column in found.get_columns(table)
            },
            unique=frozenset(map(frozenset, keys)),
            indexes=frozenset(tuple(map(str, index["column_names"])) for index in indexes),
            checks=frozenset(str(c["sqltext"]) for c in found.get_check_constraints(table)),
            references=frozenset(
                frozenset(key["constrained_columns"]) for key in found.get_foreign_keys(table)
            ),
        )
    return made


def broken(
    old: Mapping[str, TableForm],
    new: Mapping[str, TableForm],
    used: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """What a program for `old` would stumble over in `new`; nothing when it may go on.

    `used` are the tables and columns that the program knows, by default all of them.
    """
    used = {name: tuple(form.columns) for name, form in old.items()} if used is None else used
    problems: list[str] = []
    for table, columns in used.items():
        if table not in new:
            problems.append(f"{table}: the table is gone")
            continue
        known = frozenset(columns)
        problems += (
            f"{table}{problem}"
            for problem in chain(
                _columns(old[table], new[table], known),
                _additions(new[table], known),
                _keys(old[table], new[table], known),
            )
        )
    return problems


def _columns(old: TableForm, new: TableForm, known: Names) -> list[str]:
    problems = []
    for name in sorted(known):
        if name not in new.columns:
            problems.append(f".{name}: the column is gone")
            continue
        before, after = old.columns[name], new.columns[name]
        if not _holds(before.type, after.type):
            problems.append(f".{name}: was {before.type}, is {after.type}")
        if before.nullable and not after.nullable:
            problems.append(f".{name}: may no longer be null")
        if after.nullable and not before.nullable:
            problems.append(f".{name}: may be null now, which readers of before do not expect")
        if before.default and not after.default and not after.nullable:
            problems.append(f".{name}: has lost its default")
    return problems


def _holds(old: str, new: str) -> bool:
    """Whether every value of the old type is one of the new type, and reads the same."""
    short, long = _LENGTH.match(old), _LENGTH.match(new)
    if short and long:
        return int(short[2]) <= int(long[2])
    plain = short[1] if short else old
    return old == new or (short is not None and new == plain) or new in _WIDER.get(plain, set())


def _additions(new: TableForm, known: Names) -> list[str]:
    """Columns that the program does not fill in must do without it."""
    return [
        f".{name}: a program that does not know it cannot add rows: it needs a default"
        for name, column in new.columns.items()
        if name not in known and not column.nullable and not column.default
    ]


def _keys(old: TableForm, new: TableForm, known: Names) -> list[str]:
    def free(columns: Names) -> bool:
        """Whether rows of the program have null there, which is equal to nothing."""
        return any(
            c not in known and new.columns[c].nullable and not new.columns[c].default
            for c in columns
        )

    forgotten = set(old.columns) - known  # who does not use them does not miss their keys
    problems = [
        f": {_named(key)} is no longer unique"
        for key in old.unique - new.unique
        if not forgotten & key
    ]
    problems += [
        f": {_named(key)} must be unique now" for key in new.unique - old.unique if not free(key)
    ]
    problems += [
        f": {_named(key)} must be in another table now"
        for key in new.references - old.references
        if not free(key)
    ]
    problems += [
        f": rows must fulfil {check} now"
        for check in new.checks - old.checks
        if known & set(_WORD.findall(check))
    ]
    problems += [
        f": the index on {_named(key)} is gone"
        for key in old.indexes - new.indexes
        if not forgotten.intersection(key)
    ]
    return problems


def _named(columns: Sequence[str] | Names) -> str:
    return ", ".join(sorted(columns) if isinstance(columns, frozenset) else columns)


_ERASES = re.compile(r"^\s*(?:delete\s+from|truncate(?:\s+table)?)\s+\"?(\w+)", re.IGNORECASE)
_UPDATES = re.compile(
    r"^\s*update\s+\"?(\w+)\"?\s+set\s+(.*?)(?:\s+where\s|\s+from\s|$)", re.IGNORECASE | re.DOTALL
)
_TARGET = re.compile(r"(?:^|,)\s*\"?(\w+)\"?\s*=")


def overwritten(statements: Sequence[str], used: Mapping[str, Sequence[str]]) -> list[str]:
    """Rows and values of `used` tables that a migration's statements remove or replace.

    Reads DELETE, TRUNCATE and UPDATE as migrations write them; it does not see what else SQL can.
    """
    problems = []
    for statement in statements:
        erased, updated = _ERASES.match(statement), _UPDATES.match(statement)
        if erased and erased[1] in used:
            problems.append(f"{erased[1]}: rows are deleted")
        if updated and updated[1] in used:
            targets = set(_TARGET.findall(updated[2]))
            problems += [
                f"{updated[1]}.{name}: values are replaced"
                for name in sorted(targets & set(used[updated[1]]))
            ]
    return problems
