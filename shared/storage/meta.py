"""Single facts about a database itself, by name."""

from sqlalchemy import Connection, select

from shared.storage.sql import upsert
from shared.storage.tables import Meta, table_of

_meta = table_of(Meta)


def known(connection: Connection, name: str, *, lock: bool = False) -> str | None:
    """One fact; None while it is not known. `lock` keeps it until the transaction ends."""
    wanted = select(_meta.c.value).where(_meta.c.name == name)
    return connection.execute(wanted.with_for_update() if lock else wanted).scalar_one_or_none()


def remember(connection: Connection, name: str, value: str) -> None:
    """Add or replace one fact."""
    upsert(connection, _meta, [{"name": name, "value": value}], ("name",), ("value",))
