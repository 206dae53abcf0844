"""Records of one transaction stand together; beside rows of a version without bundles, in order."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, func, select

from shared.settings import CommonSettings
from shared.storage import meta, open_engine, outbox, reading, writing
from shared.storage.migrations import migrate
from shared.storage.outbox import OutboxRow
from shared.storage.tables import OutboxBundle, OutboxMessage, table_of
from shared.testing.postgres import PostgresServer
from shared.testing.released_schemas import upgrade
from shared.testing.releases import releases

ROWS, BUNDLES = table_of(OutboxMessage), table_of(OutboxBundle)
SAID = [
    OutboxRow("t", b"\x00key", b"\xff", (("a", None), ("a", b"\xfe"), ("名", b"")), "unit"),
    OutboxRow("u", None, None),
    OutboxRow("t", b"k", b""),
]


def numbered(first: int, last: int) -> list[OutboxRow]:
    return [OutboxRow("t", b"k", bytes([number])) for number in range(first, last)]


def put(engine: Engine, rows: list[OutboxRow], *, bundled: bool = True) -> None:
    with writing(engine) as connection:
        if bundled:
            outbox.use_bundles(connection)
        else:
            meta.remember(connection, "outbox", "rows")
        outbox.enqueue(connection, rows)


def written(connection: Connection) -> tuple[int, int]:
    rows, bundles = (select(func.count()).select_from(table) for table in (ROWS, BUNDLES))
    return connection.execute(rows).scalar_one(), connection.execute(bundles).scalar_one()


def plain(rows: list[OutboxRow]) -> list[tuple[object, ...]]:
    return [
        (r.topic, r.key, r.value, [tuple(each) for each in r.headers], r.partition_by) for r in rows
    ]


def test_records_come_back_out_of_a_bundle_as_they_went_in(engine: Engine) -> None:
    put(engine, SAID)

    with reading(engine) as connection:
        assert written(connection) == (0, 1)
        assert plain([item.row for item in outbox.take(connection, 100)]) == plain(SAID)


def test_records_that_wait_are_counted_one_by_one(engine: Engine) -> None:
    put(engine, numbered(0, 5), bundled=False)
    put(engine, numbered(5, 12))

    with reading(engine) as connection:
        assert written(connection) == (5, 1)
        assert outbox.depth(connection) == 12


def test_rows_of_a_version_before_and_bundles_are_published_in_the_order_of_writing(
    engine: Engine,
) -> None:
    # On SQLite, which two versions never work on at once, nothing writes rows after bundles.
    back = engine.dialect.name == "postgresql"
    for first, bundled in ((0, False), (3, True), (6, not back), (9, True)):
        put(engine, numbered(first, first + 3), bundled=bundled)

    seen: list[bytes | None] = []
    while True:
        with writing(engine) as connection:
            piece = outbox.take(connection, 4)
            outbox.remove(connection, piece)
        if not piece:
            break
        seen += [item.row.value for item in piece]

    assert seen == [bytes([number]) for number in range(12)]
    with reading(engine) as connection:
        assert written(connection) == (0, 0)


def test_a_large_record_is_alone_in_its_bundle(engine: Engine) -> None:
    rows = [OutboxRow("t", b"k", b"x" * size) for size in (10, 2**20, 10, 20)]
    put(engine, rows)

    with reading(engine) as connection:
        assert written(connection) == (0, 3)
        assert [len(i.row.value or b"") for i in outbox.take(connection, 10, 100)] == [10]
        assert [i.row for i in outbox.take(connection, 10)] == rows


def test_what_is_rolled_back_is_not_published(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        outbox.use_bundles(connection)
        outbox.enqueue(connection, SAID)
        transaction.rollback()

    with reading(engine) as connection:
        assert outbox.take(connection, 10) == []


def bundles_after_migrating(engine: Engine) -> bool:
    migrate(engine, "ingest")
    with reading(engine) as connection:
        return outbox.uses_bundles(connection)


def test_a_store_that_a_version_without_bundles_may_work_on_keeps_rows(tmp_path: Path) -> None:
    released = releases()[-1].stores["ingest"].revision
    old, new = (
        open_engine(CommonSettings(data_dir=tmp_path / name, database_url=None), "ingest")
        for name in ("old", "new")
    )
    upgrade(old, "ingest", released)

    assert not bundles_after_migrating(old)
    assert bundles_after_migrating(new)
    old.dispose()
    new.dispose()


@pytest.mark.postgres
def test_a_new_database_begins_with_bundles_on_postgresql(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    engine = open_engine(CommonSettings(database_url=SecretStr(url)), "ingest")

    assert bundles_after_migrating(engine)
    engine.dispose()
    postgres.drop_database(url)
