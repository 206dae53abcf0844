"""Outbox: records to publish, written in the transaction of the effects that cause them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, delete, func, select, text

from shared.storage.bulk import BulkTable
from shared.storage.tables import OutboxMessage, table_of

Headers = Sequence[tuple[str, bytes | None]]

_outbox = table_of(OutboxMessage)
_BULK = BulkTable(_outbox, ("topic", "partition_by", "record_key", "value", "headers"), ())
_PIECE = 500
_MOST_BYTES = 32 * 1024 * 1024
"""Of values at a time: a flood of dead letters of 4 MiB each must not fill the memory."""
_OURS = "hashtext('clusterwatch outbox ' || current_schema())"
_BE_THE_ONE = text(f"select pg_try_advisory_xact_lock({_OURS})")
_REMAIN_THE_ONE = text(f"select pg_try_advisory_lock({_OURS})")


class OutboxRow(msgspec.Struct, frozen=True, gc=False):
    """A record that will be published to Kafka at least once."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition_by: str | None = None
    """Text whose hash chooses the partition; without it the key's."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An outbox row with its place in the outbox."""

    id: int
    row: OutboxRow


def enqueue(connection: Connection, rows: Iterable[OutboxRow]) -> None:
    """Add records to the outbox inside the caller's transaction."""
    values = [
        (
            row.topic,
            row.partition_by,
            row.key,
            row.value,
            msgspec.msgpack.encode(list(row.headers)) if row.headers else None,
        )
        for row in rows
    ]
    _BULK.write(connection, values)


def claim(connection: Connection) -> bool:
    """Whether on PostgreSQL nobody else takes records until this session ends."""
    return bool(connection.execute(_REMAIN_THE_ONE).scalar())


def take(connection: Connection, limit: int, most_bytes: int = _MOST_BYTES) -> list[Pending]:
    """Oldest unpublished records: at most `limit`, and no more bytes of values than allowed.

    The first is taken however large it is, or it would wait for ever.

    On PostgreSQL one relay of a service publishes at a time, whoever takes records first until
    its transaction ends, or its session after `claim`; the others get none. Two at once could
    publish the versions of a key in the wrong order, and compaction would keep the older one.
    """
    if connection.dialect.name == "postgresql" and not connection.execute(_BE_THE_ONE).scalar():
        return []
    last = _last_within(connection, limit, most_bytes)
    if last is None:
        return []
    wanted = select(_outbox).where(_outbox.c.id <= last).order_by(_outbox.c.id).limit(limit)
    rows = connection.execute(wanted).all()
    return [
        Pending(
            row.id,
            OutboxRow(
                row.topic, row.record_key, row.value, _headers(row.headers), row.partition_by
            ),
        )
        for row in rows
    ]


def _last_within(connection: Connection, limit: int, most_bytes: int) -> int | None:
    """Id of the last record of a piece; sizes are told without reading the values."""
    size = func.coalesce(func.length(_outbox.c.value), 0)
    sizes = select(_outbox.c.id, size).order_by(_outbox.c.id).limit(limit)
    last, total = None, 0
    for number, size_of in connection.execute(sizes):
        total += size_of
        if last is not None and total > most_bytes:
            break
        last = number
    return last


def depth(connection: Connection) -> int:
    """How many records wait, from the smallest and largest id: no row is read.

    Rolled-back transactions leave gaps on PostgreSQL, so it is an upper bound there.
    """
    ids = _outbox.c.id
    first, last = connection.execute(select(func.min(ids), func.max(ids))).one()
    return 0 if first is None else int(last - first + 1)


def _headers(packed: bytes | None) -> Headers:
    if packed is None:
        return ()
    return msgspec.msgpack.decode(packed, type=list[tuple[str, bytes | None]])


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Forget records that Kafka has acknowledged."""
    for start in range(0, len(ids), _PIECE):
        piece = ids[start : start + _PIECE]
        connection.execute(delete(_outbox).where(_outbox.c.id.in_(piece)))
