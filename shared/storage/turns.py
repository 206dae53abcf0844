"""Work that one replica does while the others need not."""

import zlib

from sqlalchemy import Connection, text

_TURN = text("select pg_try_advisory_xact_lock(:space, :number)")
_SPACE = 4_713_002
"""Of advisory locks, beside that of migrations."""


def is_our_turn(connection: Connection, what: str) -> bool:
    """Whether no other replica does this now; nobody else will until the transaction ends.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name != "postgresql":
        return True
    number = zlib.crc32(what.encode()) - 2**31
    return bool(connection.execute(_TURN, {"space": _SPACE, "number": number}).scalar_one())
