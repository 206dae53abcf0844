"""Where the services keep their stores, and what can be done to it."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Self

import psycopg

from chaos.network import Wire
from clusterwatch.services import SERVICES
from shared.testing.postgres import PostgresServer

_DISK = 512 * 1024 * 1024
_PIECE = bytes(64 * 1024)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A tmpfs where we may mount one, so that it can be full without harm; else the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0  # noqa: S603
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607


def is_small(folder: Path) -> bool:
    """Whether the folder is a disk of its own."""
    return os.path.ismount(folder)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Nothing more can be written to the disk of this folder."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(_PIECE):
            pass  # until there is no space left
    try:
        yield
    finally:
        ballast.unlink()


class SqliteFiles:
    """A file per service."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.settings: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.disk = self._stack.enter_context(small_disk(self._folder / "store"))
        self.settings = {"CLUSTERWATCH_DATA_DIR": str(self.disk)}
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else writes into every file and does not finish."""
        with ExitStack() as stack:
            for service in SERVICES:
                file = self.disk / f"{service}.sqlite3"
                connection = sqlite3.connect(file, isolation_level=None, timeout=30)
                stack.enter_context(closing(connection))
                connection.execute("BEGIN IMMEDIATE")
            yield


class Postgres:
    """One database, a schema per service; the services reach it over a wire."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.settings: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.server = PostgresServer()
        self._stack.enter_context(self.server)
        self.url = self.server.create_database()
        port = int(self.server.base_url.rpartition(":")[2])
        self.wire = self._stack.enter_context(Wire(port))
        self.settings = {
            "CLUSTERWATCH_DATA_DIR": str(self._folder),
            "CLUSTERWATCH_DATABASE_URL": self.url.replace(f":{port}/", f":{self.wire.port}/"),
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def end_sessions(self) -> None:
        """`pg_terminate_backend` for all of the services."""
        self._administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Every transaction of the services may only read, as on a standby."""
        self._administer("ALTER SYSTEM SET default_transaction_read_only = on")
        self._administer("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self._administer("ALTER SYSTEM RESET default_transaction_read_only")
            self._administer("SELECT pg_reload_conf()")

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(statement.encode())
