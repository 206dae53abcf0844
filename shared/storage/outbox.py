"""Outbox: records to publish, written in the transaction of the effects that cause them.

What one transaction causes stands in few rows of many records (bundles). Stores that a version
without bundles may work on keep a row for each record: see ADR 0023. Rows and bundles have one
order of ids, in which they are taken.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import Connection, delete, func, literal, select, text

from shared.storage import meta
from shared.storage.bulk import BulkTable
from shared.storage.tables import OutboxBundle, OutboxMessage, table_of

Headers = tuple[tuple[str, bytes | None], ...]

_rows = table_of(OutboxMessage)
_bundles = table_of(OutboxBundle)
_BULK = BulkTable(_rows, ("topic", "partition_by", "record_key", "value", "headers"), ())
_PIECE = 500
_MOST_BYTES = 32 * 1024 * 1024
"""Of values at a time: a flood of dead letters of 4 MiB each must not fill the memory."""
_BUNDLE_RECORDS = 2_000
_BUNDLE_BYTES = 1024 * 1024
"""Of values in one bundle; a larger record is alone in its own."""
_OURS = "hashtext('clusterwatch outbox ' || current_schema())"
_BE_THE_ONE = text(f"select pg_try_advisory_xact_lock({_OURS})")
_REMAIN_THE_ONE = text(f"select pg_try_advisory_lock({_OURS})")
_BE_LIKE_OTHERS = text(f"select pg_advisory_unlock({_OURS})")
_FORM, _BUNDLED = "outbox", "bundles"
"""Name and value of the fact in `meta` that says that everybody here knows bundles."""
_INSERT = {
    "postgresql": "insert into outbox_bundle (id, records, content) "
    "values (nextval(pg_get_serial_sequence('outbox', 'id')), :records, :content)",
    "sqlite": "insert into outbox_bundle (id, records, content) "
    "values (1 + max((select coalesce(max(id), 0) from outbox), "
    "(select coalesce(max(id), 0) from outbox_bundle)), :records, :content)",
}
"""With the next id of rows and bundles together."""


class OutboxRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record that will be published to Kafka at least once."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition_by: str | None = None
    """Text whose hash chooses the partition; without it the key's."""


class Pending(msgspec.Struct, frozen=True, gc=False):
    """A record with the place in the outbox of itself, or of the bundle that it is in."""

    id: int
    row: OutboxRow
    bundled: bool = False


_encode = msgspec.msgpack.Encoder().encode
_BUNDLE = msgspec.msgpack.Decoder(list[OutboxRow])


def use_bundles(connection: Connection) -> None:
    """Write bundles from now on: no version that does not know them works on this store."""
    meta.remember(connection, _FORM, _BUNDLED)


def uses_bundles(connection: Connection) -> bool:
    """Whether bundles are written, in place of a row for each record."""
    return meta.known(connection, _FORM) == _BUNDLED


def enqueue(connection: Connection, rows: Iterable[OutboxRow]) -> None:
    """Add records to the outbox inside the caller's transaction."""
    listed = list(rows)
    if not listed:
        return
    if uses_bundles(connection):
        _enqueue_bundles(connection, listed)
        return
    values = [
        (
            row.topic,
            row.partition_by,
            row.key,
            row.value,
            _encode(list(row.headers)) if row.headers else None,
        )
        for row in listed
    ]
    _BULK.write(connection, values)


def _enqueue_bundles(connection: Connection, rows: Sequence[OutboxRow]) -> None:
    insert = text(_INSERT[connection.dialect.name])
    for piece in _pieces(rows):
        connection.execute(insert, {"records": len(piece), "content": _encode(piece)})


def _pieces(rows: Sequence[OutboxRow]) -> Iterator[list[OutboxRow]]:
    piece: list[OutboxRow] = []
    size = 0
    for row in rows:
        length = len(row.value or b"")
        if piece and (size + length > _BUNDLE_BYTES or len(piece) == _BUNDLE_RECORDS):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += length
    yield piece


def claim(connection: Connection) -> bool:
    """Whether on PostgreSQL nobody else takes records until this session ends."""
    return bool(connection.execute(_REMAIN_THE_ONE).scalar())


def release(connection: Connection) -> None:
    """Give up what `claim` was granted: the next one need not wait for the session to end."""
    connection.execute(_BE_LIKE_OTHERS)


def take(connection: Connection, limit: int, most_bytes: int = _MOST_BYTES) -> list[Pending]:
    """Oldest unpublished records: at most `limit`, and no more bytes of values than allowed.

    The first row or bundle is taken however large it is, or it would wait for ever.

    On PostgreSQL one relay of a service publishes at a time, whoever takes records first until
    its transaction ends, or its session after `claim`; the others get none. Two at once could
    publish the versions of a key in the wrong order, and compaction would keep the older one.
    """
    if connection.dialect.name == "postgresql" and not connection.execute(_BE_THE_ONE).scalar():
        return []
    last = _last_within(connection, limit, most_bytes)
    if last is None:
        return []
    found = [*_taken_rows(connection, last), *_taken_bundles(connection, last)]
    return sorted(found, key=_place)


def _place(pending: Pending) -> int:
    return pending.id


def _taken_rows(connection: Connection, last: int) -> Iterator[Pending]:
    for row in connection.execute(select(_rows).where(_rows.c.id <= last).order_by(_rows.c.id)):
        headers = _headers(row.headers)
        yield Pending(
            row.id, OutboxRow(row.topic, row.record_key, row.value, headers, row.partition_by)
        )


def _taken_bundles(connection: Connection, last: int) -> Iterator[Pending]:
    columns = (_bundles.c.id, _bundles.c.content)
    wanted = select(*columns).where(_bundles.c.id <= last).order_by(_bundles.c.id)
    for number, content in connection.execute(wanted):
        for row in _BUNDLE.decode(content):
            yield Pending(number, row, bundled=True)


def _last_within(connection: Connection, limit: int, most_bytes: int) -> int | None:
    """Id of the last row or bundle of a piece; sizes are told without reading the values."""
    size = func.coalesce(func.length(_rows.c.value), 0)
    row_sizes = select(_rows.c.id, literal(1), size).order_by(_rows.c.id).limit(limit)
    b = _bundles.c
    bundle_sizes = select(b.id, b.records, func.length(b.content)).order_by(b.id).limit(limit)
    sizes = [*connection.execute(row_sizes), *connection.execute(bundle_sizes)]
    last, records, total = None, 0, 0
    for number, count, size_of in sorted(map(tuple, sizes)):
        records += count
        total += size_of
        if last is not None and (total > most_bytes or records > limit):
            break
        last = number
    return last


def depth(connection: Connection) -> int:
    """How many records wait; those in rows by the smallest and largest id: none is read.

    Rolled-back transactions leave gaps on PostgreSQL, so it is an upper bound there.
    """
    ids = _rows.c.id
    first, last = connection.execute(select(func.min(ids), func.max(ids))).one()
    bundled = connection.execute(select(func.sum(_bundles.c.records))).scalar_one()
    return (0 if first is None else int(last - first + 1)) + int(bundled or 0)


def _headers(packed: bytes | None) -> Headers:
    if packed is None:
        return ()
    return msgspec.msgpack.decode(packed, type=Headers)


def remove(connection: Connection, taken: Iterable[Pending]) -> None:
    """Forget records that Kafka has acknowledged: of a bundle, all of them."""
    rows: dict[int, None] = {}
    bundles: dict[int, None] = {}
    for item in taken:
        (bundles if item.bundled else rows)[item.id] = None
    for table, ids in ((_rows, list(rows)), (_bundles, list(bundles))):
        for start in range(0, len(ids), _PIECE):
            piece = ids[start : start + _PIECE]
            connection.execute(delete(table).where(table.c.id.in_(piece)))
