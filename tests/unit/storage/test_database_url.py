import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.settings import CommonSettings
from shared.storage import open_engine, ping, reading, reconciliation, writing
from shared.storage.engine import database_url
from shared.storage.migrations import migrate, schema_state
from shared.testing.stores import migrated_store


def configured(url: str | None, folder: Path = Path("var")) -> CommonSettings:
    return CommonSettings(database_url=SecretStr(url) if url else None, data_dir=folder)


def test_without_a_setting_each_service_has_a_file_in_the_data_directory(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"

    assert database_url(configured(None, folder), "ingest").database == f"{folder}/ingest.sqlite3"
    assert folder.is_dir()
    assert stat.S_ISDIR(folder.stat().st_mode)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_postgresql_is_always_reached_with_the_driver_that_is_installed(scheme: str) -> None:
    url = database_url(configured(f"{scheme}://me:pass@db:5433/stats?sslmode=require"), "ingest")

    assert url.render_as_string(hide_password=False) == (
        "postgresql+psycopg://me:pass@db:5433/stats?sslmode=require"
    )


def test_the_name_of_the_service_is_filled_in() -> None:
    assert database_url(configured("postgresql://db/{service}"), "alerts").database == "alerts"
    assert database_url(configured("sqlite:////data/{service}.sqlite3"), "alerts").database == (
        "/data/alerts.sqlite3"
    )


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/stats",
        "postgres://db/stats",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////data/shared.sqlite3",
        "sqlite:////ingest/shared.sqlite3",
        "not a url",
        "postgresql://db:port/stats",
        "postgresql://me:pass@db",
        "",
        " ",
    ],
)
def test_any_other_database_is_refused_with_the_remedy(url: str) -> None:
    settings = CommonSettings(database_url=SecretStr(url))

    with pytest.raises(ValueError, match="CLUSTERWATCH_DATABASE_URL must be postgresql://"):
        database_url(settings, "ingest")


def test_the_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        database_url(configured("mysql://me:hunter2@db/stats"), "ingest")

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(configured("postgresql://me:hunter2@db/stats"))


@pytest.mark.parametrize("rest", ["hun@ter2@db/stats", "hun@ter2/x@db/stats"])
def test_an_unescaped_password_is_refused_before_errors_show_the_rest_of_it(rest: str) -> None:
    with pytest.raises(ValueError, match="write @ in a password as %40") as caught:
        database_url(configured(f"postgresql://me:{rest}"), "ingest")

    assert "ter2" not in str(caught.value)


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ValueError, match=r"CLUSTERWATCH_DATA_DIR=.*/file/data cannot be made"):
        database_url(configured(None, tmp_path / "file" / "data"), "ingest")


def test_a_new_store_is_not_current_until_it_is_migrated(tmp_path: Path) -> None:
    engine = open_engine(configured(None, tmp_path), "ingest")
    assert schema_state(engine, "ingest").missing

    migrate(engine, "ingest")

    assert not schema_state(engine, "ingest").missing
    engine.dispose()


def test_a_sqlite_store_is_durable_and_keeps_its_references(tmp_path: Path) -> None:
    with migrated_store("ingest", tmp_path) as engine, reading(engine) as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }

    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 30_000,
    }


def test_readers_see_the_state_before_a_transaction_until_it_is_committed(tmp_path: Path) -> None:
    with migrated_store("ingest", tmp_path) as engine:
        with writing(engine) as writer:
            reconciliation.count(writer, "t", {"consumed": 1})
            with reading(engine) as connection:
                assert reconciliation.read(connection) == {}
        with reading(engine) as connection:
            assert reconciliation.read(connection) == {"t": {"consumed": 1}}


def test_a_reader_keeps_its_view_while_others_write(tmp_path: Path) -> None:
    with migrated_store("ingest", tmp_path) as engine, reading(engine) as connection:
        assert reconciliation.read(connection) == {}
        with writing(engine) as writer:
            reconciliation.count(writer, "t", {"consumed": 1})
        assert reconciliation.read(connection) == {}


def test_processes_that_start_together_migrate_a_file_once(tmp_path: Path) -> None:
    def start(_: int) -> bool:
        engine = open_engine(configured(None, tmp_path), "ingest")
        migrate(engine, "ingest")
        engine.dispose()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(start, range(4)))


def test_a_store_that_does_not_answer_says_so() -> None:
    engine = open_engine(configured("postgresql://nobody@127.0.0.1:1/nothing"), "ingest")

    with pytest.raises(OperationalError):
        ping(engine)
    engine.dispose()


def test_the_summary_of_reconciliation_has_every_state_and_adds_up_over_topics() -> None:
    summary = reconciliation.summary(
        {"b": {"consumed": 3, "applied": 2, "parked": 1}, "a": {"consumed": 1, "stale": 1}}
    )

    zeros = dict.fromkeys((reconciliation.CONSUMED, *map(str, reconciliation.State)), 0)
    assert summary == {
        **zeros,
        "consumed": 4,
        "applied": 2,
        "parked": 1,
        "stale": 1,
        "topics": {
            "a": {**zeros, "consumed": 1, "stale": 1},
            "b": {**zeros, "consumed": 3, "applied": 2, "parked": 1},
        },
    }
