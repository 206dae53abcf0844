"""Stored statuses for readers: API, wall and the metrics page."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, func, select, tuple_

from services.metrics.adapters.tables import StatusRow, UnitName
from shared.events.period import Month
from shared.events.status import Status
from shared.storage import reading
from shared.storage.tables import table_of

_statuses, _units = table_of(StatusRow), table_of(UnitName)
_decoder = msgspec.json.Decoder(Status)
_PIECE = 100
"""Statuses read in one statement, by four values each."""


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
        c = _statuses.c
        columns = (c.plan, c.unit, c.indicator, c.period)
        rows = self._connection.execute(select(*columns, c.version).where(c.version > version))
        fresh = [
            tuple(row[:4])
            for row in rows.all()
            if known.get(f"{row[0]}|{row[1]}|{row[2]}|{Month.from_number(row[3])}", -1) < row[4]
        ]
        for start in range(0, len(fresh), _PIECE):
            piece = tuple_(*columns).in_(fresh[start : start + _PIECE])
            bodies = self._connection.execute(select(c.version, c.body).where(piece))
            for row in bodies.all():
                yield row.version, _decoder.decode(row.body)

    def change_mark(self) -> str:
        """Text that changes whenever a status does."""
        c = _statuses.c
        row = self._connection.execute(select(func.max(c.version), func.count())).one()
        return f"{row[0] or 0}-{row[1]}"

    def partitions(self) -> dict[str, int]:
        """Partition that each unit's facts come from."""
        rows = self._connection.execute(select(_units.c.name, _units.c.partition)).all()
        return {row.name: row.partition for row in rows}

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
