"""Rows of stored statuses by their key, on the caller's connection."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from services.metrics.adapters.tables import StatusRow
from shared.storage.bulk import BulkTable
from shared.storage.statements import Statement, Values
from shared.storage.tables import table_of

StatusKey = tuple[str, str, str, int]
"""Plan, unit, indicator, month number."""

KEY = ("plan", "unit", "indicator", "period")
_STATUSES = BulkTable(table_of(StatusRow), (*KEY, "version", "digest", "body"), KEY)
_PIECE = 100
"""Statuses read in one statement, by four values each."""


def read(
    connection: Connection, columns: Sequence[str], keys: Sequence[StatusKey]
) -> Iterator[Values]:
    """Columns of the statuses that there are of these keys, in any order."""
    for start in range(0, len(keys), _PIECE):
        piece = keys[start : start + _PIECE]
        places = ", ".join(["(?, ?, ?, ?)"] * len(piece))
        wanted = Statement(
            f"SELECT {', '.join(columns)} FROM metrics_status "  # noqa: S608 - names of our columns
            f"WHERE ({', '.join(KEY)}) IN (VALUES {places})"
        )
        yield from wanted.rows(connection, *(part for key in piece for part in key))


def write(connection: Connection, rows: Sequence[Values]) -> None:
    """Add or replace statuses: key, version, digest and body of each."""
    _STATUSES.write(connection, rows)
