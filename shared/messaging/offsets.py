"""Input offsets in the store, in the same transaction as the effects of what was read.

Kafka's own commit only feeds lag displays. A claim gives its owner a new epoch; whoever lost a
partition holds an older one and can store nothing more (`Fenced`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from shared.storage.bulk import BulkTable
from shared.storage.tables import ConsumerOffset, table_of

_offsets = table_of(ConsumerOffset)
_KEYS = ("cluster_id", "topic_id", "partition", "owner_epoch")
_OFFSETS = BulkTable(_offsets, (*_KEYS, "next_offset"), _KEYS)


class Fenced(Exception):  # noqa: N818 - losing a partition is normal, not a fault
    """Another consumer owns the partition now: drop the batch, its owner will read it."""


@dataclass(frozen=True, slots=True)
class TopicIdentity:
    """What Kafka calls a topic, so that one created again under the same name is another."""

    cluster_id: str
    topic_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Right to store effects of one partition."""

    identity: TopicIdentity
    partition: int
    epoch: int
    next_offset: int


def claim(
    connection: Connection, topic: str, identity: TopicIdentity, partitions: Iterable[int]
) -> dict[int, Claim]:
    """Take partitions over; returns where to read on, by partition."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    claims = {}
    for partition in sorted(partitions):
        statement = insert(_offsets).values(
            cluster_id=identity.cluster_id,
            topic_id=identity.topic_id,
            partition=partition,
            topic=topic,
            next_offset=0,
            owner_epoch=1,
        )
        taken = statement.on_conflict_do_update(
            index_elements=["cluster_id", "topic_id", "partition"],
            set_={"owner_epoch": _offsets.c.owner_epoch + 1, "topic": topic},
        ).returning(_offsets.c.owner_epoch, _offsets.c.next_offset)
        epoch, next_offset = connection.execute(taken).one()
        claims[partition] = Claim(identity, partition, epoch, next_offset)
    return claims


def advance(connection: Connection, positions: Mapping[Claim, int]) -> None:
    """Store the next offsets; raises `Fenced` when a partition has another owner by now.

    Call it first in the transaction: it locks the rows, so a claim waits for what is under way.
    """
    held = sorted(
        positions.items(), key=lambda item: (item[0].identity.topic_id, item[0].partition)
    )
    rows = [
        (of.identity.cluster_id, of.identity.topic_id, of.partition, of.epoch, next_offset)
        for of, next_offset in held
    ]
    if _OFFSETS.change(connection, rows) != len(rows):
        raise Fenced
