"""Tables that every service keeps in its own database."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table
from sqlmodel import Field, SQLModel

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""Integer key that SQLite maps to its row id."""


class ConsumerOffset(SQLModel, table=True):
    """Next offset to read, stored with the effects of all records before it.

    Keyed by the ids that Kafka gives a cluster and a topic: a topic that was created again is
    another topic and is read from its start.
    """

    __tablename__ = "consumer_offset"

    cluster_id: str = Field(primary_key=True)
    topic_id: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    topic: str
    next_offset: int = Field(sa_type=BigInteger)
    owner_epoch: int = Field(sa_type=BigInteger)
    """Grows with each claim; a revoked owner's epoch is too old to store anything."""


class OutboxMessage(SQLModel, table=True):
    """A record to publish, written with the effects that cause it."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    topic: str
    partition_by: str | None = None
    """Text whose hash chooses the partition; without it the key's."""
    record_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    value: bytes | None = Field(default=None, sa_type=LargeBinary)
    headers: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Headers as MessagePack list of [name, bytes or null]."""


class OutboxBundle(SQLModel, table=True):
    """Records to publish that one transaction has caused, together: `storage.outbox`.

    Its ids and those of `OutboxMessage` are one order.
    """

    __tablename__ = "outbox_bundle"

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    records: int
    """How many there are in it."""
    content: bytes = Field(sa_type=LargeBinary)
    """MessagePack list of [topic, key, value, headers, text whose hash chooses the partition]."""


class ReconciliationCount(SQLModel, table=True):
    """How many consumed records of a topic are in a state."""

    __tablename__ = "reconciliation"

    topic: str = Field(primary_key=True)
    state: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class Meta(SQLModel, table=True):
    """Single facts about this database, such as the mode a service is in."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True)
    value: str


class AuditEntry(SQLModel, table=True):
    """Who changed what, when and why; rows are only ever added, and chained.

    Rows from before the chain began have neither salt nor digest nor chain: `storage.audit_chain`.
    """

    __tablename__ = "audit"

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    at: str
    """RFC 3339."""
    actor: str
    action: str
    detail: str
    salt: str | None = None
    """Random; goes when a text is erased, so that nobody can try names on the digest."""
    digest: str | None = None
    """SHA-256 of salt and texts as they were written."""
    chain: str | None = None
    """SHA-256 of the entry before and this one's digest."""


class AuditChain(SQLModel, table=True):
    """Where the chain of audit entries begins and ends: one row, locked by whoever adds one."""

    __tablename__ = "audit_chain"

    id: int = Field(primary_key=True)
    after_id: int = Field(sa_type=BigInteger)
    """Entries up to this one are not in the chain: they are older than it, or were pruned."""
    anchor: str
    """Chain value that the first entry in it follows."""
    head: str
    """Chain value of the newest entry."""


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a SQLModel class."""
    table = model.__table__  # type: ignore[attr-defined]
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is no table")
    return table


SHARED_TABLES = tuple(
    table_of(model)
    for model in (
        ConsumerOffset,
        OutboxMessage,
        OutboxBundle,
        ReconciliationCount,
        Meta,
        AuditEntry,
        AuditChain,
    )
)
