"""A PostgreSQL server of its own for a test run: loopback only, thrown away at the end."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg

_PATIENCE = 30.0  # seconds until the server answers
_USER = "clusterwatch"


def server_program(name: str) -> Path | None:
    """`initdb` or `postgres`: from the PATH, else the newest Debian package, else None."""
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path).resolve()
    packaged = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return max(packaged, key=lambda path: float(path.parent.parent.name), default=None)


def unprivileged_user() -> int | None:
    """Id of the user that runs the server: None is ourselves; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no user nobody")


class PostgresServer:
    """Starts on entering, stops and removes its data on leaving."""

    def __init__(self) -> None:
        initdb, postgres = server_program("initdb"), server_program("postgres")
        if initdb is None or postgres is None:
            raise RuntimeError("initdb and postgres are neither on the PATH nor packaged")
        self._initdb, self._postgres = initdb, postgres
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._databases = 0

    @property
    def base_url(self) -> str:
        """postgresql://user@host:port without a database name."""
        return f"postgresql://{_USER}@127.0.0.1:{self._port}"

    def create_database(self) -> str:
        """URL of a new, empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(f"{self.base_url}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"{self.base_url}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove the database of `create_database`, whoever is still connected."""
        name = url.rpartition("/")[2]
        with psycopg.connect(f"{self.base_url}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def __enter__(self) -> Self:
        # Not below pytest's temporary folder, which only its owner may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="clusterwatch-postgres-"))
        self._user = unprivileged_user()
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
        subprocess.run(  # noqa: S603 - PostgreSQL's own tool
            [self._initdb, "-D", self._folder / "data", "-U", _USER, "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, user=self._user, cwd=self._folder,
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.start()
        return self

    def start(self) -> None:
        """Start the server on the data that is there, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own server
                [self._postgres, "-D", self._folder / "data", "-k", self._folder,
                 "-c", "listen_addresses=127.0.0.1", "-p", str(self._port), "-c", "fsync=off"],
                stdout=log, stderr=log, user=self._user, cwd=self._folder,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server and keep its data; by default "fast": it does not wait for clients.

        SIGQUIT ends it as a crash does: the next start recovers from the log.
        """
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(f"{self.base_url}/postgres", connect_timeout=2).close()
            except psycopg.OperationalError:
                ended = self._process is not None and self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}") from None
                time.sleep(0.05)
            else:
                return
