"""Statements written out once: an assessment asks hundreds, and building each took most of it."""

from typing import Any

from sqlalchemy import Connection

from shared.storage.bulk import driver_cursor

Values = tuple[Any, ...]


class Statement:
    """SQL that SQLite and PostgreSQL read alike, `?` where a value goes."""

    def __init__(self, text: str) -> None:
        self._texts = {"sqlite": text, "postgresql": text.replace("?", "%s")}

    def rows(self, connection: Connection, *values: int | str) -> list[Values]:
        """All rows, as the driver makes them."""
        with driver_cursor(connection) as cursor:
            cursor.execute(self._texts[connection.dialect.name], values)
            found: list[Values] = cursor.fetchall()
        return found
