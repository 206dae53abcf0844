"""The store as it was known at a moment of the past: facts by the broker time behind them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select

from services.metrics.adapters.assessment_source import SqlAssessmentSource
from services.metrics.adapters.fact_store import FACT_COLUMNS
from services.metrics.adapters.status_store import SqlStatusReader
from services.metrics.adapters.tables import FactRow, FactVersionRow
from services.metrics.domain.base import BaseRecord
from services.metrics.domain.keys import fact_range, unpack_cell, unpack_fact
from services.metrics.domain.made_forecasts import StoredForecast
from services.metrics.domain.standing import Standing
from services.metrics.domain.totals import NO_TOTALS, CellState, totals_of
from services.metrics.ports import BaseKey
from shared.clock import from_milliseconds
from shared.events.period import Month
from shared.events.status import Status
from shared.storage import reading
from shared.storage.tables import table_of

_facts, _versions = table_of(FactRow), table_of(FactVersionRow)
_EARLIEST, _LATEST = Month(1949, 1), Month(2100, 12)


@contextmanager
def open_past(
    engine: Engine, moment: datetime
) -> Iterator[tuple["SqlPastSource", SqlStatusReader]]:
    """One view of the store: as it was known at a moment, and as it is."""
    with reading(engine) as connection:
        yield SqlPastSource(connection, moment), SqlStatusReader(connection)


class SqlPastSource(SqlAssessmentSource):
    """`AssessmentSource` of what had reached the broker by a moment.

    Of each fact the greatest version known then counts, so a report that was corrected later is
    there with its old figures. There are no forecasts of the past; a base counts as frozen from
    the moment it was.
    """

    def __init__(self, connection: Connection, until: datetime) -> None:
        super().__init__(connection)
        self._until = until
        self._until_ms = int(until.timestamp() * 1000)

    def newest_period(self, unit: int, indicator: int) -> Month | None:
        """Newest period of which anything was known."""
        low, end = fact_range(unit, indicator, _EARLIEST, _LATEST)
        found = [
            self._connection.execute(
                select(func.max(table.c.id)).where(
                    table.c.id >= low, table.c.id < end, table.c.as_of <= self._until_ms
                )
            ).scalar()
            for table in (_facts, _versions)
        ]
        newest = max((key for key in found if key is not None), default=None)
        return None if newest is None else unpack_cell(unpack_fact(newest)[0]).period

    def cells_of(self, unit: int, indicator: int) -> dict[Month, CellState]:
        """All periods of a unit's indicator, added up from the facts known then."""
        found: dict[Month, CellState] = {}
        for key, fact in self._known(*fact_range(unit, indicator, _EARLIEST, _LATEST)):
            period = unpack_cell(unpack_fact(key)[0]).period
            state = found.get(period, CellState(NO_TOTALS, "", 0))
            as_of = from_milliseconds(fact.as_of).isoformat(timespec="milliseconds")
            found[period] = CellState(
                state.totals.plus(totals_of(fact)),
                max(state.as_of, as_of),
                max(state.input_version, fact.version),
            )
        return found

    def _standing(self, low: int, end: int) -> Iterable[Any]:
        return [
            (key, fact.month, fact.ytd, fact.month_last_year, fact.ytd_last_year, fact.detail)
            for key, fact in self._known(low, end)
            if not fact.deleted
        ]

    def _known(self, low: int, end: int) -> Iterator[tuple[int, Standing]]:
        """Facts by key, each in the greatest version known then."""
        newest: dict[int, Standing] = {}
        for key, fact in chain(self._rows_of(_versions, low, end), self._rows_of(_facts, low, end)):
            if key not in newest or fact.version > newest[key].version:
                newest[key] = fact
        return iter(sorted(newest.items()))

    def _rows_of(self, table: Table, low: int, end: int) -> Iterator[tuple[int, Standing]]:
        columns = [table.c[name] for name in FACT_COLUMNS]
        wanted = select(*columns).where(
            table.c.id >= low, table.c.id < end, table.c.as_of <= self._until_ms
        )
        for row in self._connection.execute(wanted):
            yield row[0], Standing._make(row)

    def base(self, key: BaseKey) -> BaseRecord | None:
        """The base that was frozen by then, if any."""
        record = super().base(key)
        return record if record is not None and record.since <= self._until else None

    def forecasts(self, plan: str, unit: str, indicator: str) -> dict[Month, StoredForecast]:
        """None: forecasts are not kept."""
        del plan, unit, indicator
        return {}

    def status_before(self, plan: str, unit: str, indicator: str, period: Month) -> Status | None:
        """None: statuses of the past are made anew."""
        del plan, unit, indicator, period
        return None
