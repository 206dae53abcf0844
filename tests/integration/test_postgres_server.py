"""The PostgreSQL server of the test run."""

import psycopg
import pytest

pytestmark = pytest.mark.postgres


def test_each_test_gets_an_empty_utf8_database(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select current_setting('server_encoding'), count(*) from pg_tables"
            " where schemaname = 'public'"
        ).fetchone()
    assert row == ("UTF8", 0)
