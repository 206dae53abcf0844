"""Stores of a service for tests, on either engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text

from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, writing
from shared.storage.migrations import metadata_of, migrate
from shared.testing.waiting import wait_until

_PATIENCE = 30.0  # seconds until another thread has reached the lock
_WAITING = text("select count(*) from pg_locks where not granted")


@contextmanager
def migrated_store(service: str, folder: Path, url: str | None = None) -> Iterator[Engine]:
    """Engine of a service's store after all migrations: a SQLite file, or the PostgreSQL `url`."""
    secret = None if url is None else SecretStr(url)
    engine = open_engine(CommonSettings(data_dir=folder, database_url=secret), service)
    try:
        migrate(engine, service)
        yield engine
    finally:
        engine.dispose()


def empty(engine: Engine, service: str) -> None:
    """Remove every row; cheaper than another engine, whose statements are all compiled anew."""
    with writing(engine) as connection:
        for table in reversed(metadata_of(service).sorted_tables):
            connection.execute(table.delete())


def until_someone_waits(engine: Engine) -> None:
    """Return when a transaction of this PostgreSQL server waits for a lock of another."""

    def waits() -> bool:
        with engine.connect() as connection:
            return bool(connection.execute(_WAITING).scalar_one())

    wait_until(waits, seconds=_PATIENCE, what="a transaction waits for another")


def unpublished(connection: Connection) -> int:
    """Number of records in the outbox."""
    return len(outbox.take(connection, 1_000_000))
