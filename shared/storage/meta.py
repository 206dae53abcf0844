"""Single facts about a database itself, by name."""

from sqlalchemy import Connection

from shared.storage.sql import upsert
from shared.storage.statements import Statement
from shared.storage.tables import Meta, table_of

_meta = table_of(Meta)
_READ = Statement("SELECT value FROM meta WHERE name = ?")
_LOCK = Statement("SELECT value FROM meta WHERE name = ? FOR UPDATE")


def known(connection: Connection, name: str, *, lock: bool = False) -> str | None:
    """One fact; None while it is not known. `lock` keeps it until the transaction ends."""
    statement = _LOCK if lock and connection.dialect.name == "postgresql" else _READ
    found = statement.rows(connection, name)
    return found[0][0] if found else None


def remember(connection: Connection, name: str, value: str) -> None:
    """Add or replace one fact."""
    upsert(connection, _meta, [{"name": name, "value": value}], ("name",), ("value",))
