"""What keeps the wall up to date: server-sent events, and the alerts of its ticker."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from services.metrics.use_cases.read_clusters import ReadClusters
from services.metrics.use_cases.ticker import ReadTicker, Ticker
from shared.access.gate import reader_of
from shared.access.readers import Reader
from shared.clock import Clock

LOOK = timedelta(seconds=1)
BEAT = timedelta(seconds=5)
"""A page that hears nothing for three of these says that its connection is gone."""
_RETRY_MILLISECONDS = 2000


class ChangeMarks:
    """The read API's change mark; one look at the store serves all walls."""

    def __init__(self, look: Callable[[], str], clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._mark = ""
        self._looked_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """The mark, at most `LOOK` old."""
        async with self._lock:
            now = self._clock.now()
            if self._looked_at is None or now - self._looked_at >= LOOK:
                self._mark = await asyncio.to_thread(self._look)
                self._looked_at = now
            return self._mark


async def events(
    marks: ChangeMarks, clock: Clock, pause: timedelta = LOOK
) -> AsyncIterator[ServerSentEvent]:
    """`change` at first and with every new mark, `beat` in between; both say the server's time."""
    told: str | None = None
    told_at = clock.now()
    while True:
        mark, now = await marks.current(), clock.now()
        changed = mark != told
        if changed or now - told_at >= BEAT:
            told, told_at = mark, now
            yield ServerSentEvent(
                json.dumps({"mark": mark, "now": now.isoformat()}),
                event="change" if changed else "beat",
                retry=_RETRY_MILLISECONDS,
            )
        await asyncio.sleep(pause.total_seconds())


def router(read: ReadClusters, ticker: ReadTicker, clock: Clock) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1/wall", tags=["wall"])
    marks = ChangeMarks(read.change_mark, clock)

    @routes.get(
        "/events",
        summary="Server-sent events: change and beat",
        response_class=EventSourceResponse,
    )
    async def send_events() -> EventSourceResponse:
        return EventSourceResponse(events(marks, clock), ping=0)

    @routes.get("/ticker", summary="Firing alerts of a plan, worst first")
    async def show_ticker(
        reader: Annotated[Reader, Depends(reader_of)],
        plan: Annotated[str | None, Query(description="Id of a plan.")] = None,
    ) -> Ticker:
        chosen = await asyncio.to_thread(read.plan, plan)
        found = await ticker.of(chosen.id)
        items = [
            item
            for item in found.items
            if reader.covers(chosen.id, (item.cluster, item.region, chosen.city))
        ]
        return replace(found, items=items)

    return routes
