"""The background job that assesses what changed, a moment after it changed."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)

_POLL_SECONDS = 5.0  # another replica's facts, or marks left by a crash
_LARGEST_PAUSE = 3.0


@dataclass(frozen=True, slots=True)
class Exports:
    """What is done with the figures after a pass."""

    publish: Callable[[], None]
    """Show the store's figures; called when they, or what `mark` tells, have changed."""
    confirm: Callable[[], None]
    """Say that the figures shown are still the store's."""
    mark: Callable[[], object]
    """What else decides what is shown, such as the partitions of this replica."""


class Assessor:
    """Runs assessments in a worker thread, never more often than they take.

    Changes are collected for `delay` seconds first; while a backlog is read the pauses grow with
    the assessments' own duration, so that reading keeps at least half of the machine. `wake` is
    called on the event loop after each pass: there may be something to publish.
    """

    def __init__(
        self,
        assess: Callable[[], int],
        exports: Exports,
        delay: float,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._assess = assess
        self._exports = exports
        self._delay = delay
        self._wake = wake
        self._changed = asyncio.Event()
        self._shown_for: object = None

    def notice(self) -> None:
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
        mark = self._exports.mark()
        if changed or mark != self._shown_for:
            self._exports.publish()
            self._shown_for = mark
        else:
            self._exports.confirm()
        seconds = time.monotonic() - started
        if changed:
            _log.info("assessed", statuses=changed, seconds=round(seconds, 3))
        return seconds
