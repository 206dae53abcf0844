"""Bearer tokens and sessions: random text shown once, of which only a hash is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from shared.access.readers import Reader

_BYTES = 32
"""256 bits: nothing to guess, so a plain SHA-256 is enough to keep."""
_TOKEN = "cwt_"  # noqa: S105 - a prefix by which scanners find tokens that leaked
_SESSION = "cws_"
_LONGEST = 200


def new_token() -> str:
    """Text of a new bearer token."""
    return _TOKEN + secrets.token_urlsafe(_BYTES)


def new_session() -> str:
    """Text of a new session."""
    return _SESSION + secrets.token_urlsafe(_BYTES)


def is_session(text: str) -> bool:
    """Whether a text is a session and no token."""
    return text.startswith(_SESSION)


def could_be_ours(text: str) -> bool:
    """Whether it is worth asking the store about a text."""
    return text.startswith((_TOKEN, _SESSION)) and len(text) <= _LONGEST


def digest(text: str) -> str:
    """What is kept of a token or a session."""
    return hashlib.sha256(text.encode()).hexdigest()


def csrf_of(session: str) -> str:
    """Text that forms of a session must hold; tells nothing about the session."""
    return hashlib.sha256(b"csrf " + session.encode()).hexdigest()[:43]


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its text."""

    id: str
    reader: Reader
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def why_invalid(self, now: datetime) -> str | None:
        """Why it may not be used, or null."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else None
