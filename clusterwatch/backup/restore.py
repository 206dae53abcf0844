"""Restoring a backup: everything is checked before anything is replaced."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from clusterwatch.backup import postgresql, sqlite
from clusterwatch.backup.contents import contents
from clusterwatch.backup.databases import Database
from clusterwatch.backup.manifest import BackupError, Contents, DatabaseFile, Manifest
from shared.storage.migrations import configuration, migrate


def check_restore(manifest: Manifest, databases: Sequence[Database], *, force: bool) -> None:
    """Raise `BackupError` where the backup does not fit, or a database holds rows already."""
    for database in databases:
        saved = manifest.databases.get(database.name)
        if saved is None:
            raise BackupError(f"the backup holds no database {database.name}")
        if saved.engine != database.kind:
            raise BackupError(
                f"{database.name} was backed up from {saved.engine} and is on {database.kind} "
                "here: set CLUSTERWATCH_DATABASE_URL accordingly"
            )
        _check_revision(database.name, saved.contents.revision, manifest.version)
        if not force and (rows := _rows_in(database)):  # what is damaged could not be counted
            raise BackupError(
                f"{database.name} already holds {rows:,} rows: restore into an empty database, or "
                "replace what is there with --force"
            )


def restore(folder: Path, manifest: Manifest, databases: Iterable[Database]) -> None:
    """Put every database in its place, count its rows, and bring it to the newest schema."""
    for database in databases:
        saved = manifest.databases[database.name]
        database.engine.dispose()
        try:
            _put(database, folder / saved.file)
            held = _held(database)
        except (BackupError, SQLAlchemyError) as error:
            raise BackupError(f"{database.name} was not restored: {error}") from error
        _compare(database.name, saved, held)
        migrate(database.engine, database.name)


def restore_secrets(folder: Path, manifest: Manifest, data_dir: Path) -> list[str]:
    """Put secret files where there are none; one that differs is left. Returns what was put.

    Raises `BackupError` for a file that holds something else.
    """
    put = []
    data_dir.mkdir(parents=True, exist_ok=True)
    for name in manifest.secrets:
        target, saved = data_dir / name, (folder / name).read_bytes()
        if target.exists():
            if target.read_bytes().strip() != saved.strip():
                raise BackupError(f"{target} is another secret than the backup's: move it away")
            continue
        target.touch(mode=0o600)
        target.write_bytes(saved)
        put.append(name)
    return put


def _check_revision(service: str, revision: str, version: str) -> None:
    scripts = ScriptDirectory.from_config(configuration(service))
    try:
        scripts.get_revision(revision)
    except CommandError as error:
        raise BackupError(
            f"{service} has the schema {revision}, which this version does not know: restore it "
            f"with clusterwatch {version} or newer"
        ) from error


def _rows_in(database: Database) -> int:
    if database.kind == "sqlite":
        return sqlite.rows_in(database.engine, database.file)
    return postgresql.rows_in(database.engine, database.name)


def _put(database: Database, file: Path) -> None:
    if database.kind == "sqlite":
        sqlite.put(file, database.file)
    else:
        postgresql.put(database.engine, database.name, file)


def _held(database: Database) -> Contents:
    with database.engine.connect() as connection:
        return contents(connection, None if database.kind == "sqlite" else database.name)


def _compare(name: str, saved: DatabaseFile, held: Contents) -> None:
    if held != saved.contents:
        raise BackupError(f"{name} holds other rows than the backup says: use another backup")
