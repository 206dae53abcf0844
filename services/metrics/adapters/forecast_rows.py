"""Rows of wanted and made forecasts, on the caller's connection."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from services.metrics.adapters.tables import ForecastRow
from services.metrics.domain.forecast import ForecastRequest, ForecastResult
from services.metrics.domain.made_forecasts import MadeForecast, StoredForecast
from services.metrics.ports import ForecastKey, ForecastWish
from shared.events.period import Month
from shared.storage import upsert
from shared.storage.statements import Statement
from shared.storage.tables import table_of

_forecasts = table_of(ForecastRow)
_c = _forecasts.c
_KEYS = ("plan", "unit", "indicator", "period")
_WISH = ("wanted", "request", "wanted_version", "wanted_at", "asked_at")

_OF_UNIT = Statement(
    "SELECT indicator, period, wanted, asked_at, made, made_version, result FROM metrics_forecast "
    "WHERE plan = ? AND unit = ?"
)

_encoder = msgspec.json.Encoder()
_request = msgspec.json.Decoder(ForecastRequest)
_result = msgspec.json.Decoder(ForecastResult | None)


def read(connection: Connection, plan: str, unit: str) -> dict[str, dict[Month, StoredForecast]]:
    """Forecasts of a plan's unit by indicator and period."""
    found: dict[str, dict[Month, StoredForecast]] = {}
    for indicator, period, wanted, asked_at, *made in _OF_UNIT.rows(connection, plan, unit):
        stored = StoredForecast(wanted, datetime.fromisoformat(asked_at), _made(*made))
        found.setdefault(indicator, {})[Month.from_number(period)] = stored
    return found


def open_wishes(connection: Connection) -> list[ForecastWish]:
    """Those that are not made yet, newest period first."""
    waits = or_(_c.made.is_(None), _c.made != _c.wanted)
    ordered = select(_forecasts).where(waits).order_by(_c.period.desc(), _c.plan, _c.unit)
    return [
        ForecastWish(
            ForecastKey(row.plan, row.unit, row.indicator, Month.from_number(row.period)),
            row.wanted,
            _request.decode(row.request),
            row.wanted_version,
            datetime.fromisoformat(row.wanted_at),
            datetime.fromisoformat(row.asked_at),
        )
        for row in connection.execute(ordered).all()
    ]


def want(connection: Connection, wishes: Sequence[ForecastWish]) -> None:
    """Ask for forecasts; what was made for earlier inputs stays until a new one is there."""
    rows = [
        {
            **_key(wish.key),
            "wanted": wish.digest,
            "request": _encoder.encode(wish.request),
            "wanted_version": wish.input_version,
            "wanted_at": wish.wanted_at.isoformat(),
            "asked_at": wish.asked_at.isoformat(),
        }
        for wish in wishes
    ]
    upsert(connection, _forecasts, rows, _KEYS, _WISH)


def drop(connection: Connection, keys: Sequence[ForecastKey]) -> None:
    """Forget forecasts."""
    for key in keys:
        connection.execute(delete(_forecasts).where(*_same(key)))


def save(connection: Connection, key: ForecastKey, made: MadeForecast) -> bool:
    """Keep a forecast; False when it was dropped meanwhile."""
    values = {
        "made": made.digest,
        "made_version": made.input_version,
        "result": _encoder.encode(made.result),
    }
    return connection.execute(update(_forecasts).where(*_same(key)).values(values)).rowcount > 0


def _made(digest: bytes | None, version: int | None, result: bytes | None) -> MadeForecast | None:
    if digest is None or version is None or result is None:
        return None
    return MadeForecast(digest, version, _result.decode(result))


def _key(key: ForecastKey) -> dict[str, object]:
    return dict(zip(_KEYS, (*key[:3], key.period.number), strict=True))


def _same(key: ForecastKey) -> list[ColumnElement[bool]]:
    return [_c[name] == part for name, part in _key(key).items()]
