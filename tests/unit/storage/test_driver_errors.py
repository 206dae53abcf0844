"""What a driver says about a statement of many rows arrives as SQLAlchemy's errors."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.driver import driver_cursor


def test_a_refused_statement_is_an_operational_error(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.sqlite3")
    with (
        engine.connect() as connection,
        pytest.raises(OperationalError) as caught,
        driver_cursor(connection) as cursor,
    ):
        cursor.execute("SELECT nothing FROM nowhere")
    assert not caught.value.connection_invalidated
    engine.dispose()


@pytest.mark.postgres
def test_a_lost_connection_is_thrown_away_and_the_next_one_works(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({number})"))
        with pytest.raises(DBAPIError) as caught, driver_cursor(connection) as cursor:
            cursor.execute("SELECT 1")
        assert caught.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_what_only_the_drivers_cursor_has_done_is_committed_too(tmp_path: Path) -> None:
    engine = open_engine(CommonSettings(data_dir=tmp_path, database_url=None), "ingest")
    with engine.connect() as connection:
        with driver_cursor(connection) as cursor:
            cursor.execute("CREATE TABLE said (word)")
            cursor.execute("INSERT INTO said VALUES ('yes')")
        connection.commit()
        with driver_cursor(connection) as cursor:
            cursor.execute("INSERT INTO said VALUES ('no')")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT word FROM said")).all() == [("yes",)]
    engine.dispose()
