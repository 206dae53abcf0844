"""The chain of audit entries: each holds the hash of the one before, so that none goes unnoticed.

It shows what somebody changed in the database who did not also make everything after it anew.
Whoever may write everything can do that; a head that was noted elsewhere shows this as well.

Texts stand behind a salted digest: where one is erased the salt goes too, and the entry that tells
of the erasure names the texts that stand now.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, select

from shared.storage.tables import AuditChain, AuditEntry, table_of

BEGINNING = "0" * 64
"""What the first entry of a chain follows."""
ERASED = "contact_erased"
"""Action of entries that name others whose texts were replaced."""
PRUNED = "audit_pruned"
"""Action of entries that name the anchor on which a pruned chain hangs."""
_LAST_ID = 2**63 - 1
_PIECE = 1000
_NAMED = re.compile(r"(\d+)=([0-9a-f]{64})")

_audit, _chain = table_of(AuditEntry), table_of(AuditChain)


def digest_of(salt: str, *texts: str) -> str:
    """What stands for the texts of an entry, in hexadecimal."""
    return hashlib.sha256(json.dumps([salt, *texts]).encode()).hexdigest()


def link(before: str, digest: str) -> str:
    """Chain value of an entry with this digest after one with the chain value `before`."""
    return hashlib.sha256(f"{before} {digest}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What came of looking at every entry."""

    entries: int
    """Entries in the chain that were looked at."""
    older: int
    """Entries from before the chain began: nothing is known of them."""
    is_pruned: bool
    """Whether older entries were pruned, so that the chain hangs on its anchor."""
    head: str
    """Chain value of the newest entry: what to note elsewhere."""
    broken_id: int | None = None
    """The first entry that is not as it was written, or before which one is missing."""
    why: str = ""
    """What is wrong; empty when nothing is."""
    unchained: tuple[int, ...] = ()
    """Entries between those of the chain that were not written by this version."""


@dataclass(frozen=True, slots=True)
class _Entry:
    id: int
    at: str
    actor: str
    action: str
    detail: str
    salt: str | None
    digest: str | None
    chain: str | None


@dataclass(slots=True)
class _Walk:
    """What is known after some entries, oldest first."""

    after: int
    anchor: str
    before: str
    entries: int = 0
    older: int = 0
    is_anchored: bool = False
    unchained: list[int] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    erased: dict[int, str] = field(default_factory=dict)
    replaced: list[_Entry] = field(default_factory=list)

    def take(self, entry: _Entry) -> str:
        """Look at the next entry; why it is broken, or empty."""
        if entry.id <= self.after:
            self.older += 1
            return "it was in the chain, whose beginning is gone" if entry.chain else ""
        if entry.chain is None:
            self.unchained.append(entry.id)
            return ""
        why = _why_broken(entry, self.before)
        if why:
            return why
        self.entries, self.before = self.entries + 1, entry.chain
        self.known.add(self.before)
        if entry.salt is None:
            self.replaced.append(entry)
        if entry.action == ERASED:
            self.erased |= {int(number): digest for number, digest in _NAMED.findall(entry.detail)}
        if entry.action == PRUNED and self.anchor in entry.detail:
            self.is_anchored = True
        return ""

    def why_not_whole(
        self, head: str, noted_head: str | None, known: Collection[int]
    ) -> tuple[int | None, str]:
        """What only shows once all entries are known: the entry, and why."""
        for entry in self.replaced:
            if self.erased.get(entry.id) != _named(entry):
                return entry.id, "its text was replaced, and no erasure names it so"
        if self.before != head:
            return None, "entries are missing at the end"
        if self.anchor != BEGINNING and not self.is_anchored:
            return None, "entries are missing at the beginning, and no pruning names them"
        if noted_head is not None and noted_head not in self.known:
            return None, "no entry has the noted head: the chain was made anew, or pruned beyond it"
        for number in self.unchained:
            if number not in known:
                return number, "it is not chained: by hand, or by a replica of an older version"
        return None, ""


def verify(
    engine: Engine, noted_head: str | None = None, known: Collection[int] = ()
) -> ChainReport:
    """Look at every entry of a database's audit log, oldest first, until one is broken.

    With `noted_head`, a head that was noted earlier, also whether the chain still holds it. `known`
    are entries outside of the chain that somebody has looked at. As of one moment; writers go on.
    """
    options = {"isolation_level": "REPEATABLE READ"} if engine.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        return _verify(connection, noted_head, known)


def _verify(connection: Connection, noted_head: str | None, known: Collection[int]) -> ChainReport:
    c = _chain.c
    row = connection.execute(select(c.after_id, c.anchor, c.head)).one_or_none()
    # Without a chain none has begun: whatever is in one nevertheless has lost its beginning.
    after, anchor, head = (_LAST_ID, BEGINNING, BEGINNING) if row is None else row
    walk = _Walk(after, anchor, before=anchor, known={anchor})
    broken: int | None = None
    why = ""
    for entry in _entries(connection):
        why = walk.take(entry)
        if why:
            broken = entry.id
            break
    else:
        broken, why = walk.why_not_whole(head, noted_head, known)
    return ChainReport(
        walk.entries, walk.older, anchor != BEGINNING, head, broken, why, tuple(walk.unchained)
    )


def redacted(number: int, at: str, actor: str, action: str, detail: str) -> str:
    """How an erasure names an entry whose texts it replaced by these."""
    return f"{number}={digest_of('', at, actor, action, detail)}"


def _why_broken(entry: _Entry, before: str) -> str:
    if entry.digest is None or entry.chain != link(before, entry.digest):
        return "the entry before it is missing, or it stands in another place"
    if entry.salt is not None and entry.digest != digest_of(
        entry.salt, entry.at, entry.actor, entry.action, entry.detail
    ):
        return "its text is not what was written"
    return ""


def _named(entry: _Entry) -> str:
    return digest_of("", entry.at, entry.actor, entry.action, entry.detail)


def _entries(connection: Connection) -> Iterator[_Entry]:
    """All entries, oldest first, in pieces."""
    columns = [_audit.c[name] for name in _Entry.__dataclass_fields__]
    last = -_LAST_ID
    while True:
        query = select(*columns).where(_audit.c.id > last).order_by(_audit.c.id).limit(_PIECE)
        piece = [_Entry(*row) for row in connection.execute(query)]
        yield from piece
        if not piece:
            return
        last = piece[-1].id
