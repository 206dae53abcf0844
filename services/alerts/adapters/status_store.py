"""Statuses in SQL: the standing one of each series and period, and series that wait."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from services.alerts.adapters.codec import read_status, to_ms
from services.alerts.adapters.tables import StatusRow, WaitingSeriesRow
from services.alerts.domain.alert import SeriesKey
from shared.events.period import Month
from shared.events.status import Status
from shared.storage import meta, select_in, upsert
from shared.storage.tables import table_of

LAST_STATUS = "last_status_ms"
"""Name of the fact when the last status came, in milliseconds since 1970."""

_statuses = table_of(StatusRow)
_waiting = table_of(WaitingSeriesRow)


class SqlStatuses:
    """Statuses on one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def versions(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Standing versions by record key; unknown keys are absent."""
        columns = (
            _statuses.c.plan,
            _statuses.c.unit,
            _statuses.c.indicator,
            _statuses.c.period,
            _statuses.c.version,
        )
        wanted = set(keys)
        units = {key.split("|")[1] for key in wanted}
        found = {
            f"{plan}|{unit}|{indicator}|{Month.from_number(period)}": version
            for plan, unit, indicator, period, version in select_in(
                self._connection, columns, _statuses.c.unit, units
            )
        }
        return {key: found[key] for key in wanted & found.keys()}

    def put_statuses(self, statuses: Sequence[tuple[Status, bytes]], now: datetime) -> None:
        """Store standing statuses with their JSON."""
        rows = [
            {
                "plan": status.plan,
                "unit": status.unit,
                "indicator": status.indicator,
                "period": Month.parse(status.period).number,
                "version": status.version,
                "payload": payload,
                "stored_ms": to_ms(now),
            }
            for status, payload in statuses
        ]
        keys = ("plan", "unit", "indicator", "period")
        upsert(self._connection, _statuses, rows, keys, ("version", "payload", "stored_ms"))
        meta.remember(self._connection, LAST_STATUS, str(to_ms(now)))

    def series_of(self, keys: Iterable[SeriesKey]) -> Mapping[SeriesKey, tuple[Status, ...]]:
        """Standing statuses of some series, by period; a series without any has none."""
        wanted = dict.fromkeys(keys)
        c = _statuses.c
        columns = (c.plan, c.unit, c.indicator, c.period, c.payload)
        rows = select_in(
            self._connection,
            columns,
            c.unit,
            (key.unit for key in wanted),
            c.indicator.in_(sorted({key.indicator for key in wanted})),
        )
        found: dict[SeriesKey, list[Any]] = {key: [] for key in wanted}
        for row in rows:
            of_series = found.get(SeriesKey(row.plan, row.unit, row.indicator))
            if of_series is not None:
                of_series.append(row)
        return {
            key: tuple(read_status(row.payload) for row in sorted(rows, key=lambda r: r.period))
            for key, rows in found.items()
        }

    def changed_since(self, mark: int, known: Mapping[str, int]) -> Iterator[tuple[int, Status]]:
        """Statuses stored after `mark` (milliseconds), with the time of each.

        Not those whose version by key is `known`.
        """
        c = _statuses.c
        query = select(c.plan, c.unit, c.indicator, c.period, c.version, c.payload, c.stored_ms)
        for row in self._connection.execute(query.where(c.stored_ms > mark)):
            key = f"{row.plan}|{row.unit}|{row.indicator}|{Month.from_number(row.period)}"
            if known.get(key, -1) < row.version:
                yield row.stored_ms, read_status(row.payload)

    def series_keys(self) -> tuple[SeriesKey, ...]:
        """All series that have a status."""
        columns = (_statuses.c.plan, _statuses.c.unit, _statuses.c.indicator)
        query = select(*columns).distinct().order_by(*columns)
        return tuple(SeriesKey(*row) for row in self._connection.execute(query))

    def put_waiting(self, keys: Sequence[SeriesKey]) -> None:
        """Remember series that are to be evaluated once the backlog is read."""
        rows = [{"plan": k.plan, "unit": k.unit, "indicator": k.indicator} for k in keys]
        upsert(self._connection, _waiting, rows, ("plan", "unit", "indicator"), ())

    def take_waiting(self, limit: int) -> tuple[SeriesKey, ...]:
        """So many of the series that wait to be evaluated; they wait no longer."""
        columns = (_waiting.c.plan, _waiting.c.unit, _waiting.c.indicator)
        query = select(*columns).order_by(*columns).limit(limit)
        keys = tuple(SeriesKey(*row) for row in self._connection.execute(query))
        if keys:
            same = (column == bindparam(f"the_{column.name}") for column in columns)
            rows = [
                {"the_plan": key.plan, "the_unit": key.unit, "the_indicator": key.indicator}
                for key in keys
            ]
            self._connection.execute(delete(_waiting).where(*same), rows)
        return keys
