"""PostgreSQL: one schema per service, by `pg_dump` and `pg_restore` of the server's age or newer.

The rows are counted in the snapshot that is dumped, so the manifest says what the file holds.
"""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL

from clusterwatch.backup.contents import contents, data_rows
from clusterwatch.backup.manifest import BackupError, Contents

SUFFIX = ".pgdump"
_WORDS = 2000


def back_up(engine: Engine, schema: str, file: Path) -> Contents:
    """Dump one schema while it is in use. Raises `BackupError`."""
    program = _program("pg_dump")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        if not _exists(connection, schema):
            raise BackupError(f"there is no schema {schema}: start the service once")
        snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
        held = contents(connection, schema)
        arguments = ["--format=custom", f"--schema={schema}", f"--snapshot={snapshot}"]
        _run([program, *arguments, f"--file={file}", _target(engine.url)], engine.url)
    file.chmod(0o600)
    return held


def rows_in(engine: Engine, schema: str) -> int:
    """Number of rows of a schema that may not be there yet."""
    with engine.connect() as connection:
        return data_rows(connection, schema) if _exists(connection, schema) else 0


def put(engine: Engine, schema: str, file: Path) -> None:
    """Put a dump in the place of a schema; the old one stays until the new one is whole."""
    program = _program("pg_restore")
    aside = f"{schema}_replaced"
    _alter(engine, f'drop schema if exists "{aside}" cascade')
    with engine.connect() as connection:
        was_there = _exists(connection, schema)
    if was_there:
        _alter(engine, f'alter schema "{schema}" rename to "{aside}"')
    arguments = ["--single-transaction", "--no-owner", "--no-privileges", "--exit-on-error"]
    try:
        _run([program, *arguments, f"--dbname={_target(engine.url)}", str(file)], engine.url)
    except BackupError:
        if was_there:
            _alter(engine, f'alter schema "{aside}" rename to "{schema}"')
        raise
    _alter(engine, f'drop schema if exists "{aside}" cascade')


def _alter(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def _exists(connection: Connection, schema: str) -> bool:
    query = text("select 1 from pg_namespace where nspname = :schema")
    return connection.execute(query, {"schema": schema}).first() is not None


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} is not on the PATH: install PostgreSQL's client programs "
            "(Debian and Ubuntu: postgresql-client), of the server's version or newer"
        )
    return found


def _target(url: URL) -> str:
    """Connection for the programs, without the password: others see their arguments."""
    plain = url.set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False)


def _run(command: list[str], url: URL) -> None:
    password = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, no shell
        command, env=os.environ | password, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name}: {done.stderr.strip()[-_WORDS:]}")
