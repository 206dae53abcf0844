"""Subject tokens: HMAC with a secret, so that facts name no enterprise."""

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from services.ingest.domain.subjects import Subject, SubjectKind

_PREFIX = {SubjectKind.ENTERPRISE: "e", SubjectKind.PROJECT: "p", SubjectKind.SERIES: "s"}
_BYTES = 15  # 120 bits: no two subjects of a nation ever share a token
_SECRET_BYTES = 32


class HmacTokens:
    """Tokens that are stable as long as the secret is."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._token = lru_cache(maxsize=200_000)(self._make)

    def token(self, subject: Subject) -> str:
        """Opaque name: `e-…` for an enterprise, `p-…` for a project, `s-…` for a series."""
        return self._token(subject.kind, subject.code)

    @property
    def fingerprint(self) -> str:
        """Tells one secret from another and gives nothing of it away."""
        mac = hmac.new(self._secret, b"fingerprint", hashlib.sha256).digest()
        return base64.b32encode(mac[:_BYTES]).decode().lower()

    def _make(self, kind: SubjectKind, code: str) -> str:
        prefix = _PREFIX[kind]
        mac = hmac.new(self._secret, f"{prefix}|{code}".encode(), hashlib.sha256).digest()
        return f"{prefix}-{base64.b32encode(mac[:_BYTES]).decode().lower()}"


def secret_from(configured: str | None, file: Path) -> bytes:
    """The configured secret, or one that is made once and kept in a file only its owner reads.

    Raises `ValueError` for a file without a secret: tokens made without one would give names away.
    """
    if configured:
        return configured.encode()
    if not file.exists():
        _make(file)
    secret = file.read_text(encoding="ascii").strip()
    if not secret:
        raise ValueError(
            f"{file} is empty: restore it from a backup, or remove it to have a new secret made "
            "(all subjects then get new tokens)"
        )
    return secret.encode()


def _make(file: Path) -> None:
    """Write a new secret in one step: of two processes the first one wins, a crash leaves none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_hex(_SECRET_BYTES))
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
