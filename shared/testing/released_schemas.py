"""Rows of every schema revision, kept as JSON: ``python -m shared.testing.released_schemas``.

For each revision without a file it writes `tests/data/migrations/SERVICE/REVISION.json`: the
statements that made the tables in SQLite, and two made-up rows for each of them.
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from alembic import command
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
    inspect,
    select,
    text,
)

from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import configuration, revisions

DATABASES: Final = ("ingest", "metrics", "alerts", "access")
HOME: Final = Path(__file__).parents[2] / "tests" / "data" / "migrations"
_ROWS = 2
_NOT_KEPT = "alembic_version"

Row = dict[str, Any]


def file_of(service: str, revision: str) -> Path:
    """Where the rows of a revision are kept."""
    return HOME / service / f"{revision}.json"


def upgrade(engine: Engine, service: str, revision: str) -> None:
    """Bring a database to one revision."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f'create schema if not exists "{service}"'))
        config = configuration(service)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def tables_of(connection: Connection) -> list[Table]:
    """Tables as they are in the database, those that others refer to first."""
    found = MetaData()
    found.reflect(connection, schema=None)
    return [table for table in found.sorted_tables if table.name != _NOT_KEPT]


def rows_of(connection: Connection, tables: Sequence[Table]) -> dict[str, list[Row]]:
    """All rows by table, as JSON can hold them."""
    return {
        table.name: sorted(
            (
                {name: _plain(value) for name, value in row.items()}
                for row in connection.execute(select(table)).mappings()
            ),
            key=repr,
        )
        for table in tables
    }


def statements_of(connection: Connection) -> list[str]:
    """What made the tables and indexes of a SQLite database, tables first."""
    query = "select sql from sqlite_master where sql is not null order by type desc, name"
    return [statement for (statement,) in connection.execute(text(query))]


def insert_rows(connection: Connection, kept: dict[str, list[Row]]) -> None:
    """Put kept rows into the tables of the same names."""
    for table in tables_of(connection):
        for row in kept.get(table.name, []):
            values = {name: _value(table.c[name], value) for name, value in row.items()}
            connection.execute(insert(table).values(**values))


def write_missing() -> list[Path]:
    """Keep rows for every revision that has none; returns the files written."""
    written = []
    for service in DATABASES:
        for revision in revisions(service):
            path = file_of(service, revision)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                kept = _made_up(service, revision)
                path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
                written.append(path)
    return written


def _made_up(service: str, revision: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        engine = open_engine(CommonSettings(data_dir=Path(folder)), service)
        upgrade(engine, service, revision)
        with writing(engine) as connection:
            tables = tables_of(connection)
            for table in tables:
                for number in range(1, _ROWS + 1):
                    values = {column.name: _invented(column, number) for column in table.columns}
                    connection.execute(insert(table).values(**values))
            rows = rows_of(connection, tables)
            made = statements_of(connection)
        engine.dispose()
    return {"statements": made, "rows": rows}


def _invented(column: Column[Any], number: int) -> object:
    """A value of the column's type; equal numbers agree over tables, so references hold."""
    if isinstance(column.type, Boolean):
        return number == 1
    if isinstance(column.type, Integer):
        return number
    if isinstance(column.type, LargeBinary):
        return bytes([number, 0, 255])
    if isinstance(column.type, JSON):
        return [f"{column.name} {number}"]
    return f"{column.name} {number} 示例"


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    return value


def _value(column: Column[Any], value: object) -> object:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return bool(value) if isinstance(column.type, Boolean) else value


def columns_of(connection: Connection, table: str) -> set[str]:
    """Names of a table's columns; none for a table that is gone."""
    found = inspect(connection)
    return {c["name"] for c in found.get_columns(table)} if found.has_table(table) else set()


if __name__ == "__main__":
    for made in write_missing():
        print(made)  # noqa: T201 - a command
