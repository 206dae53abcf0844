"""Databases for the tests of schemas."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.testing.postgres import PostgresServer


@pytest.fixture(scope="module")
def server_url(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def empty_schema(server_url: str) -> Iterator[Callable[[str], Engine]]:
    """Opens a service's schema on PostgreSQL, with nothing in it."""
    made: list[Engine] = []

    def open_empty(service: str) -> Engine:
        made.append(open_engine(CommonSettings(database_url=SecretStr(server_url)), service))
        with made[-1].begin() as connection:
            connection.execute(text(f'drop schema if exists "{service}" cascade'))
        return made[-1]

    yield open_empty
    for engine in made:
        engine.dispose()
