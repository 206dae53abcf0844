"""What an assessment reads, in SQL."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.metrics.adapters import forecast_rows
from services.metrics.adapters.fact_store import TOTAL_COLUMNS, SqlFactStore, cell_state
from services.metrics.adapters.positions import read_positions
from services.metrics.adapters.tables import SubjectToken
from services.metrics.domain.base import BaseRecord
from services.metrics.domain.comparison import Contribution
from services.metrics.domain.coverage import Membership
from services.metrics.domain.keys import (
    cell_range,
    fact_range,
    unit_range,
    unpack_cell,
    unpack_fact,
)
from services.metrics.domain.made_forecasts import StoredForecast
from services.metrics.domain.standing import Standing
from services.metrics.domain.totals import CellState
from services.metrics.ports import (
    BaseKey,
    DirtyMark,
    ForecastWish,
    ProjectReport,
    Report,
    UnitRecord,
)
from services.metrics.ports.positions import Positions
from shared.events.facts import ProjectState
from shared.events.period import Month
from shared.events.status import Status
from shared.storage.bulk import BulkTable
from shared.storage.statements import Statement
from shared.storage.tables import table_of

_SUBJECTS = BulkTable(table_of(SubjectToken), ("id", "name"), ())
_MARKS = Statement("SELECT id, earliest, stamp FROM metrics_dirty")
_UNITS = Statement("SELECT id, name, partition FROM metrics_unit")
_INDICATORS = Statement("SELECT id, name FROM metrics_indicator")
_CELLS = Statement(
    f"SELECT {', '.join(TOTAL_COLUMNS)} FROM metrics_total WHERE id >= ? AND id < ? ORDER BY id"  # noqa: S608 - names of our columns
)
_STANDING = Statement(
    "SELECT id, month, ytd, month_last_year, ytd_last_year, detail FROM metrics_fact "
    "WHERE id >= ? AND id < ? AND deleted = 0 ORDER BY id"
)
_BASE = Statement(
    "SELECT value, since, frozen, input_version FROM metrics_base "
    "WHERE plan = ? AND unit = ? AND indicator = ? AND year = ?"
)
_STATUS_BEFORE = Statement(
    "SELECT body FROM metrics_status WHERE plan = ? AND unit = ? AND indicator = ? AND period < ? "
    "ORDER BY period DESC LIMIT 1"
)

_EARLIEST, _LATEST = Month(1949, 1), Month(2100, 12)
_KEPT_SERIES = 2_000
"""Series of totals kept during one view; a series has one cell a month."""
_project = msgspec.json.Decoder(ProjectState)
_status = msgspec.json.Decoder(Status)


class SqlAssessmentSource:
    """`AssessmentSource` on a connection with a stable view: what was read once stays true."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cells: dict[tuple[int, int], dict[Month, CellState]] = {}
        self._forecasts: dict[tuple[str, str], dict[str, dict[Month, StoredForecast]]] = {}

    def positions(self) -> Positions:
        """How far the facts topic has been read."""
        return read_positions(self._connection)

    def standing(self, keys: Collection[int]) -> dict[int, Standing]:
        """Standing facts by packed key; absent where there is none."""
        return SqlFactStore(self._connection).standing(keys)

    def dirty(self) -> list[DirtyMark]:
        """All open marks."""
        return [_mark(*row) for row in _MARKS.rows(self._connection)]

    def units(self) -> dict[int, UnitRecord]:
        """Units by id."""
        rows = _UNITS.rows(self._connection)
        return {number: UnitRecord(name, partition) for number, name, partition in rows}

    def indicators(self) -> dict[int, str]:
        """Names of indicators by id."""
        return dict(_INDICATORS.rows(self._connection))

    def indicators_of(self, unit: int) -> set[int]:
        """Ids of the indicators that the unit has cells of; all its cells are read with them."""
        if len(self._cells) > _KEPT_SERIES:
            self._cells.clear()
        found = self._read_cells(*unit_range(unit))
        self._cells |= found
        return {indicator for _, indicator in found}

    def cells_of(self, unit: int, indicator: int) -> dict[Month, CellState]:
        """All periods of a unit's indicator."""
        key = (unit, indicator)
        if key not in self._cells:
            found = self._read_cells(*cell_range(unit, indicator))
            self._cells[key] = found.get(key, {})
        return self._cells[key]

    def _read_cells(self, first: int, end: int) -> dict[tuple[int, int], dict[Month, CellState]]:
        """Totals of a range of keys, by unit and indicator, oldest first."""
        found: dict[tuple[int, int], dict[Month, CellState]] = {}
        for row in _CELLS.rows(self._connection, first, end):
            unit, indicator, period = unpack_cell(row[0])
            found.setdefault((unit, indicator), {})[period] = cell_state(row[1:])
        return found

    def reports(self, unit: int, indicator: int, first: Month, last: Month) -> list[Report]:
        """Standing reports of a unit's indicator, both periods included."""
        return [
            Report(period, subject, contribution)
            for period, subject, contribution, _ in self._rows(unit, indicator, first, last)
        ]

    def projects(self, unit: int, indicator: int, first: Month, last: Month) -> list[ProjectReport]:
        """Standing investment reports of a unit; `indicator` is the id of investment."""
        return [
            ProjectReport(period, subject, contribution, _project.decode(d) if d else None)
            for period, subject, contribution, d in self._rows(unit, indicator, first, last)
        ]

    def memberships(self, unit: int, indicator: int) -> list[Membership]:
        """All standing membership facts of a unit; `indicator` is the id of memberships."""
        lists: dict[str, frozenset[str]] = {}  # a thousand subjects share a handful of lists
        found = []
        for period, subject, _, detail in self._rows(unit, indicator, _EARLIEST, _LATEST):
            text = detail or ""
            if text not in lists:
                lists[text] = frozenset(text.split())
            found.append(Membership(subject, period, lists[text]))
        return found

    def _rows(
        self, unit: int, indicator: int, first: Month, last: Month
    ) -> list[tuple[Month, int, Contribution, str | None]]:
        periods: dict[int, Month] = {}
        found = []
        for row in self._standing(*fact_range(unit, indicator, first, last)):
            cell, subject = unpack_fact(row[0])
            period = periods.get(cell)
            if period is None:
                period = periods[cell] = unpack_cell(cell).period
            found.append((period, subject, Contribution(*row[1:5]), row[5]))
        return found

    def _standing(self, low: int, end: int) -> Iterable[Any]:
        """Facts that count, by key: (key, four amounts, detail)."""
        return _STANDING.rows(self._connection, low, end)

    def tokens(self, subjects: Collection[int]) -> dict[int, str]:
        """Tokens of subjects by id."""
        return dict(_SUBJECTS.read(self._connection, "id", subjects))

    def base(self, key: BaseKey) -> BaseRecord | None:
        """Stored base, if any."""
        for value, since, frozen, version in _BASE.rows(self._connection, *key):
            return BaseRecord(value, datetime.fromisoformat(since), bool(frozen), version)
        return None

    def forecasts(self, plan: str, unit: str, indicator: str) -> dict[Month, StoredForecast]:
        """Forecasts that are wanted or made, by period."""
        key = (plan, unit)
        if key not in self._forecasts:
            if len(self._forecasts) > _KEPT_SERIES:
                self._forecasts.clear()
            self._forecasts[key] = forecast_rows.read(self._connection, plan, unit)
        return self._forecasts[key].get(indicator, {})

    def open_wishes(self) -> list[ForecastWish]:
        """Forecasts that are wanted and not made, newest period first."""
        return forecast_rows.open_wishes(self._connection)

    def status_before(self, plan: str, unit: str, indicator: str, period: Month) -> Status | None:
        """The stored status of the newest period before this one."""
        for (body,) in _STATUS_BEFORE.rows(self._connection, plan, unit, indicator, period.number):
            return _status.decode(body)
        return None


def _mark(key: int, earliest: int, stamp: int) -> DirtyMark:
    cell = unpack_cell(key)
    return DirtyMark(cell.unit, cell.indicator, Month.from_number(earliest), stamp)
