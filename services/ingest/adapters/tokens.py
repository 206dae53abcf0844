"""Subject tokens: HMAC with a secret, so that facts name no enterprise."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache
from pathlib import Path

from services.ingest.domain.subjects import Subject, SubjectKind

_PREFIX = {SubjectKind.ENTERPRISE: "e", SubjectKind.PROJECT: "p"}
_BYTES = 15  # 120 bits: no two subjects of a nation ever share a token
_SECRET_BYTES = 32


class HmacTokens:
    """Tokens that are stable as long as the secret is."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._token = lru_cache(maxsize=200_000)(self._make)

    def token(self, subject: Subject) -> str:
        """Opaque name of a subject: `e-…` for an enterprise, `p-…` for a project."""
        return self._token(subject.kind, subject.code)

    def _make(self, kind: SubjectKind, code: str) -> str:
        prefix = _PREFIX[kind]
        mac = hmac.new(self._secret, f"{prefix}|{code}".encode(), hashlib.sha256).digest()
        return f"{prefix}-{base64.b32encode(mac[:_BYTES]).decode().lower()}"


def secret_from(configured: str | None, file: Path) -> bytes:
    """The configured secret, or one that is made once and kept in a file only its owner reads."""
    if configured:
        return configured.encode()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(_SECRET_BYTES), encoding="ascii")
    return file.read_text(encoding="ascii").strip().encode()
