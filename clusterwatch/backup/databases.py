"""The databases that are backed up together, and how each is reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from clusterwatch.services import SERVICES, settings_class
from shared.access.store import DATABASE as ACCESS
from shared.access.store import open_access_engine
from shared.settings import CommonSettings
from shared.storage import open_engine

ORDER = ("alerts", "metrics", "ingest", ACCESS)
"""Readers before those they read from: what a reader has not yet, it reads again from Kafka."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database (or schema) with an engine that is open."""

    name: str
    engine: Engine

    @property
    def kind(self) -> str:
        """Engine: sqlite or postgresql."""
        return self.engine.dialect.name

    @property
    def file(self) -> Path:
        """Path of a SQLite database."""
        return Path(self.engine.url.database or "")


@contextmanager
def databases() -> Iterator[tuple[Database, ...]]:
    """All of them, by the settings in force. Raises `SettingsError`."""
    opened = tuple(Database(name, _open(name)) for name in ORDER)
    try:
        yield opened
    finally:
        for database in opened:
            database.engine.dispose()


def _open(name: str) -> Engine:
    if name not in SERVICES:
        return open_access_engine(CommonSettings())
    return open_engine(settings_class(name)(), name)
