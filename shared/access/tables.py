"""Tables of access control. Times are milliseconds since 1970, UTC."""

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from shared.storage.tables import AuditChain, AuditEntry, table_of


class TokenRow(SQLModel, table=True):
    """A bearer token; a revoked one is kept for the audit log."""

    __tablename__ = "access_token"

    id: str = Field(primary_key=True)
    hash: str = Field(unique=True)
    """SHA-256 of the text in hexadecimal; the text itself is nowhere."""
    name: str
    role: str
    complete: bool = False
    plans: list[str] | None = Field(default=None, sa_type=JSON)
    units: list[str] | None = Field(default=None, sa_type=JSON)
    feeds: list[str] | None = Field(default=None, sa_type=JSON)
    created_ms: int = Field(sa_type=BigInteger)
    expires_ms: int = Field(sa_type=BigInteger)
    revoked_ms: int | None = Field(default=None, sa_type=BigInteger)


class SessionRow(SQLModel, table=True):
    """A browser that has signed in with a token; it ends with it."""

    __tablename__ = "access_session"

    hash: str = Field(primary_key=True)
    token_id: str
    expires_ms: int = Field(sa_type=BigInteger)


TABLES = tuple(table_of(model) for model in (TokenRow, SessionRow, AuditEntry, AuditChain))
