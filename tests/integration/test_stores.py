"""What all stores share: the same behaviour on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Engine, func, inspect, select, text

from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tables import TABLES, SubjectRow
from services.ingest.domain.subjects import enterprise
from shared.messaging import offsets
from shared.messaging.offsets import Fenced, TopicIdentity
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, ping, reading, reconciliation, select_in, upsert
from shared.storage import writing as transaction
from shared.storage.migrations import is_wanted, metadata_of, migrate, schema_state
from shared.storage.outbox import OutboxRow
from shared.storage.tables import table_of
from shared.testing.load import credit_code
from shared.testing.stores import unpublished, until_someone_waits

TOPIC = TopicIdentity("cluster-a", "topic-a")
SUBJECTS = table_of(SubjectRow)
ONE, TWO = enterprise(credit_code(1)), enterprise(credit_code(2))


# Migrations


def test_migrations_make_exactly_the_tables_of_the_service(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_wanted("ingest")}
        )
        difference = compare_metadata(context, metadata_of("ingest"))
        found = set(inspect(connection).get_table_names())

    assert difference == []
    assert found == {table.name for table in TABLES} | {"alembic_version"}


def test_a_migrated_store_is_current_and_migrating_again_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        SqlStore(connection).lock({ONE})
    migrate(engine, "ingest")

    assert not schema_state(engine, "ingest").missing
    ping(engine)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(SUBJECTS)).scalar_one() == 1


# Statements of both dialects


def test_many_values_are_upserted_and_found_in_pieces(engine: Engine) -> None:
    codes = [f"code-{number:05}" for number in range(2500)]
    rows = [{"kind": 2, "code": code} for code in codes]
    with transaction(engine) as connection:
        upsert(connection, SUBJECTS, rows, ("kind", "code"), ())
        upsert(connection, SUBJECTS, rows[:10], ("kind", "code"), ())
        asked = [*codes, *codes[:50], "unknown"]
        found = select_in(connection, [SUBJECTS.c.code], SUBJECTS.c.code, asked)
        other_kind = select_in(
            connection, [SUBJECTS.c.code], SUBJECTS.c.code, codes, SUBJECTS.c.kind == 1
        )
        locked = select_in(
            connection,
            [SUBJECTS.c.code],
            SUBJECTS.c.code,
            codes,
            lock_in_order_of=SUBJECTS.c.code,
        )

    assert [row.code for row in sorted(found)] == codes
    assert other_kind == []
    assert [row.code for row in locked] == codes


def test_an_empty_list_of_rows_or_values_is_nothing_to_do(engine: Engine) -> None:
    with transaction(engine) as connection:
        upsert(connection, SUBJECTS, [], ("kind", "code"), ())
        outbox.enqueue(connection, [])
        outbox.remove(connection, [])
        assert select_in(connection, [SUBJECTS], SUBJECTS.c.id, []) == []


# Outbox


def test_the_outbox_gives_back_what_was_put_in_oldest_first(engine: Engine) -> None:
    rows = [
        OutboxRow("t", b"\x00key", b"\xff", (("a", None), ("a", b"\xfe"), ("名", b"")), "unit"),
        OutboxRow("u", None, None),
        *(OutboxRow("t", b"k", str(number).encode()) for number in range(1200)),
    ]
    with transaction(engine) as connection:
        outbox.enqueue(connection, rows)

    with transaction(engine) as connection:
        first = outbox.take(connection, 2)
        everything = outbox.take(connection, 5000)
        outbox.remove(connection, everything[:1100])
    assert [
        msgspec.convert(list(i.row.headers), list[tuple[str, bytes | None]]) for i in first
    ] == [
        [("a", None), ("a", b"\xfe"), ("名", b"")],
        [],
    ]
    assert [(i.row.topic, i.row.key, i.row.value, i.row.partition_by) for i in everything] == [
        (row.topic, row.key, row.value, row.partition_by) for row in rows
    ]
    with reading(engine) as connection:
        assert unpublished(connection) == 102


# Input offsets


def test_a_claim_begins_at_the_start_and_goes_on_where_the_store_says(engine: Engine) -> None:
    with transaction(engine) as connection:
        first = offsets.claim(connection, "t", TOPIC, [1, 0])
        offsets.advance(connection, {first[0]: 10, first[1]: 20})

    with transaction(engine) as connection:
        again = offsets.claim(connection, "t", TOPIC, [0, 1, 2])
    assert [first[n].next_offset for n in (0, 1)] == [0, 0]
    assert [again[n].next_offset for n in (0, 1, 2)] == [10, 20, 0]
    assert again[0].epoch > first[0].epoch


def test_a_topic_or_cluster_with_another_id_is_read_from_its_start(engine: Engine) -> None:
    with transaction(engine) as connection:
        held = offsets.claim(connection, "t", TOPIC, [0])
        offsets.advance(connection, {held[0]: 10})
        others = [TopicIdentity("cluster-a", "topic-b"), TopicIdentity("cluster-b", "topic-a")]
        claims = [offsets.claim(connection, "t", other, [0])[0] for other in others]
        offsets.advance(connection, {held[0]: 11})  # the others' claims do not fence this one

    assert [each.next_offset for each in claims] == [0, 0]


def test_an_old_owner_is_fenced_and_nothing_of_its_transaction_stays(engine: Engine) -> None:
    with transaction(engine) as connection:
        old = offsets.claim(connection, "t", TOPIC, [0, 1])
    with transaction(engine) as connection:
        new = offsets.claim(connection, "t", TOPIC, [1])

    def store_late() -> None:
        with transaction(engine) as connection:
            SqlStore(connection).count("t", {"consumed": 5})
            offsets.advance(connection, {old[0]: 5, old[1]: 5})

    with pytest.raises(Fenced):
        store_late()

    with transaction(engine) as connection:
        assert reconciliation.read(connection) == {}
        offsets.advance(connection, {new[1]: 7, old[0]: 3})  # partition 0 is still its own
    with transaction(engine) as connection:
        claims = offsets.claim(connection, "t", TOPIC, [0, 1])
        assert (claims[0].next_offset, claims[1].next_offset) == (3, 7)


def test_an_unclaimed_partition_cannot_be_advanced(engine: Engine) -> None:
    with transaction(engine) as connection:
        held = offsets.claim(connection, "t", TOPIC, [0])[0]
        foreign = offsets.Claim(TOPIC, 9, held.epoch, 0)
        with pytest.raises(Fenced):
            offsets.advance(connection, {foreign: 1})


def test_writers_on_several_threads_take_turns(engine: Engine) -> None:
    start = Barrier(4)

    def write(_: int) -> None:
        start.wait(timeout=30)
        for _ in range(10):
            with transaction(engine) as connection:
                store = SqlStore(connection)
                store.lock({ONE, TWO})
                store.count("t", {"consumed": 1})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    with reading(engine) as connection:
        assert reconciliation.read(connection) == {"t": {"consumed": 40}}


@pytest.mark.postgres
def test_one_relay_of_a_service_publishes_at_a_time_on_postgresql(database_url: str) -> None:
    settings = CommonSettings(database_url=SecretStr(database_url))
    engines = [open_engine(settings, service) for service in ("ingest", "metrics")]
    for engine, service in zip(engines, ("ingest", "metrics"), strict=True):
        migrate(engine, service)
        with transaction(engine) as connection:
            for bundle in (range(6), range(6, 10)):
                outbox.enqueue(connection, [OutboxRow("t", b"k", bytes([n])) for n in bundle])
    ingest, metrics = engines

    with ingest.connect() as one, ingest.connect() as other, metrics.connect() as foreign:
        first = outbox.take(one, 6)
        assert outbox.take(other, 100) == []
        assert len(outbox.take(foreign, 100)) == 10  # another service's outbox is its own
        outbox.remove(one, first)
        other.rollback()
        one.commit()
        rest = outbox.take(other, 100)
    for engine in engines:
        engine.dispose()

    assert [item.row.value for item in first] == [bytes([n]) for n in range(6)]
    assert [item.row.value for item in rest] == [bytes([n]) for n in range(6, 10)]


@pytest.mark.postgres
def test_a_claim_on_postgresql_waits_for_the_batch_under_way(database_url: str) -> None:
    engine = open_engine(CommonSettings(database_url=SecretStr(database_url)), "ingest")
    migrate(engine, "ingest")
    with transaction(engine) as connection:
        old = offsets.claim(connection, "t", TOPIC, [0])

    def take_over() -> int:
        with transaction(engine) as connection:
            return offsets.claim(connection, "t", TOPIC, [0])[0].next_offset

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as connection:
            offsets.advance(connection, {old[0]: 42})
            later = pool.submit(take_over)
            until_someone_waits(engine)
            assert not later.done()
        assert later.result(timeout=30) == 42
    engine.dispose()


@pytest.mark.postgres
def test_services_share_a_postgresql_database_in_schemas_of_their_own(database_url: str) -> None:
    settings = CommonSettings(database_url=SecretStr(database_url))
    engine = open_engine(settings, "ingest")
    with ThreadPoolExecutor(4) as pool:  # replicas that start together take turns
        list(pool.map(lambda _: migrate(engine, "ingest"), range(4)))
    other = open_engine(settings, "metrics")

    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names("ingest")) >= {"line", "outbox"}
        assert inspect(connection).get_table_names("public") == []
    with other.connect() as connection:
        assert connection.execute(text("select current_schema()")).scalar_one() is None
    engine.dispose()
    other.dispose()
