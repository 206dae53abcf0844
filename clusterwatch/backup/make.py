"""Making a backup: every database as of one moment, while the services go on."""

import shutil
from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from clusterwatch.backup import postgresql, sqlite
from clusterwatch.backup.databases import Database
from clusterwatch.backup.manifest import (
    FORMAT,
    MANIFEST,
    BackupError,
    DatabaseFile,
    Manifest,
    checksum,
    write_manifest,
)

SECRET_FILES = ("token-secret", "sealing-keys")
"""Files of the data directory without which a restored system knows nobody."""


def make_backup(
    databases: Iterable[Database], folder: Path, data_dir: Path, now: datetime, *, secrets: bool
) -> Manifest:
    """Back all databases up into a new folder that only its owner may read.

    Raises `BackupError`; what was begun is removed then.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: name a new folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        manifest = Manifest(
            format=FORMAT,
            made_at=now.isoformat(),
            version=version("clusterwatch"),
            databases={each.name: _back_up(each, folder) for each in databases},
            secrets=_copy_secrets(data_dir, folder) if secrets else {},
        )
        write_manifest(folder, manifest)
    except BaseException:
        if not (folder / MANIFEST).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return manifest


def _back_up(database: Database, folder: Path) -> DatabaseFile:
    try:
        if database.kind == "sqlite":
            path = folder / f"{database.name}{sqlite.SUFFIX}"
            held = sqlite.back_up(database.file, path)
        else:
            path = folder / f"{database.name}{postgresql.SUFFIX}"
            held = postgresql.back_up(database.engine, database.name, path)
    except BackupError as error:
        raise BackupError(f"{database.name}: {error}") from error
    return DatabaseFile(
        engine=database.kind,
        file=path.name,
        bytes=path.stat().st_size,
        sha256=checksum(path),
        contents=held,
    )


def _copy_secrets(data_dir: Path, folder: Path) -> dict[str, str]:
    found = {}
    for name in SECRET_FILES:
        source = data_dir / name
        if source.exists():
            target = folder / name
            target.touch(mode=0o600)
            target.write_bytes(source.read_bytes())
            found[name] = checksum(target)
    return found
