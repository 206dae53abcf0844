"""SQLite: the online backup API, which takes a database with its write-ahead log as of one moment.

Writers go on meanwhile; the copy is one file without a log, checked before it counts.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, create_engine

from clusterwatch.backup.contents import contents, data_rows
from clusterwatch.backup.manifest import BackupError, Contents

SUFFIX = ".sqlite3"
_SIDE_FILES = ("-wal", "-shm", "-journal")
_PATIENCE_SECONDS = 30


def back_up(source: Path, copy: Path) -> Contents:
    """Copy a database while it is in use. Raises `BackupError`."""
    if not source.exists():
        raise BackupError(f"there is no database {source}: start the service once")
    try:
        with (
            closing(sqlite3.connect(source, timeout=_PATIENCE_SECONDS)) as original,
            closing(sqlite3.connect(copy)) as target,
        ):
            copy.chmod(0o600)
            # All pages in one step: a reader of the log sees one moment and stops no writer.
            original.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")
            (verdict,) = target.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}") from error
    if verdict != "ok":
        raise BackupError(f"{source} is damaged ({verdict}): restore an older backup, or rebuild")
    return look(copy)


def look(file: Path) -> Contents:
    """What a database file holds. Raises `BackupError`."""
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            return contents(connection, None)
    finally:
        engine.dispose()


def rows_in(engine: Engine, file: Path) -> int:
    """Number of rows of a database that may not be there yet."""
    if not file.exists():
        return 0
    with engine.connect() as connection:
        return data_rows(connection, None)


def put(copy: Path, target: Path) -> None:
    """Put a copy in the place of a database, in one step; its services must not run."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    with copy.open("rb") as source, draft.open("wb") as stream:
        draft.chmod(0o600)
        while piece := source.read(1 << 20):
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())
    for suffix in _SIDE_FILES:  # of the database that goes: with the new one they would be wrong
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    draft.replace(target)
