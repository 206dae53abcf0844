"""What the wall's ticker says: firing alerts of a plan, worst first."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from services.metrics.ports import AlertsNotRead, AlertSource
from shared.clock import Clock

_log = structlog.get_logger(__name__)

KEEP = timedelta(seconds=5)
"""Alerts are asked for no more often than this, however many walls are watching."""

_SEVERITY = {"red": 0, "orange": 1, "yellow": 2, "off_track": 2, "blue": 3}
_MASKED = "yellow"  # the colour by which the wall shows `off_track`


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerItem:
    """A firing alert; of a confidential unit only that it is off track."""

    cluster: str
    name: str
    region: str
    colour: str
    rule: str | None
    reason: str | None
    period: str | None
    starts_at: str
    acknowledged_by: str | None
    suppressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """`off`: no alerts service is named; `unreachable`: the items are those of `as_of`."""

    state: Literal["ok", "unreachable", "off"]
    as_of: str | None
    items: list[TickerItem]


class ReadTicker:
    """The ticker of each plan, kept for a few seconds."""

    def __init__(self, source: AlertSource | None, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._known: dict[str, tuple[datetime, Ticker]] = {}
        self._lock = asyncio.Lock()

    async def of(self, plan: str) -> Ticker:
        """The newest that can be had; never fails."""
        if self._source is None:
            return Ticker(state="off", as_of=None, items=[])
        async with self._lock:
            asked, ticker = self._known.get(plan, (None, None))
            now = self._clock.now()
            if ticker is None or asked is None or now - asked >= KEEP:
                ticker = await self._read(self._source, plan, ticker, now)
                self._known[plan] = (now, ticker)
        return ticker

    async def _read(
        self, source: AlertSource, plan: str, before: Ticker | None, now: datetime
    ) -> Ticker:
        try:
            items = ticker_items(await source.firing(plan))
        except AlertsNotRead as error:
            _log.warning("alerts_not_read", error=str(error))
            kept = before or Ticker(state="unreachable", as_of=None, items=[])
            return replace(kept, state="unreachable")
        return Ticker(state="ok", as_of=now.isoformat(), items=items)


def ticker_items(alerts: Sequence[Mapping[str, object]]) -> list[TickerItem]:
    """Alerts of the alerts service's API as items: worst first, then the newest."""
    items = [item for alert in alerts if (item := _item(alert)) is not None]
    items.sort(key=lambda item: item.starts_at, reverse=True)
    return sorted(items, key=lambda item: _SEVERITY.get(item.colour, len(_SEVERITY)))


def _item(alert: Mapping[str, object]) -> TickerItem | None:
    labels = alert.get("labels")
    if not isinstance(labels, dict) or not labels.get("unit") or alert.get("state") != "firing":
        return None
    hidden = alert.get("suppressed") is not False
    colour = str(alert.get("colour"))
    taken = alert.get("acknowledgement")
    return TickerItem(
        cluster=str(labels["unit"]),
        name=str(alert.get("name") or labels["unit"]),
        region=str(labels.get("region", "")),
        colour=_MASKED if colour == "off_track" else colour,
        rule=None if hidden else _text(labels.get("alertname")),
        reason=None if hidden else _text(alert.get("reason")),
        period=_text(alert.get("period")),
        starts_at=str(alert.get("starts_at") or ""),
        acknowledged_by=_text(taken.get("by")) if isinstance(taken, dict) else None,
        suppressed=hidden,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
