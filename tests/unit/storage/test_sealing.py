"""Sealed values: what they keep, what they show, and what opens them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, select, text, tuple_
from sqlalchemy.pool import StaticPool

from shared.configuration import SettingsError
from shared.storage.sealing import Keyring, SealedBytes, SealedText, reseal, use_keys

OLD, NEW = b"the old key of these tests, 32 or more", b"the new key of these tests, 32 or more"
metadata = MetaData()
robots = Table(
    "robot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target", SealedText("robot.target"), unique=True),
    Column("payload", SealedBytes("robot.payload")),
)


@pytest.fixture
def engine() -> Engine:
    opened = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(opened)
    return opened


def raw(engine: Engine) -> list[tuple[str, bytes]]:
    with engine.connect() as connection:
        found = connection.execute(text("select target, payload from robot order by id"))
        return [(row[0], bytes(row[1])) for row in found]


@given(value=st.binary(max_size=2000), place=st.text(max_size=30))
def test_what_is_sealed_opens_to_the_same_and_only_in_its_place(value: bytes, place: str) -> None:
    ring = Keyring([OLD])
    sealed = ring.seal(value, place)
    assert ring.open(sealed, place) == value
    assert ring.seal(value, place) == sealed
    with pytest.raises(SettingsError):
        ring.open(sealed, place + "x")
    with pytest.raises(SettingsError):
        Keyring([NEW]).open(sealed, place)


@given(
    value=st.binary(min_size=1, max_size=200), at=st.integers(min_value=0), bit=st.integers(0, 7)
)
def test_one_changed_bit_opens_nothing(value: bytes, at: int, bit: int) -> None:
    ring = Keyring([OLD])
    mark, key_id, body = ring.seal(value, "p").split(":")
    changed = bytearray(base64.b64decode(body))
    changed[at % len(changed)] ^= 1 << bit
    with pytest.raises(SettingsError):
        ring.open(f"{mark}:{key_id}:{base64.b64encode(bytes(changed)).decode()}", "p")


def test_columns_are_written_read_and_compared_sealed(engine: Engine) -> None:
    use_keys(engine, Keyring([OLD]))
    with engine.begin() as connection:
        connection.execute(
            robots.insert(), [{"id": 1, "target": "https://a?key=k", "payload": b"p"}]
        )
        connection.execute(robots.insert(), [{"id": 2, "target": None, "payload": b""}])
        by_target = select(robots.c.payload).where(robots.c.target == "https://a?key=k")
        assert connection.execute(by_target).scalar_one() == b"p"
        pair = tuple_(robots.c.id, robots.c.target)
        assert connection.execute(
            select(robots.c.id).where(pair.in_([(1, "https://a?key=k")]))
        ).all() == [(1,)]
        assert connection.execute(select(robots.c.target).order_by(robots.c.id)).all() == [
            ("https://a?key=k",),
            (None,),
        ]
    stored = raw(engine)[0]
    assert stored[0].startswith("sealed:")
    assert stored[1].startswith(b"sealed:")


def test_what_stood_readable_is_read_and_then_sealed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(robots.insert(), [{"id": 1, "target": "plain", "payload": b"plain"}])
    ring = Keyring([OLD])
    use_keys(engine, ring)
    with engine.begin() as connection:
        assert connection.execute(select(robots.c.target)).scalar_one() == "plain"
        assert reseal(connection, [robots], ring) == 2
        assert reseal(connection, [robots], ring) == 0
        assert connection.execute(select(robots.c.target, robots.c.payload)).one() == (
            "plain",
            b"plain",
        )
    assert "plain" not in str(raw(engine))


def test_a_new_first_key_takes_over_what_the_old_one_sealed(engine: Engine) -> None:
    use_keys(engine, Keyring([OLD]))
    with engine.begin() as connection:
        connection.execute(robots.insert(), [{"id": 1, "target": "t", "payload": b"p"}])
    both = Keyring([NEW, OLD])
    use_keys(engine, both)
    with engine.begin() as connection:
        assert reseal(connection, [robots], both) == 2
    use_keys(engine, Keyring([NEW]))
    with engine.begin() as connection:
        assert connection.execute(select(robots.c.target, robots.c.payload)).one() == ("t", b"p")


def test_without_the_key_nothing_is_guessed(engine: Engine) -> None:
    use_keys(engine, Keyring([OLD]))
    with engine.begin() as connection:
        connection.execute(robots.insert(), [{"id": 1, "target": "t", "payload": b"p"}])
    use_keys(engine, Keyring([NEW]))
    with engine.begin() as connection, pytest.raises(SettingsError, match="not among the keys"):
        connection.execute(select(robots.c.target)).all()
    with engine.begin() as connection, pytest.raises(SettingsError):
        reseal(connection, [robots], Keyring([NEW]))


def test_a_key_that_people_remember_is_none() -> None:
    with pytest.raises(SettingsError, match="32 characters"):
        Keyring([b"short"])
    with pytest.raises(SettingsError):
        Keyring([])
