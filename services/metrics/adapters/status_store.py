"""Stored statuses for readers: API, wall and the metrics page."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, func, select

from services.metrics.adapters import status_rows
from services.metrics.adapters.tables import StatusRow
from shared.events.period import Month
from shared.events.status import Status
from shared.storage import reading
from shared.storage.statements import Statement
from shared.storage.tables import table_of

_statuses = table_of(StatusRow)
_decoder = msgspec.json.Decoder(Status)
_KEYS_SINCE = Statement(
    "SELECT plan, unit, indicator, period, version FROM metrics_status WHERE version > ?"
)
_PARTITIONS = Statement("SELECT name, partition FROM metrics_unit")


class SqlStatusReader:
    """`StatusReader` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Status]:
        """Every stored status."""
        return self._read()

    def newest_periods(self, plan: str) -> dict[tuple[str, str], Month]:
        """Newest period of each (unit, indicator) that has a status."""
        c = _statuses.c
        wanted = select(c.unit, c.indicator, func.max(c.period)).where(c.plan == plan)
        rows = self._connection.execute(wanted.group_by(c.unit, c.indicator)).all()
        return {(row[0], row[1]): Month.from_number(row[2]) for row in rows}

    def of_periods(self, plan: str, indicator: str, periods: Iterable[Month]) -> list[Status]:
        """Statuses of all units in these periods; masking needs them together."""
        numbers = sorted({period.number for period in periods})
        c = _statuses.c
        return self._read(c.plan == plan, c.indicator == indicator, c.period.in_(numbers))

    def of_indicator(self, plan: str, indicator: str) -> list[Status]:
        """Statuses of all units and periods."""
        return self._read(_statuses.c.plan == plan, _statuses.c.indicator == indicator)

    def changed_since(self, version: int, known: Mapping[str, int]) -> Iterator[tuple[int, Status]]:
        """Statuses of greater versions, with these; not those whose version is `known` by key.

        Keys and versions come first, from the index; bodies only of what is not known.
        """
        fresh = [
            (plan, unit, indicator, period)
            for plan, unit, indicator, period, at in _KEYS_SINCE.rows(self._connection, version)
            if known.get(f"{plan}|{unit}|{indicator}|{Month.from_number(period)}", -1) < at
        ]
        for at, body in status_rows.read(self._connection, ("version", "body"), fresh):
            yield at, _decoder.decode(body)

    def change_mark(self) -> str:
        """Text that changes whenever a status does."""
        c = _statuses.c
        row = self._connection.execute(select(func.max(c.version), func.count())).one()
        return f"{row[0] or 0}-{row[1]}"

    def partitions(self) -> dict[str, int]:
        """Partition that each unit's facts come from."""
        return dict(_PARTITIONS.rows(self._connection))

    def _read(self, *conditions: ColumnElement[bool]) -> list[Status]:
        c = _statuses.c
        wanted = select(c.body).where(*conditions).order_by(c.period, c.unit)
        return [_decoder.decode(row.body) for row in self._connection.execute(wanted).all()]


class SqlStatusStore:
    """Opens readers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def reader(self) -> Iterator[SqlStatusReader]:
        """A reader with one view of the store."""
        with reading(self._engine) as connection:
            yield SqlStatusReader(connection)
