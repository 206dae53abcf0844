"""Statements written out once, past SQLAlchemy: building each anew costs many times its answer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from shared.storage.bulk import Values
from shared.storage.driver import driver_cursor

__all__ = ["Statement", "Values"]


class Statement:
    """SQL that SQLite and PostgreSQL read alike, `?` where a value goes.

    Values are given and come as the driver has them: there are no types of columns here.
    """

    def __init__(self, text: str) -> None:
        self._texts = {"sqlite": text, "postgresql": text.replace("?", "%s")}

    def rows(self, connection: Connection, *values: Any) -> list[Values]:  # noqa: ANN401 - a driver's values
        """All rows of the answer."""
        with driver_cursor(connection) as cursor:
            cursor.execute(self._texts[connection.dialect.name], values)
            found: list[Values] = cursor.fetchall()
        return found

    def each(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Run it with the values of each row; returns how many rows of the table were changed."""
        if not rows:
            return 0
        with driver_cursor(connection) as cursor:
            cursor.executemany(self._texts[connection.dialect.name], rows)
            return int(cursor.rowcount)
