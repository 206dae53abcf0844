"""Whoever changes the audit log behind our back is found, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update

from shared.storage import writing
from shared.storage.audit import (
    add_audit_line,
    audit_lines,
    prune_audit_lines,
    redact_audit_lines,
)
from shared.storage.audit_chain import ERASED, ChainReport, verify
from shared.storage.tables import AuditChain, AuditEntry, table_of
from shared.testing.stores import migrated_store

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
_audit, _chain = table_of(AuditEntry), table_of(AuditChain)
_c = _audit.c


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = request.getfixturevalue("database_url") if request.param == "postgres" else None
    with migrated_store("access", tmp_path, url) as opened:
        yield opened


def write(engine: Engine, *details: str, at: datetime = NOW) -> None:
    for detail in details:
        with writing(engine) as connection:
            add_audit_line(connection, "张三", "done", detail, at)


def ids(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(select(_c.id).order_by(_c.id)).scalars())


def found(engine: Engine, noted: str | None = None) -> ChainReport:
    return verify(engine, noted)


def test_a_log_that_nobody_touched_is_whole(engine: Engine) -> None:
    assert found(engine) == ChainReport(0, 0, is_pruned=False, head="0" * 64)
    write(engine, "one", "two", "three")

    report = found(engine)

    assert (report.entries, report.older, report.why) == (3, 0, "")
    write(engine, "four")
    assert not found(engine, report.head).why


@pytest.mark.parametrize("column", ["at", "actor", "action", "detail", "salt", "digest", "chain"])
def test_an_edited_entry_is_named(engine: Engine, column: str) -> None:
    write(engine, "one", "two", "three")
    second = ids(engine)[1]
    with writing(engine) as connection:
        connection.execute(update(_audit).where(_c.id == second).values({column: "else"}))

    report = found(engine)

    assert report.broken_id == second
    assert report.why


def test_an_edited_entry_without_its_salt_is_no_erased_one(engine: Engine) -> None:
    write(engine, "one", "two", "three")
    second = ids(engine)[1]
    with writing(engine) as connection:
        values = {"detail": "else", "salt": None}
        connection.execute(update(_audit).where(_c.id == second).values(values))

    assert found(engine).broken_id == second


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_removed_entry_is_missed(engine: Engine, place: int) -> None:
    write(engine, "one", "two", "three")
    before = ids(engine)
    with writing(engine) as connection:
        connection.execute(delete(_audit).where(_c.id == before[place]))

    report = found(engine)

    assert report.why
    assert report.broken_id == (before[place + 1] if place < 2 else None)


def test_an_inserted_entry_is_named(engine: Engine) -> None:
    write(engine, "one")
    with writing(engine) as connection:
        row = {"at": NOW.isoformat(), "actor": "李四", "action": "done", "detail": "nothing"}
        connection.execute(insert(_audit), [row])
    inserted = ids(engine)[-1]
    write(engine, "two")

    report = found(engine)

    assert (report.broken_id, report.unchained, report.entries) == (inserted, (inserted,), 2)
    assert not verify(engine, known=[inserted]).why
    with writing(engine) as connection:
        connection.execute(update(_audit).where(_c.id > inserted).values(detail="else"))
    assert verify(engine, known=[inserted]).broken_id == ids(engine)[-1]


def test_entries_in_another_order_are_found(engine: Engine) -> None:
    write(engine, "one", "two", "three")
    first, second, _ = ids(engine)
    with writing(engine) as connection:
        for old, new in ((first, 900), (second, first), (900, second)):
            connection.execute(update(_audit).where(_c.id == old).values(id=new))

    assert found(engine).broken_id == first


def test_a_chain_that_was_made_anew_does_not_hold_a_noted_head(engine: Engine) -> None:
    write(engine, "one", "two")
    noted = found(engine).head
    with writing(engine) as connection:
        connection.execute(delete(_audit))
        connection.execute(delete(_chain))
    write(engine, "one", "forged")

    assert not found(engine).why
    assert "noted head" in found(engine, noted).why


def test_a_chain_without_its_beginning_is_found(engine: Engine) -> None:
    write(engine, "one", "two")
    with writing(engine) as connection:
        connection.execute(delete(_chain))
    assert found(engine).broken_id == ids(engine)[0]
    write(engine, "three")
    assert found(engine).broken_id == ids(engine)[0]


def test_entries_of_an_older_version_stand_before_the_chain(engine: Engine) -> None:
    row = {"at": NOW.isoformat(), "actor": "李四", "action": "done", "detail": "old"}
    with writing(engine) as connection:
        connection.execute(insert(_audit), [row, row])
    assert found(engine).older == 2
    write(engine, "new")

    report = found(engine)

    assert (report.older, report.entries, report.why) == (2, 1, "")


def test_what_was_erased_is_named_by_the_chain_and_what_was_changed_afterwards_is_found(
    engine: Engine,
) -> None:
    write(engine, "told wang@example.org", "other", "wang@example.org again")
    first = ids(engine)[0]
    with writing(engine) as connection:
        named = redact_audit_lines(connection, lambda text: text.replace("wang@example.org", "x"))
        add_audit_line(connection, "admin", ERASED, " ".join(("x: left", *named)), NOW)
    with engine.connect() as connection:
        texts = [line.detail for line in reversed(audit_lines(connection, None, 9))]
        salts = list(connection.execute(select(_c.salt).order_by(_c.id)).scalars())

    assert texts[:3] == ["told x", "other", "x again"]
    assert [salt is None for salt in salts] == [True, False, True, False]
    assert not found(engine).why
    with writing(engine) as connection:
        connection.execute(update(_audit).where(_c.id == first).values(detail="told nobody"))
    assert found(engine).broken_id == first


def test_pruning_takes_the_oldest_in_steps_and_leaves_an_anchor(engine: Engine) -> None:
    row = {"at": "2020-01-01T08:00:00+08:00", "actor": "a", "action": "b", "detail": "older"}
    with writing(engine) as connection:
        connection.execute(insert(_audit), [row])
    write(engine, *"abcdefg", at=NOW - timedelta(days=10))
    write(engine, "new")
    numbers = []
    until = NOW - timedelta(days=5)
    for _ in range(5):
        with writing(engine) as connection:
            numbers.append(prune_audit_lines(connection, until, NOW, most=3))

    with engine.connect() as connection:
        left = [line.detail for line in reversed(audit_lines(connection, None, 9))]
    report = found(engine)

    assert numbers == [3, 3, 2, 0, 0]
    assert left[0] == "new"
    assert (report.entries, report.is_pruned, report.why) == (4, True, "")


def test_a_pruning_by_hand_is_found(engine: Engine) -> None:
    write(engine, "one", "two", "three")
    first = ids(engine)[0]
    with writing(engine) as connection:
        anchor = connection.execute(select(_c.chain).where(_c.id == first)).scalar_one()
        connection.execute(delete(_audit).where(_c.id == first))
        connection.execute(update(_chain).values(after_id=first, anchor=anchor))

    assert "at the beginning" in found(engine).why


def test_writers_at_the_same_time_keep_one_chain(engine: Engine) -> None:
    def some(name: str) -> None:
        for number in range(12):
            write(engine, f"{name} {number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(some, "abcdef"))

    assert (found(engine).entries, found(engine).why) == (72, "")
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(_chain)).scalar_one() == 1


def test_an_entry_goes_with_the_transaction_that_it_tells_of(engine: Engine) -> None:
    write(engine, "one")

    def fail() -> None:
        with writing(engine) as connection:
            add_audit_line(connection, "张三", "done", "never", NOW)
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        fail()
    write(engine, "two")

    assert (found(engine).entries, found(engine).why) == (2, "")
