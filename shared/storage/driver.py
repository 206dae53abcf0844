"""The driver's own cursor, past SQLAlchemy's work for every row."""

from typing import Any, NoReturn

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


class driver_cursor:  # noqa: N801 - used like a function, and a generator would cost twice as much
    """The driver's own cursor, inside the transaction of the connection.

    PostgreSQL's brings values in binary form: numbers are not spelled, nor bytes twice as long.

    Its errors are raised as SQLAlchemy's, and a lost connection is thrown away, as with statements
    that go through SQLAlchemy.
    """

    __slots__ = ("_connection", "_cursor")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Any:  # noqa: ANN401 - a driver's
        if not self._connection.in_transaction():
            self._connection.begin()  # or its commit would see nothing to commit
        held = self._connection.connection
        binary = {} if self._connection.dialect.name == "sqlite" else {"binary": True}
        self._cursor = held.cursor(**binary)
        return self._cursor

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        try:
            if error and isinstance(error, self._connection.dialect.loaded_dbapi.Error):
                self._raise(error)
        finally:
            self._cursor.close()

    def _raise(self, error: Exception) -> NoReturn:
        connection = self._connection
        base: type[Exception] = connection.dialect.loaded_dbapi.Error
        held = connection.connection.driver_connection
        lost = connection.dialect.is_disconnect(error, held, self._cursor)  # type: ignore[arg-type]  # a driver's own
        raised = DBAPIError.instance(
            None, None, error, base, connection_invalidated=lost, dialect=connection.dialect
        )
        if lost:
            connection.invalidate(error)
        raise raised from error
