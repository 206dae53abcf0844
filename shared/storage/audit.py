"""The audit log: lines are added and read, never changed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shared.storage.audit_chain import BEGINNING, PRUNED, digest_of, link, redacted
from shared.storage.tables import AuditChain, AuditEntry, table_of

_ONLY = 1
"""Id of the one row of the chain."""

_audit, _chain = table_of(AuditEntry), table_of(AuditChain)


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
    """Add a line in the transaction of what it tells about.

    Whoever adds one holds the end of the chain until the transaction ends, so that all replicas
    add theirs one after the other.
    """
    before = _locked(connection).head
    salt, at = secrets.token_hex(16), now.isoformat()
    digest = digest_of(salt, at, actor, action, detail)
    row = {"at": at, "actor": actor, "action": action, "detail": detail}
    head = link(before, digest)
    connection.execute(insert(_audit), [{**row, "salt": salt, "digest": digest, "chain": head}])
    connection.execute(update(_chain).where(_chain.c.id == _ONLY).values(head=head))


def audit_lines(connection: Connection, before: int | None, limit: int) -> list[AuditLine]:
    """Lines with a smaller id than `before`, newest first."""
    columns = (_audit.c.id, _audit.c.at, _audit.c.actor, _audit.c.action, _audit.c.detail)
    query = select(*columns).order_by(_audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_audit.c.id < before)
    return [AuditLine(*row) for row in connection.execute(query)]


def redact_audit_lines(connection: Connection, replaced: Callable[[str], str]) -> list[str]:
    """Replace texts in lines; how the line that tells of it must name each that was changed.

    The chain stays whole: it holds digests, and the salt by which one could be tried goes.
    """
    _locked(connection)
    named = []
    for line in reversed(audit_lines(connection, None, _all(connection))):
        texts = (line.at, replaced(line.actor), line.action, replaced(line.detail))
        if texts != (line.at, line.actor, line.action, line.detail):
            values = {"actor": texts[1], "detail": texts[3], "salt": None}
            connection.execute(update(_audit).where(_audit.c.id == line.id).values(values))
            named.append(redacted(line.id, *texts))
    return named


def prune_audit_lines(
    connection: Connection, until: datetime, now: datetime, most: int = 1000
) -> int:
    """Delete at most so many of the oldest lines from before `until`; how many they were.

    Only whole beginnings go. The chain then hangs on the last one's value, its anchor, which also
    stands in a line of its own.
    """
    chain = _locked(connection)
    query = select(_audit.c.id, _audit.c.at, _audit.c.chain).order_by(_audit.c.id).limit(most)
    old = []
    for row in connection.execute(query):
        if datetime.fromisoformat(row.at) >= until:
            break
        old.append(row)
    if not old:
        return 0
    last = old[-1]
    connection.execute(delete(_audit).where(_audit.c.id <= last.id))
    after, anchor = max(chain.after_id, last.id), last.chain or chain.anchor
    values = {"after_id": after, "anchor": anchor}
    connection.execute(update(_chain).where(_chain.c.id == _ONLY).values(values))
    told = f"{len(old)} entries up to {last.id}, the last one of {last.at}; anchor {anchor}"
    add_audit_line(connection, "settings", PRUNED, told, now)
    return len(old)


def _all(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(_audit)).scalar_one()


@dataclass(frozen=True, slots=True)
class _Chain:
    after_id: int
    anchor: str
    head: str


def _locked(connection: Connection) -> _Chain:
    """The chain, which nobody else can go on until this transaction ends; begun where it is new."""
    columns = (_chain.c.after_id, _chain.c.anchor, _chain.c.head)
    query = select(*columns).where(_chain.c.id == _ONLY).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None:
        own = postgresql if connection.dialect.name == "postgresql" else sqlite
        last = connection.execute(select(func.coalesce(func.max(_audit.c.id), 0))).scalar_one()
        row = {"id": _ONLY, "after_id": last, "anchor": BEGINNING, "head": BEGINNING}
        connection.execute(own.insert(_chain).values(row).on_conflict_do_nothing())
        found = connection.execute(query).one()
    return _Chain(*found)
