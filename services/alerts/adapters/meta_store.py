"""Single facts about the store itself."""

from sqlalchemy import Connection, select

from shared.storage import upsert
from shared.storage.tables import Meta, table_of

_meta = table_of(Meta)

MODE = "mode"
LAST_STATUS = "last_status_ms"


def fact(connection: Connection, name: str) -> str | None:
    """One fact; null while it is not known."""
    query = select(_meta.c.value).where(_meta.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def remember(connection: Connection, name: str, value: str) -> None:
    """Add or replace one fact."""
    upsert(connection, _meta, [{"name": name, "value": value}], ("name",), ("value",))
