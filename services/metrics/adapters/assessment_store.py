"""What an assessment reads, and where its results go, in SQL."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, select

from services.metrics.adapters import forecast_rows
from services.metrics.adapters.fact_store import TOTAL_COLUMNS, SqlFactStore, cell_state
from services.metrics.adapters.tables import (
    BaseRow,
    DirtyRow,
    FactRow,
    IndicatorName,
    StatusRow,
    SubjectToken,
    TotalRow,
    UnitName,
)
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
from services.metrics.domain.made_forecasts import MadeForecast, StoredForecast
from services.metrics.domain.totals import CellState
from services.metrics.ports import (
    BaseKey,
    DirtyMark,
    ForecastKey,
    ForecastWish,
    ProjectReport,
    Report,
    UnitRecord,
)
from shared.events.facts import ProjectState
from shared.events.period import Month
from shared.events.status import STATUS_TOPIC, Status
from shared.storage import select_in, upsert, writing
from shared.storage.outbox import OutboxRow, enqueue
from shared.storage.tables import table_of

_units, _subjects = table_of(UnitName), table_of(SubjectToken)
_indicators = table_of(IndicatorName)
_facts, _totals, _dirty = table_of(FactRow), table_of(TotalRow), table_of(DirtyRow)
_bases, _statuses = table_of(BaseRow), table_of(StatusRow)

_EARLIEST, _LATEST = Month(1949, 1), Month(2100, 12)
_project = msgspec.json.Decoder(ProjectState)
_status = msgspec.json.Decoder(Status)
_encoder = msgspec.json.Encoder()


class SqlAssessmentSource:
    """`AssessmentSource` on a connection with a stable view."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def dirty(self) -> list[DirtyMark]:
        """All open marks."""
        return [_mark(row) for row in self._connection.execute(select(_dirty)).all()]

    def units(self) -> dict[int, UnitRecord]:
        """Units by id."""
        rows = self._connection.execute(select(_units)).all()
        return {row.id: UnitRecord(row.name, row.partition) for row in rows}

    def indicators(self) -> dict[int, str]:
        """Names of indicators by id."""
        rows = self._connection.execute(select(_indicators.c.id, _indicators.c.name)).all()
        return {row.id: row.name for row in rows}

    def indicators_of(self, unit: int) -> set[int]:
        """Ids of the indicators that the unit has cells of."""
        first, end = unit_range(unit)
        wanted = select(_totals.c.id).where(_totals.c.id >= first, _totals.c.id < end)
        return {unpack_cell(key).indicator for key in self._connection.execute(wanted).scalars()}

    def cells_of(self, unit: int, indicator: int) -> dict[Month, CellState]:
        """All periods of a unit's indicator."""
        first, end = cell_range(unit, indicator)
        columns = [_totals.c[name] for name in TOTAL_COLUMNS]
        wanted = select(*columns).where(_totals.c.id >= first, _totals.c.id < end)
        rows = self._connection.execute(wanted.order_by(_totals.c.id)).all()
        return {unpack_cell(row[0]).period: cell_state(row[1:]) for row in rows}

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
        return [
            Membership(subject, period, frozenset((detail or "").split()))
            for period, subject, _, detail in self._rows(unit, indicator, _EARLIEST, _LATEST)
        ]

    def _rows(
        self, unit: int, indicator: int, first: Month, last: Month
    ) -> list[tuple[Month, int, Contribution, str | None]]:
        periods: dict[int, Month] = {}
        found = []
        for key, *amounts, detail in self._standing(*fact_range(unit, indicator, first, last)):
            cell, subject = unpack_fact(key)
            period = periods.get(cell)
            if period is None:
                period = periods[cell] = unpack_cell(cell).period
            found.append((period, subject, Contribution(*amounts), detail))
        return found

    def _standing(self, low: int, end: int) -> Iterable[tuple[Any, ...]]:
        """Facts that count, by key: (key, four amounts, detail)."""
        c = _facts.c
        wanted = select(c.id, c.month, c.ytd, c.month_last_year, c.ytd_last_year, c.detail).where(
            c.id >= low, c.id < end, c.deleted == 0
        )
        return [tuple(row) for row in self._connection.execute(wanted.order_by(c.id)).all()]

    def tokens(self, subjects: Collection[int]) -> dict[int, str]:
        """Tokens of subjects by id."""
        columns = [_subjects.c.id, _subjects.c.name]
        rows = select_in(self._connection, columns, _subjects.c.id, subjects)
        return {row.id: row.name for row in rows}

    def base(self, key: BaseKey) -> BaseRecord | None:
        """Stored base, if any."""
        plan, unit, indicator, year = key
        c = _bases.c
        row = self._connection.execute(
            select(c.value, c.since, c.frozen, c.input_version).where(
                c.plan == plan, c.unit == unit, c.indicator == indicator, c.year == year
            )
        ).one_or_none()
        if row is None:
            return None
        since = datetime.fromisoformat(row.since)
        return BaseRecord(row.value, since, bool(row.frozen), row.input_version)

    def forecasts(self, plan: str, unit: str, indicator: str) -> dict[Month, StoredForecast]:
        """Forecasts that are wanted or made, by period."""
        return forecast_rows.read(self._connection, plan, unit, indicator)

    def open_wishes(self) -> list[ForecastWish]:
        """Forecasts that are wanted and not made, newest period first."""
        return forecast_rows.open_wishes(self._connection)

    def status_before(self, plan: str, unit: str, indicator: str, period: Month) -> Status | None:
        """The stored status of the newest period before this one."""
        c = _statuses.c
        same = (c.plan == plan, c.unit == unit, c.indicator == indicator)
        wanted = select(c.body).where(*same, c.period < period.number)
        row = self._connection.execute(wanted.order_by(c.period.desc()).limit(1)).one_or_none()
        return None if row is None else _status.decode(row.body)


class SqlAssessmentSink:
    """`AssessmentSink` on a connection whose transaction the caller owns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, marks: Sequence[DirtyMark]) -> bool:
        """Whether all marks are still open; locks them and forgets those unchanged since.

        False when one is gone: another replica has assessed it from a newer view.
        """
        by_id = {cell_range(mark.unit, mark.indicator)[0]: mark for mark in marks}
        wanted = select(_dirty).where(_dirty.c.id.in_(list(by_id))).order_by(_dirty.c.id)
        still = self._connection.execute(wanted.with_for_update()).all()
        if len(still) < len(by_id):
            return False
        done = [row.id for row in still if row.stamp == by_id[row.id].stamp]
        self._connection.execute(delete(_dirty).where(_dirty.c.id.in_(done)))
        return True

    def mark_dirty(self, marks: Sequence[DirtyMark]) -> None:
        """Ask for further assessments."""
        SqlFactStore(self._connection).mark_dirty(marks)

    def save_bases(self, bases: Mapping[BaseKey, BaseRecord | None]) -> None:
        """Store bases; None forgets one that was not frozen."""
        keys = ("plan", "unit", "indicator", "year")
        rows = []
        for key, record in sorted(bases.items()):
            if record is None:
                same = (_bases.c[name] == part for name, part in zip(keys, key, strict=True))
                self._connection.execute(delete(_bases).where(*same, _bases.c.frozen == 0))
            else:
                rows.append(dict(zip(keys, key, strict=True)) | _base_columns(record))
        upsert(self._connection, _bases, rows, keys, ("value", "since", "frozen", "input_version"))

    def want_forecasts(
        self, wishes: Sequence[ForecastWish], dropped: Sequence[ForecastKey]
    ) -> None:
        """Ask for forecasts, and forget those that no status wants any more."""
        forecast_rows.want(self._connection, wishes)
        forecast_rows.drop(self._connection, dropped)

    def save_forecast(self, key: ForecastKey, made: MadeForecast) -> bool:
        """Keep a forecast; False when no status wants one any more."""
        return forecast_rows.save(self._connection, key, made)

    def publish(self, statuses: Sequence[Status], now: datetime) -> int:
        """Store and queue the statuses that differ from the stored ones; returns how many."""
        fresh = int(now.timestamp() * 1_000_000)
        changed: list[tuple[Status, bytes]] = []
        for unit, of_unit in groupby(sorted(statuses, key=_unit), key=_unit):
            known = self._known(unit)
            for status in of_unit:
                version, digest = known.get(status.key, (0, b""))
                new_digest = content_digest(status)
                if new_digest != digest:
                    number = max(version + 1, fresh)
                    changed.append((_with_version(status, number), new_digest))
        rows = [_row(status, digest) for status, digest in changed]
        keys = ("plan", "unit", "indicator", "period")
        upsert(self._connection, _statuses, rows, keys, ("version", "digest", "body"))
        enqueue(
            self._connection,
            [
                OutboxRow(STATUS_TOPIC, s.key.encode(), _encoder.encode(s), (), s.unit)
                for s, _ in changed
            ],
        )
        return len(changed)

    def _known(self, unit: str) -> dict[str, tuple[int, bytes]]:
        c = _statuses.c
        wanted = select(c.plan, c.indicator, c.period, c.version, c.digest).where(c.unit == unit)
        return {
            f"{row.plan}|{unit}|{row.indicator}|{Month.from_number(row.period)}": (
                row.version,
                row.digest,
            )
            for row in self._connection.execute(wanted).all()
        }


def _unit(status: Status) -> str:
    return status.unit


def content_digest(status: Status) -> bytes:
    """Hash of all that a status says, its version left out."""
    return blake2b(_encoder.encode(_with_version(status, 0)), digest_size=16).digest()


def _base_columns(record: BaseRecord) -> dict[str, object]:
    return {
        "value": record.value,
        "since": record.since.isoformat(),
        "frozen": int(record.frozen),
        "input_version": record.input_version,
    }


def _with_version(status: Status, version: int) -> Status:
    return msgspec.structs.replace(status, version=version)


def _row(status: Status, digest: bytes) -> dict[str, object]:
    return {
        "plan": status.plan,
        "unit": status.unit,
        "indicator": status.indicator,
        "period": Month.parse(status.period).number,
        "version": status.version,
        "digest": digest,
        "body": _encoder.encode(status),
    }


def _mark(row: Row[Any]) -> DirtyMark:
    cell = unpack_cell(row.id)
    return DirtyMark(cell.unit, cell.indicator, Month.from_number(row.earliest), row.stamp)


class SqlAssessmentStore:
    """`AssessmentStore` on an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def view(self) -> Iterator[SqlAssessmentSource]:
        """A stable view: one snapshot of the database on either engine."""
        options = {}
        if self._engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ"}
        with (
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield SqlAssessmentSource(connection)

    @contextmanager
    def transaction(self) -> Iterator[SqlAssessmentSink]:
        """A write transaction; an exception rolls it back."""
        with writing(self._engine) as connection:
            yield SqlAssessmentSink(connection)
