"""The background job that assesses what changed, a moment after it changed."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from shared.events.records import Record

_log = structlog.get_logger(__name__)

_POLL_SECONDS = 5.0  # another replica's facts, or marks left by a crash
_LARGEST_PAUSE = 3.0


class Assessor:
    """Runs assessments in a worker thread, never more often than they take.

    Changes are collected for `delay` seconds first; while a backlog is read the pauses grow with
    the assessments' own duration, so that reading keeps at least half of the machine. `wake` is
    called on the event loop after each pass: there may be something to publish.
    """

    def __init__(
        self,
        assess: Callable[[], int],
        publish: Callable[[], None],
        delay: float,
        assigned: Callable[[], object],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._assess = assess
        self._publish = publish
        self._delay = delay
        self._assigned = assigned
        self._wake = wake
        self._changed = asyncio.Event()
        self._shown_for: object = None

    def notice(self, _records: Sequence[Record] = ()) -> None:
        """Say that facts were stored; call it on the event loop."""
        self._changed.set()

    async def run(self) -> None:
        """Assess until cancelled."""
        while True:
            pause = await asyncio.to_thread(self._pass)
            self._wake()
            await asyncio.sleep(max(self._delay, min(pause, _LARGEST_PAUSE)))
            await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self._delay)
        self._changed.clear()

    def _pass(self) -> float:
        """One assessment of all open marks; returns the seconds it took."""
        started = time.monotonic()
        changed = self._assess()
        owned = self._assigned()
        if changed or owned != self._shown_for:
            self._shown_for = owned
            self._publish()
        seconds = time.monotonic() - started
        if changed:
            _log.info("assessed", statuses=changed, seconds=round(seconds, 3))
        return seconds
