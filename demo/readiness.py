"""Waits until the alerts service has taken in the history, so that what follows is news.

A first load is recorded and never sent; it is over when no status has come for a while. Reports
that trickle in all the time would make it last for ever.
"""

import asyncio
import re
from collections.abc import Callable

import httpx

_LIVE = re.compile(r"^clusterwatch_alerts_live ([01])(?:\.0)?$", re.MULTILINE)
_PAUSE = 2.0
_NOBODY_AFTER = 20.0
"""Seconds without any answer after which there is no alerts service to wait for."""

_PATIENCE = 600.0


async def is_live(client: httpx.AsyncClient) -> bool | None:
    """Whether alerts are told already; None when the service does not say."""
    try:
        answer = await client.get("/metrics")
    except httpx.HTTPError:
        return None
    found = _LIVE.search(answer.text)
    return None if found is None else found[1] == "1"


async def until_alerts_live(
    client: httpx.AsyncClient,
    stop: asyncio.Event,
    tell: Callable[[str], None],
    pause: float = _PAUSE,
) -> bool:
    """Wait for alerts to go live, for `stop`, or for patience to end; whether alerts is live."""
    loop = asyncio.get_running_loop()
    start = heard = loop.time()
    told = False
    while not stop.is_set() and loop.time() - start < _PATIENCE:
        live = await is_live(client)
        if live:
            return True
        if live is False:
            heard = loop.time()
        elif loop.time() - heard > min(_NOBODY_AFTER, 10 * pause):
            return False
        if not told:
            tell("等待预警服务读完历史 / waiting until alerts has taken in the history")
            told = True
        await _wait(stop, pause)
    return False


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
