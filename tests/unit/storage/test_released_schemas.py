"""Every released schema, with rows in it, comes to the newest one with its rows intact."""

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from shared.settings import CommonSettings
from shared.storage import open_engine, reading, writing
from shared.storage.migrations import migrate, revisions, schema_state
from shared.testing.released_schemas import (
    DATABASES,
    Row,
    file_of,
    insert_rows,
    rows_of,
    statements_of,
    tables_of,
    upgrade,
)

READ_AGAIN = {
    # Facts had no broker time before: metrics reads them again from Kafka, from the start.
    "metrics_003": {
        *("metrics_fact", "metrics_total", "metrics_dirty", "metrics_status"),
        *("metrics_forecast", "consumer_offset", "reconciliation", "outbox"),
    }
}
"""Tables that a migration empties on purpose, because they are made anew from the topics."""

RELEASED = [(service, revision) for service in DATABASES for revision in revisions(service)]


def kept(service: str, revision: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file_of(service, revision).read_text(encoding="utf-8"))
    return read


def opened(service: str, folder: Path) -> Engine:
    return open_engine(CommonSettings(data_dir=folder, database_url=None), service)


def emptied_after(service: str, revision: str) -> set[str]:
    """Tables that a later migration empties on purpose."""
    known = revisions(service)
    later = known[known.index(revision) + 1 :]
    return {table for name in later for table in READ_AGAIN.get(name, ())}


def check_intact(
    engine: Engine,
    service: str,
    before: dict[str, list[Row]],
    emptied: AbstractSet[str] = frozenset(),
) -> None:
    """All rows are there, equal in every column that is still there."""
    assert not schema_state(engine, service).missing
    with reading(engine) as connection:
        tables = {table.name: table for table in tables_of(connection)}
        assert before.keys() <= tables.keys(), "a table with rows is gone"
        after = rows_of(connection, list(tables.values()))
    for name, rows in before.items():
        if name in emptied:
            assert not after[name]
            continue
        columns = set(tables[name].columns.keys())
        old = [{key: value for key, value in row.items() if key in columns} for row in rows]
        new = [{key: row[key] for key in old[0]} for row in after[name]]
        assert sorted(new, key=repr) == sorted(old, key=repr), name


@pytest.mark.parametrize(("service", "revision"), RELEASED)
def test_every_revision_has_rows_that_are_kept(service: str, revision: str) -> None:
    path = file_of(service, revision)

    assert path.exists(), "run `.venv/bin/python -m shared.testing.released_schemas`, commit it"
    found = kept(service, revision)
    assert found["statements"]
    assert all(len(rows) == 2 for rows in found["rows"].values())


@pytest.mark.parametrize(("service", "revision"), RELEASED)
def test_sqlite_rows_of_every_revision_survive_to_the_newest(
    service: str, revision: str, tmp_path: Path
) -> None:
    found = kept(service, revision)
    engine = opened(service, tmp_path)
    with writing(engine) as connection:
        for statement in found["statements"]:
            connection.execute(text(statement))
        connection.execute(text("insert into alembic_version values (:at)"), {"at": revision})
        insert_rows(connection, found["rows"])

    migrate(engine, service)

    check_intact(engine, service, found["rows"], emptied_after(service, revision))
    engine.dispose()


@pytest.mark.parametrize(("service", "revision"), RELEASED)
def test_no_released_migration_was_changed(service: str, revision: str, tmp_path: Path) -> None:
    engine = opened(service, tmp_path)
    upgrade(engine, service, revision)

    with reading(engine) as connection:
        found = statements_of(connection)
    engine.dispose()
    assert found == kept(service, revision)["statements"]


@pytest.mark.postgres
@pytest.mark.parametrize(("service", "revision"), RELEASED)
def test_postgresql_rows_of_every_revision_survive_to_the_newest(
    service: str, revision: str, empty_schema: Callable[[str], Engine]
) -> None:
    found, engine = kept(service, revision), empty_schema(service)
    upgrade(engine, service, revision)
    with writing(engine) as connection:
        insert_rows(connection, found["rows"])

    migrate(engine, service)

    check_intact(engine, service, found["rows"], emptied_after(service, revision))


def test_a_lost_row_would_be_noticed(tmp_path: Path) -> None:
    engine = opened("access", tmp_path)
    migrate(engine, "access")
    rows = kept("access", "access_001")["rows"]
    with writing(engine) as connection:
        insert_rows(connection, rows)
        table = tables_of(connection)[0]
        connection.execute(
            table.delete().where(table.c[0] == select(table.c[0]).limit(1).scalar_subquery())
        )

    with pytest.raises(AssertionError):
        check_intact(engine, "access", rows)
    engine.dispose()
