"""What is in a database: its schema revision, rows by table, and offsets."""

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, table

from clusterwatch.backup.manifest import BackupError, Contents, Position
from shared.storage.tables import ConsumerOffset, Meta, table_of

_offsets, _meta = table_of(ConsumerOffset), table_of(Meta)
_REVISION_TABLE = "alembic_version"


def contents(connection: Connection, schema: str | None) -> Contents:
    """Of a database that has been migrated; `schema` is PostgreSQL's. Raises `BackupError`."""
    context = MigrationContext.configure(connection)
    revision = context.get_current_revision()
    if revision is None:
        raise BackupError("the database has no schema yet: start the service once")
    rows = row_counts(connection, schema)
    return Contents(revision=revision, rows=rows, offsets=_positions(connection, rows))


def row_counts(connection: Connection, schema: str | None) -> dict[str, int]:
    """Number of rows by table; an absent schema has none."""
    names = inspect(connection).get_table_names(schema)
    return {
        name: connection.execute(
            select(func.count()).select_from(table(name, schema=schema))
        ).scalar_one()
        for name in sorted(names)
        if name != _REVISION_TABLE
    }


def data_rows(connection: Connection, schema: str | None) -> int:
    """Number of rows that somebody would miss: not what a new database says of itself."""
    counts = row_counts(connection, schema)
    return sum(number for name, number in counts.items() if name != _meta.name)


def _positions(connection: Connection, rows: dict[str, int]) -> tuple[Position, ...]:
    if _offsets.name not in rows:
        return ()
    c = _offsets.c
    query = select(c.cluster_id, c.topic, c.topic_id, c.partition, c.next_offset)
    found = connection.execute(query.order_by(c.topic, c.topic_id, c.partition)).mappings()
    return tuple(Position(**row) for row in found)
