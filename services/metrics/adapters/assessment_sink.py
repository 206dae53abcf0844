"""Where an assessment's results go, in SQL: few statements for many statuses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec
from sqlalchemy import Connection, delete

from services.metrics.adapters import forecast_rows, status_rows
from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.adapters.status_rows import StatusKey
from services.metrics.adapters.tables import BaseRow, DirtyRow
from services.metrics.domain.base import BaseRecord
from services.metrics.domain.keys import cell_range, unpack_cell
from services.metrics.domain.made_forecasts import MadeForecast
from services.metrics.ports import BaseKey, DirtyMark, ForecastKey, ForecastWish
from shared.events.period import Month
from shared.events.status import STATUS_TOPIC, Status
from shared.storage import upsert
from shared.storage.bulk import BulkTable
from shared.storage.outbox import OutboxRow, enqueue
from shared.storage.statements import Values
from shared.storage.tables import table_of

_MARKS = BulkTable(table_of(DirtyRow), ("id", "stamp"), ("id",))
_bases = table_of(BaseRow)
_encoder = msgspec.json.Encoder()


class SqlAssessmentSink:
    """`AssessmentSink` on a connection whose transaction the caller owns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, marks: Sequence[DirtyMark]) -> set[int]:
        """Units all of whose marks are still open; locks the marks, forgets those unchanged since.

        Of the others one is gone: another replica has assessed it from a newer view.
        """
        by_id = {cell_range(mark.unit, mark.indicator)[0]: mark for mark in marks}
        locked = "" if self._connection.dialect.name == "sqlite" else "ORDER BY id FOR UPDATE"
        still: dict[int, int] = dict(_MARKS.read(self._connection, "id", by_id, locked))
        claimed = {mark.unit for mark in marks} - {
            mark.unit for key, mark in by_id.items() if key not in still
        }
        done = [
            key
            for key, stamp in still.items()
            if stamp == by_id[key].stamp and unpack_cell(key).unit in claimed
        ]
        _MARKS.remove(self._connection, "id", done)
        return claimed

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
        by_key = {_key(status): status for status in statuses}
        wanted = (*status_rows.KEY, "version", "digest")
        stored = status_rows.read(self._connection, wanted, list(by_key))
        known = {tuple(key): (version, digest) for *key, version, digest in stored}
        rows: list[Values] = []
        outbox: list[OutboxRow] = []
        for key, status in sorted(by_key.items(), key=_by_unit):
            version, digest = known.get(key, (0, b""))
            new_digest = content_digest(status)
            if new_digest == digest:
                continue
            number = max(version + 1, fresh)
            body = _encoder.encode(_with_version(status, number))
            rows.append((*key, number, new_digest, body))
            outbox.append(OutboxRow(STATUS_TOPIC, status.key.encode(), body, (), status.unit))
        status_rows.write(self._connection, rows)
        enqueue(self._connection, outbox)
        return len(rows)


def content_digest(status: Status) -> bytes:
    """Hash of all that a status says, its version left out."""
    return blake2b(_encoder.encode(_with_version(status, 0)), digest_size=16).digest()


def _by_unit(item: tuple[StatusKey, Status]) -> str:
    return item[0][1]


def _key(status: Status) -> StatusKey:
    period = Month.parse(status.period).number
    return status.plan, status.unit, status.indicator, period


def _base_columns(record: BaseRecord) -> dict[str, object]:
    return {
        "value": record.value,
        "since": record.since.isoformat(),
        "frozen": int(record.frozen),
        "input_version": record.input_version,
    }


def _with_version(status: Status, version: int) -> Status:
    if status.version == version:
        return status
    return msgspec.structs.replace(status, version=version)
