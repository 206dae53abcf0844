"""A secret from the settings, or one that is made once and kept in a file."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from shared.configuration import SettingsError

_SECRET_BYTES = 32


def secret_from(configured: str | None, file: Path) -> bytes:
    """The configured secret, or one that is made once and kept in a file only its owner reads.

    Raises `SettingsError` for a file that cannot be used, and for one without a secret: what was
    made with it would be lost.
    """
    if configured:
        return configured.encode()
    try:
        if not file.exists():
            write_secret(file, new_secret())
        secret = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"{file} cannot be read or made: {error.strerror}; let us read and write in "
            "CLUSTERWATCH_DATA_DIR, or set the secret itself"
        ) from None
    if not secret:
        raise SettingsError(
            f"{file} is empty: restore it from a backup, or remove it to have a new secret made "
            "(what the old one was for is lost then)"
        )
    return secret.encode()


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_hex(_SECRET_BYTES)


def write_secret(file: Path, text: str, *, replace: bool = False) -> None:
    """Write a secret in one step: of two processes the first one wins, a crash leaves none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(text)
        if replace:
            Path(draft).replace(file)
            return
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink(missing_ok=True)
