"""Says what is wrong with the configuration, instead of where in the code it was noticed."""

import sqlite3

from psycopg import errors
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from services.alerts.adapters.rules_file import RulesError
from services.alerts.adapters.wording import WordingError
from shared.configuration import SettingsError
from shared.plans import PlanError
from shared.storage.migrations import WrongSchemaError

_OF_FILES_AND_SETTINGS = (PlanError, RulesError, SettingsError, WordingError, WrongSchemaError)
"""Their messages name what is wrong and the remedy."""
_DAMAGED = (
    "is damaged",
    "restore a backup with `clusterwatch restore FOLDER --force` (docs/operations/backup.md)",
)
_AWAY = "cannot be reached", "start it, or correct host, port, user, password or name"
_IN_USE = (
    "has a table that is in use for long, perhaps by a backup",
    "nothing was changed: start again afterwards",
)
_FORBIDDEN = (
    "does not allow this",
    "give its role the rights that docs/operations/postgresql.md names",
)
_SQLITE = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "let us read and write the file and its folder"),
    sqlite3.SQLITE_READONLY: ("cannot be changed", "let us write the file and its folder"),
    sqlite3.SQLITE_FULL: ("finds no room", "make room on its disk"),
}
_PRIMARY = 0xFF
"""The part of SQLite's extended codes that says what kind of error it is."""


def explain(error: Exception) -> str | None:
    """What the operator has to change; None when the error is not about what is configured."""
    if isinstance(error, ValidationError):
        return "\n".join(
            f"{_setting(item['loc'])}{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_url=False)
        )
    if isinstance(error, _OF_FILES_AND_SETTINGS):
        return str(error)
    if isinstance(error, DBAPIError) and (trouble := _trouble(error)) is not None:
        of = next(iter(getattr(error, "__notes__", ())), "a database")
        what, remedy = trouble
        return f"{of} {what}: {str(error.orig).partition(chr(10))[0]}; {remedy}"
    return None


def _trouble(error: DBAPIError) -> tuple[str, str] | None:
    """What a database suffers from and the remedy; None where the statement is wrong."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & _PRIMARY)
    if isinstance(cause, errors.InsufficientPrivilege):
        return _FORBIDDEN
    if isinstance(cause, errors.LockNotAvailable):
        return _IN_USE
    had_none = error.statement is None and isinstance(error, (OperationalError, ProgrammingError))
    return _AWAY if had_none or error.connection_invalidated else None


def _setting(place: tuple[int | str, ...]) -> str:
    if not place:
        return ""  # the message of a rule about several settings names them
    name = str(place[0]).upper()
    return f"{name if name.startswith('CLUSTERWATCH_') else f'CLUSTERWATCH_{name}'}: "
