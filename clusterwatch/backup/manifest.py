"""What a backup says of itself: versions, schema revisions, counts, checksums, offsets."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

FORMAT: Final = 1
"""Grows when an older `restore` could not read the files any more."""
MANIFEST: Final = "manifest.json"
_PIECE = 1 << 20


class BackupError(Exception):
    """A backup that cannot be made or restored; the message says what to do."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where the service goes on reading one partition."""

    cluster_id: str
    topic: str
    topic_id: str
    partition: int
    next_offset: int


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a database held at the moment of its backup."""

    revision: str
    """Of the schema."""
    rows: dict[str, int]
    """By table."""
    offsets: tuple[Position, ...] = ()


class DatabaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """One database of the backup."""

    engine: str
    """sqlite or postgresql: a backup is restored into the same kind."""
    file: str
    bytes: int
    sha256: str
    contents: Contents


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The file `manifest.json`."""

    format: int
    made_at: str
    """RFC 3339."""
    version: str
    """Of the product."""
    databases: dict[str, DatabaseFile]
    secrets: dict[str, str] = {}
    """Files with secrets that were asked for, by name, with their SHA-256."""


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the last file of a backup: without it there is none."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / MANIFEST).write_bytes(text + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a complete backup whose files are as they were. Raises `BackupError`."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise BackupError(f"{folder} is no backup, or one that was interrupted") from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"the backup has the format {manifest.format}, this version reads {FORMAT}: "
            f"restore it with clusterwatch {manifest.version}"
        )
    expected = {each.file: each.sha256 for each in manifest.databases.values()} | manifest.secrets
    for name, digest in expected.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise BackupError(f"{path} is missing")
        if checksum(path) != digest:
            raise BackupError(f"{path} is not what was backed up: use another backup")
    return manifest
