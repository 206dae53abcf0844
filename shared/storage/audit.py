"""The audit log: lines are added and read, never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from shared.storage.tables import AuditEntry, table_of

_audit = table_of(AuditEntry)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what, when."""

    id: int
    at: str
    """RFC 3339."""
    actor: str
    action: str
    detail: str


def add_audit_line(
    connection: Connection, actor: str, action: str, detail: str, now: datetime
) -> None:
    """Add a line in the transaction of what it tells about."""
    row = {"at": now.isoformat(), "actor": actor, "action": action, "detail": detail}
    connection.execute(insert(_audit), [row])


def audit_lines(connection: Connection, before: int | None, limit: int) -> list[AuditLine]:
    """Lines with a smaller id than `before`, newest first."""
    columns = (_audit.c.id, _audit.c.at, _audit.c.actor, _audit.c.action, _audit.c.detail)
    query = select(*columns).order_by(_audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_audit.c.id < before)
    return [AuditLine(*row) for row in connection.execute(query)]
