"""Subject tokens: HMAC with a secret, so that facts name no enterprise."""

import base64
import hashlib
import hmac
from functools import lru_cache

from services.ingest.domain.subjects import Subject, SubjectKind

_PREFIX = {SubjectKind.ENTERPRISE: "e", SubjectKind.PROJECT: "p", SubjectKind.SERIES: "s"}
_BYTES = 15  # 120 bits: no two subjects of a nation ever share a token


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
