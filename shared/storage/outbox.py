"""Outbox: records to publish, written in the transaction of the effects that cause them.

What one transaction causes stands in few rows of many records (bundles). Stores that a version
without bundles may work on keep a row for each record: see ADR 0023. Rows and bundles have one
order of ids, in which they are taken.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import Connection

from shared.storage import meta
from shared.storage.bulk import BulkTable, Values, many
from shared.storage.statements import Statement
from shared.storage.tables import OutboxBundle, OutboxMessage, table_of

Headers = tuple[tuple[str, bytes | None], ...]

_rows = table_of(OutboxMessage)
_bundles = table_of(OutboxBundle)
_NEW_ROWS = BulkTable(_rows, ("topic", "partition_by", "record_key", "value", "headers"), ())
_ROWS = BulkTable(_rows, ("id",), ("id",))
_BUNDLES = BulkTable(_bundles, ("id",), ("id",))
_MOST_BYTES = 32 * 1024 * 1024
"""Of values at a time: a flood of dead letters of 4 MiB each must not fill the memory."""
_BUNDLE_RECORDS = 2_000
_BUNDLE_BYTES = 1024 * 1024
"""Of values in one bundle; a larger record is alone in its own."""
_OURS = "hashtext('clusterwatch outbox ' || current_schema())"
_BE_THE_ONE = Statement(f"SELECT pg_try_advisory_xact_lock({_OURS})")
_REMAIN_THE_ONE = Statement(f"SELECT pg_try_advisory_lock({_OURS})")
_BE_LIKE_OTHERS = Statement(f"SELECT pg_advisory_unlock({_OURS})")
_SIZES = Statement(
    "SELECT id, 1, coalesce(length(value), 0), 0 FROM outbox UNION ALL "
    "SELECT id, records, length(content), 1 FROM outbox_bundle ORDER BY id LIMIT ?"
)
_TAKE_ROWS = Statement(
    "SELECT id, topic, record_key, value, headers, partition_by FROM outbox "
    "WHERE id <= ? ORDER BY id"
)
_TAKE_BUNDLES = Statement("SELECT id, content FROM outbox_bundle WHERE id <= ? ORDER BY id")
_DEPTH = Statement(
    "SELECT (SELECT min(id) FROM outbox), (SELECT max(id) FROM outbox), "
    "(SELECT sum(records) FROM outbox_bundle)"
)
"""Each end apart: SQLite looks both up together by reading all rows."""
_WAIT = Statement("SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM outbox_bundle)")
_REMOVE = Statement(
    "WITH others AS (DELETE FROM outbox WHERE id = ANY(?::bigint[])) "
    "DELETE FROM outbox_bundle WHERE id = ANY(?::bigint[])"
)
"""On PostgreSQL: both or none, also where each statement is a transaction."""
_FORM, _BUNDLED = "outbox", "bundles"
"""Name and value of the fact in `meta` that says that everybody here knows bundles."""
_ADD_BUNDLES = {
    "postgresql": Statement(
        "INSERT INTO outbox_bundle (id, records, content) "
        "VALUES (nextval(pg_get_serial_sequence('outbox', 'id')), ?, ?)"
    ),
    "sqlite": Statement(
        "INSERT INTO outbox_bundle (id, records, content) "
        "VALUES (1 + max((SELECT coalesce(max(id), 0) FROM outbox), "
        "(SELECT coalesce(max(id), 0) FROM outbox_bundle)), ?, ?)"
    ),
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
    _NEW_ROWS.write(connection, values)


def _enqueue_bundles(connection: Connection, rows: Sequence[OutboxRow]) -> None:
    values = [(len(piece), _encode(piece)) for piece in _pieces(rows)]
    _ADD_BUNDLES[connection.dialect.name].each(connection, values)


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
    return _granted(connection, _REMAIN_THE_ONE)


def release(connection: Connection) -> None:
    """Give up what `claim` was granted: the next one need not wait for the session to end."""
    _BE_LIKE_OTHERS.rows(connection)


def _granted(connection: Connection, lock: Statement) -> bool:
    return bool(lock.rows(connection)[0][0])


def take(
    connection: Connection, limit: int, most_bytes: int = _MOST_BYTES, *, claimed: bool = False
) -> list[Pending]:
    """Oldest unpublished records: at most `limit`, and no more bytes of values than allowed.

    The first row or bundle is taken however large it is, or it would wait for ever.

    On PostgreSQL one relay of a service publishes at a time, whoever takes records first until
    its transaction ends, or its session after `claim`; the others get none. Two at once could
    publish the versions of a key in the wrong order, and compaction would keep the older one.
    Whose session has `claimed` the right need not ask for it again.
    """
    asks = connection.dialect.name == "postgresql" and not claimed
    if asks and not _granted(connection, _BE_THE_ONE):
        return []
    rows_until, bundles_until = _ends(_SIZES.rows(connection, limit), limit, most_bytes)
    found: list[Pending] = []
    if rows_until:
        for number, topic, key, value, headers, unit in _TAKE_ROWS.rows(connection, rows_until):
            row = OutboxRow(topic, key, value, _headers(headers), unit)
            found.append(Pending(number, row))
    if bundles_until:
        for number, content in _TAKE_BUNDLES.rows(connection, bundles_until):
            found += [Pending(number, row, bundled=True) for row in _BUNDLE.decode(content)]
    if rows_until and bundles_until:
        found.sort(key=_place)
    return found


def _place(pending: Pending) -> int:
    return pending.id


def _ends(sizes: Iterable[Values], limit: int, most_bytes: int) -> tuple[int, int]:
    """Ids of the last row and of the last bundle of a piece; 0 where none of them is in it.

    Sizes are told without reading the values, so that these do not fill the memory.
    """
    ends = [0, 0]
    records = total = 0
    for number, count, size, bundled in sizes:
        records += count
        total += size
        if any(ends) and (total > most_bytes or records > limit):
            break
        ends[bundled] = number
    return ends[0], ends[1]


def depth(connection: Connection) -> int:
    """How many records wait; those in rows by the smallest and largest id: none is read.

    Rolled-back transactions leave gaps on PostgreSQL, so it is an upper bound there.
    """
    [(first, last, bundled)] = _DEPTH.rows(connection)
    return (0 if first is None else int(last - first + 1)) + int(bundled or 0)


def _headers(packed: bytes | None) -> Headers:
    if packed is None:
        return ()
    return msgspec.msgpack.decode(packed, type=Headers)


def remove(connection: Connection, taken: Iterable[Pending]) -> bool:
    """Forget records that Kafka has acknowledged, of a bundle all of them; tells if others wait."""
    rows: dict[int, None] = {}
    bundles: dict[int, None] = {}
    for item in taken:
        (bundles if item.bundled else rows)[item.id] = None
    if connection.dialect.name == "sqlite":
        _ROWS.remove(connection, "id", rows)
        _BUNDLES.remove(connection, "id", bundles)
    else:
        _REMOVE.each(connection, [(many(connection, rows), many(connection, bundles))])
    return bool(_WAIT.rows(connection)[0][0])
