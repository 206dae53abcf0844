"""Opens a service's database: SQLite (WAL) by default, PostgreSQL by setting."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError

from shared.configuration import SettingsError
from shared.settings import CommonSettings

_BUSY_TIMEOUT_MS = 30_000
_KEPT_OPEN = 8
_CACHE_KIB = 16_000
"""Of pages that a connection to SQLite keeps. A batch of thousands of facts from anywhere reads as
many pages, 8 to 14 MB, and then writes them: with SQLite's 2 MB it would read each twice."""
_CHECKPOINT_PAGES = 8_000
"""In the write-ahead log (32 MB) before SQLite copies them into the file. At its own 1,000 every
batch would end in a copy and two waits for the disk, though the next writes many of them again."""
_LIFELINE = {
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Of libpq: a server that vanished without a word is noticed within a minute; by default a
transaction would wait for it for hours."""
_SERVERS_LIFELINE = "-ctcp_keepalives_idle=40 -ctcp_keepalives_interval=10 -ctcp_keepalives_count=3"
"""What a client that vanished had locked is free soon, but not before a living one noticed."""
_BY_KEYS = "-cenable_seqscan=off -cenable_hashjoin=off -cenable_mergejoin=off -cjit=off"
"""Rows are found by their keys wherever there is an index. A prepared statement keeps the plan that
fitted when it was first run: of a table of few rows, to read it whole; and a first load fills it
with thousands before its statistics are taken. Compiling a plan takes longer than running it."""


def database_url(settings: CommonSettings, service: str) -> URL:
    """URL of the service's database; raises `SettingsError` with the remedy for a bad setting."""
    if settings.database_url is None:
        _make(settings.data_dir)
        return make_url(f"sqlite:///{settings.data_dir / service}.sqlite3")
    url = _parse(settings.database_url.get_secret_value().replace("{service}", service))
    if url is not None and url.get_backend_name() == "postgresql" and url.database:
        if "@" in f"{url.host}{url.database}":  # the rest of a password, which errors would show
            raise SettingsError(f"{_setting(settings)}: write @ in a password as %40")
        return url.set(drivername="postgresql+psycopg")
    if url is not None and url.get_backend_name() == "sqlite" and service in _file_name(url):
        return url
    raise SettingsError(
        f"{_setting(settings)} must be postgresql://…/DATABASE or "
        "sqlite:///…/{service}.sqlite3 (each service keeps its own database)"
    )


def _setting(settings: CommonSettings) -> str:
    """The one that says where the database is."""
    if settings.database_url is None:
        return "CLUSTERWATCH_DATA_DIR"
    is_for_access = settings.database_url is settings.access_database_url
    return f"CLUSTERWATCH_{'ACCESS_' if is_for_access else ''}DATABASE_URL"


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"CLUSTERWATCH_DATA_DIR={data_dir} cannot be made: {error.strerror}; make it for the "
            "user that runs this, or name another folder"
        ) from None


def _parse(text: str) -> URL | None:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # the second one for a port that is no number
        return None


def _file_name(url: URL) -> str:
    return Path(url.database or "").name


def open_engine(settings: CommonSettings, service: str, connections: int | None = None) -> Engine:
    """Engine of one service's database; on PostgreSQL each service lives in its own schema.

    There it opens at most so many connections at once; without a number as many as settings say.
    """
    url = database_url(settings, service)
    if url.get_backend_name() == "sqlite":
        engine = _open_sqlite(url)
    else:
        engine = _open_postgresql(url, service, connections or settings.database_connections)
    _name_in_errors(engine, settings, service)
    return engine


def _open_postgresql(url: URL, service: str, most: int) -> Engine:
    kept = min(_KEPT_OPEN, most)
    engine = create_engine(
        url,
        pool_size=kept,
        max_overflow=most - kept,
        pool_pre_ping=True,
        pool_use_lifo=True,  # the session that was used last has its plans and caches at hand
        connect_args={
            "options": f"-csearch_path={service} {_SERVERS_LIFELINE} {_BY_KEYS}",
            "connect_timeout": 10,
            **_LIFELINE,
        },
    )
    return engine.execution_options(service_schema=service)


def _open_sqlite(url: URL) -> Engine:
    # The connection that was used last: its pages are those of the newest state, and each that
    # another one has written costs the others all that they have read.
    engine = create_engine(url, pool_size=_KEPT_OPEN, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API object
        connection.isolation_level = None  # transactions begin below, not inside the driver
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        # A power cut may undo the last commits but never tears one apart; input offsets are in
        # the same commits, so what is undone is read from Kafka again.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _name_in_errors(engine: Engine, settings: CommonSettings, service: str) -> None:
    """Every error says of which database it is, and which setting says where; no password."""
    shown = engine.url.set(drivername=engine.url.get_backend_name(), query={})
    where = shown.database if shown.drivername == "sqlite" else shown.render_as_string()
    note = f"the database of {service} ({where}, by {_setting(settings)})"

    @event.listens_for(engine, "handle_error")
    def _name(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.add_note(note)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction; committed at the end, rolled back on any exception."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One read transaction with a stable view of the data on SQLite."""
    with engine.connect() as connection, connection.begin():
        yield connection


def ping(engine: Engine) -> None:
    """Ask the database for an answer; raises the driver's error without one."""
    with reading(engine) as connection:
        connection.execute(text("select 1"))
