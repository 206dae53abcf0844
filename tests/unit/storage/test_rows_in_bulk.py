"""Rows that go past SQLAlchemy come back as they went, on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, SmallInteger, Table, Text

from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.bulk import BulkTable

_TABLE = Table(
    "kept_row",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("word", Text, primary_key=True),
    Column("amount", BigInteger),
    Column("note", Text),
    Column("small", SmallInteger),
    Column("body", LargeBinary),
)
_COLUMNS = [column.name for column in _TABLE.columns]
_KEYS = ("id", "word")
_BIG = st.integers(-(2**63), 2**63 - 1)
# No database keeps NUL in a text, and a lone surrogate is no character.
_WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_CONTENT = st.tuples(
    st.none() | _BIG,
    st.none() | _WORDS,
    st.none() | st.integers(-(2**15), 2**15 - 1),
    st.none() | st.binary(max_size=20),
)
_ROWS = st.dictionaries(st.tuples(st.sampled_from([-(2**63), 0, 7]), _WORDS), _CONTENT, max_size=9)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("bulk")
    url = None
    if request.param == "postgres":
        url = SecretStr(request.getfixturevalue("server_url"))
    engine = open_engine(CommonSettings(data_dir=folder, database_url=url), "ingest")
    with engine.begin() as connection:
        if url:
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS ingest")
        _TABLE.metadata.create_all(connection)
    yield engine
    _TABLE.metadata.drop_all(engine)
    engine.dispose()


@given(first=_ROWS, second=_ROWS, third=_ROWS)
def test_rows_are_added_replaced_or_kept(
    engine: Engine,
    first: dict[tuple[int, str], tuple[object, ...]],
    second: dict[tuple[int, str], tuple[object, ...]],
    third: dict[tuple[int, str], tuple[object, ...]],
) -> None:
    replacing = BulkTable(_TABLE, _COLUMNS, _KEYS)
    keeping = BulkTable(_TABLE, _COLUMNS, _KEYS, keep=True)
    with writing(engine) as connection:
        connection.execute(_TABLE.delete())
        replacing.write(connection, [(*key, *content) for key, content in first.items()], new=True)
        put = replacing.write(connection, [(*key, *content) for key, content in second.items()])
        added = keeping.write(connection, [(*key, *content) for key, content in third.items()])
        found = replacing.read(connection, "id", [-(2**63), 0, 7])
        by_word = replacing.read(connection, "word", {word for _, word in first})

    assert put == len(second)
    assert added == len(third.keys() - first.keys() - second.keys())
    words = {word for _, word in first}
    assert sorted(by_word, key=str) == sorted((row for row in found if row[1] in words), key=str)
    assert {row[:2]: row[2:] for row in found} == {**third, **first, **second}
