"""Tokens and sessions in SQL, in a database (or schema) of their own that all services read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, delete, insert, select, update

from shared.access.readers import Reader, Role, Scope
from shared.access.tables import SessionRow, TokenRow
from shared.access.tokens import Token, digest, is_session, new_session, new_token
from shared.clock import from_milliseconds
from shared.settings import CommonSettings
from shared.storage import open_engine, reading, writing
from shared.storage.audit import AuditLine, add_audit_line, audit_lines
from shared.storage.tables import table_of

DATABASE = "access"
SESSION_LASTS = timedelta(hours=12)
"""A working day; then the browser signs in again."""

CONNECTIONS = 4
"""Each request looks its token up in a millisecond or two, on one connection."""

_tokens = table_of(TokenRow)
_sessions = table_of(SessionRow)


def open_access_engine(settings: CommonSettings) -> Engine:
    """Engine of access control's database."""
    if settings.access_database_url is not None:
        settings = settings.model_copy(update={"database_url": settings.access_database_url})
    return open_engine(settings, DATABASE, CONNECTIONS)


class AccessStore:
    """Every call is one transaction, and blocks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, reader: Reader, lasts: timedelta, now: datetime, actor: str
    ) -> tuple[Token, str]:
        """Add a token; its text is returned here and never again."""
        text = new_token()
        token = Token(uuid4().hex[:12], reader, now, now + lasts)
        with writing(self._engine) as connection:
            connection.execute(insert(_tokens).values(_row(token, text)))
            add_audit_line(connection, actor, "token_created", _words(token), now)
        return token, text

    def tokens(self) -> list[Token]:
        """All tokens, revoked and expired ones too, oldest first."""
        query = select(_tokens).order_by(_tokens.c.created_ms, _tokens.c.id)
        with reading(self._engine) as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, token_id: str, now: datetime, actor: str) -> Token | None:
        """End a token and its sessions; null when there is none that stands."""
        with writing(self._engine) as connection:
            row = connection.execute(
                select(_tokens).where(_tokens.c.id == token_id, _tokens.c.revoked_ms.is_(None))
            ).one_or_none()
            if row is None:
                return None
            connection.execute(
                update(_tokens).where(_tokens.c.id == token_id).values(revoked_ms=_ms(now))
            )
            connection.execute(delete(_sessions).where(_sessions.c.token_id == token_id))
            add_audit_line(connection, actor, "token_revoked", _words(_token(row)), now)
        return _token(row)

    def reader(self, text: str, now: datetime) -> Reader | None:
        """Whose token or session this is; null when it is none that stands."""
        query = select(_tokens)
        if is_session(text):
            query = query.join(_sessions, _sessions.c.token_id == _tokens.c.id).where(
                _sessions.c.hash == digest(text), _sessions.c.expires_ms > _ms(now)
            )
        else:
            query = query.where(_tokens.c.hash == digest(text))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        token = _token(row)
        return token.reader if token.why_invalid(now) is None else None

    def sign_in(self, text: str, now: datetime) -> str | None:
        """Text of a new session of a token; null for a token that may not be used."""
        with writing(self._engine) as connection:
            row = connection.execute(
                select(_tokens).where(_tokens.c.hash == digest(text))
            ).one_or_none()
            if row is None or _token(row).why_invalid(now) is not None:
                return None
            session = new_session()
            connection.execute(delete(_sessions).where(_sessions.c.expires_ms <= _ms(now)))
            connection.execute(
                insert(_sessions).values(
                    hash=digest(session), token_id=row.id, expires_ms=_ms(now + SESSION_LASTS)
                )
            )
            add_audit_line(connection, row.name, "signed_in", row.id, now)
        return session

    def sign_out(self, session: str) -> None:
        """End a session."""
        with writing(self._engine) as connection:
            connection.execute(delete(_sessions).where(_sessions.c.hash == digest(session)))

    def audit(self, limit: int) -> Sequence[AuditLine]:
        """The newest lines about tokens and sign-ins."""
        with reading(self._engine) as connection:
            return audit_lines(connection, None, limit)


def _row(token: Token, text: str) -> dict[str, Any]:
    reader = token.reader
    return {
        "id": token.id,
        "hash": digest(text),
        "name": reader.name,
        "role": str(reader.role),
        "complete": reader.complete,
        "plans": _listed(reader.scope.plans),
        "units": _listed(reader.scope.units),
        "feeds": _listed(reader.scope.feeds),
        "created_ms": _ms(token.created_at),
        "expires_ms": _ms(token.expires_at),
    }


def _token(row: Any) -> Token:  # noqa: ANN401 - a result row
    scope = Scope(_limits(row.plans), _limits(row.units), _limits(row.feeds))
    return Token(
        row.id,
        Reader(row.name, Role(row.role), scope, row.complete),
        from_milliseconds(row.created_ms),
        from_milliseconds(row.expires_ms),
        None if row.revoked_ms is None else from_milliseconds(row.revoked_ms),
    )


def _listed(limits: frozenset[str] | None) -> list[str] | None:
    return None if limits is None else sorted(limits)


def _limits(listed: list[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed)


def _words(token: Token) -> str:
    reader = token.reader
    return f"{token.id} name={reader.name} role={reader.role} complete={reader.complete}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
