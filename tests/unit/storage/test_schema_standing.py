"""What a version makes of a database that an earlier or a later one has migrated."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.commands.migrate import in_words, may_come
from clusterwatch.configuration import explain
from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import (
    SchemaState,
    WrongSchemaError,
    compatibility,
    migrate,
    require_usable,
    revisions,
    schema_state,
)
from shared.storage.standing import Standing, others_may_go_on, standing
from shared.testing.released_schemas import DATABASES, upgrade

SERVICE = "ingest"
CHAIN = tuple(f"r{number}" for number in range(1, 9))


def put_forward(engine: Engine, revision: str, compatible_from: str | None) -> None:
    """As a later version leaves a database."""
    with writing(engine) as connection:
        connection.execute(
            text("update alembic_version set version_num = :to, compatible_from = :mark"),
            {"to": revision, "mark": compatible_from},
        )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "postgres":
        url = SecretStr(request.getfixturevalue("database_url"))
        opened = open_engine(CommonSettings(database_url=url), SERVICE)
    else:
        opened = open_engine(CommonSettings(data_dir=tmp_path, database_url=None), SERVICE)
    yield opened
    opened.dispose()


@given(st.integers(1, 8), st.integers(0, 8), st.integers(0, 8))
def test_a_version_works_with_what_says_so_and_only_with_that(
    knows: int, found: int, mark: int
) -> None:
    known = CHAIN[:knows]
    at = CHAIN[found - 1] if found else None
    compatible_from = CHAIN[min(mark, found) - 1] if min(mark, found) else None

    judged = standing(at, compatible_from, known)

    works = judged in {Standing.NEWEST, Standing.NEWER}
    assert works == (found == knows or (found > knows >= min(mark, found) > 0))
    assert (judged is Standing.EMPTY) == (found == 0)
    assert (judged is Standing.OLDER) == (0 < found < knows)


@given(st.integers(0, 8), st.integers(1, 8))
def test_replicas_go_on_where_they_know_what_the_new_schema_needs(found: int, needs: int) -> None:
    at = CHAIN[found - 1] if found else None
    assert others_may_go_on(at, CHAIN[needs - 1], CHAIN) == (found == 0 or found >= needs)


def test_an_empty_database_is_refused_until_it_is_migrated(engine: Engine) -> None:
    with pytest.raises(WrongSchemaError, match="run `clusterwatch migrate ingest`"):
        require_usable(engine, SERVICE)

    migrate(engine, SERVICE)

    require_usable(engine, SERVICE)
    assert schema_state(engine, SERVICE).compatible_from == compatibility(SERVICE)


def test_a_newer_schema_that_allows_this_version_is_used_and_left_as_it_is(engine: Engine) -> None:
    migrate(engine, SERVICE)
    newest = revisions(SERVICE)[-1]
    put_forward(engine, "ingest_999", newest)

    require_usable(engine, SERVICE)
    migrate(engine, SERVICE)

    state = schema_state(engine, SERVICE)
    assert (state.found, state.compatible_from) == ("ingest_999", newest)
    assert state.standing is Standing.NEWER
    assert in_words(state) == "ingest_999, of a later version; this one can work with it"


@pytest.mark.parametrize("mark", ["ingest_998", None])
@pytest.mark.parametrize("prepare", [migrate, require_usable])
def test_a_schema_that_is_too_new_is_refused_with_the_remedy_and_not_touched(
    engine: Engine, prepare: Callable[[Engine, str], None], mark: str | None
) -> None:
    migrate(engine, SERVICE)
    put_forward(engine, "ingest_999", mark)

    remedy = f"run a version that knows {mark or 'it'}.*or restore a backup"
    with pytest.raises(WrongSchemaError, match=remedy):
        prepare(engine, SERVICE)

    assert schema_state(engine, SERVICE).found == "ingest_999"
    assert not may_come(schema_state(engine, SERVICE))


def test_a_database_from_before_the_mark_gets_it_with_the_next_start(engine: Engine) -> None:
    upgrade(engine, SERVICE, "head")
    assert schema_state(engine, SERVICE).compatible_from is None
    require_usable(engine, SERVICE)

    migrate(engine, SERVICE)

    assert schema_state(engine, SERVICE).compatible_from == compatibility(SERVICE)


@pytest.mark.parametrize("service", DATABASES)
def test_what_a_revision_is_compatible_from_is_one_that_came_before_it(service: str) -> None:
    known = revisions(service)
    for revision in known:
        assert known.index(compatibility(service, revision)) <= known.index(revision)


def test_a_check_says_which_replicas_must_stop_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_DATA_DIR", str(tmp_path))
    opened = open_engine(CommonSettings(data_dir=tmp_path, database_url=None), SERVICE)
    upgrade(opened, SERVICE, "ingest_003")

    breaking = CliRunner().invoke(app, ["migrate", "--check", SERVICE])
    found = schema_state(opened, SERVICE).found
    migrated = CliRunner().invoke(app, ["migrate", SERVICE])
    after = CliRunner().invoke(app, ["migrate", "--check", SERVICE])
    put_forward(opened, "ingest_999", "ingest_998")
    too_new = CliRunner().invoke(app, ["migrate", "--check", SERVICE])
    refused = CliRunner().invoke(app, ["migrate", SERVICE])
    opened.dispose()

    assert (breaking.exit_code, found) == (1, "ingest_003")
    assert "stop all replicas first" in breaking.output
    assert migrated.exit_code == after.exit_code == 0
    assert "newest schema" in after.output
    assert (too_new.exit_code, refused.exit_code) == (1, 1)
    assert "too new" in too_new.output


def test_replicas_go_on_beside_migrations_that_only_add() -> None:
    newest = revisions(SERVICE)[-1]
    state = SchemaState(SERVICE, newest, None, (*revisions(SERVICE), "ingest_999"))
    assert may_come(state)
    assert in_words(state).endswith("1 migration to apply; replicas that run now may go on")


@pytest.mark.postgres
def test_a_migration_does_not_wait_for_a_long_reader_and_all_others_behind_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.storage.migrations._LOCK_TIMEOUT", "100ms")
    monkeypatch.setenv("CLUSTERWATCH_DATABASE_URL", database_url)
    opened = open_engine(CommonSettings(database_url=SecretStr(database_url)), SERVICE)
    upgrade(opened, SERVICE, "ingest_003")
    with writing(opened) as connection:  # so that this test ends also where a migration waits
        limited = f"alter database \"{opened.url.database}\" set statement_timeout = '60s'"
        connection.execute(text(limited))

    with opened.connect() as reader:
        reader.execute(text("select count(*) from sent_fact"))
        refused = CliRunner().invoke(app, ["migrate", SERVICE])
        found = schema_state(opened, SERVICE).found
    again = CliRunner().invoke(app, ["migrate", SERVICE])
    opened.dispose()

    assert (refused.exit_code, found, again.exit_code) == (1, "ingest_003", 0)
    assert isinstance(refused.exception, OperationalError)
    assert "a table that is in use for long" in (explain(refused.exception) or "")


def test_the_mark_is_no_table_of_a_service(engine: Engine) -> None:
    migrate(engine, SERVICE)
    with engine.connect() as connection:
        assert "compatible_from" in {
            column["name"] for column in inspect(connection).get_columns("alembic_version")
        }
