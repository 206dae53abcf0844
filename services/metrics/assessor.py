"""The background job that assesses what changed, a moment after it changed."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)

_POLL_SECONDS = 5.0  # another replica's facts, or marks left by a crash
_LARGEST_PAUSE = 3.0
_PAUSE_SHARE = 0.5
"""Of a pass: so long nothing is assessed after it. A report may have to wait for the rest of a
pass, the pause and the next pass, so that this bounds the delay to two and a half passes."""
_OLD_SECONDS = 5.0
"""An input that reached the broker so long ago is part of a backlog, here or in ingest."""
_QUIET_SECONDS = 2.0
"""Without a fact for so long a backlog is read; a large batch of ingest takes about as long."""
_SHARE = 10
"""While a backlog is read, a pass waits for so many times as long as the one before it took."""
_LONGEST_WAIT = 20.0
"""A third of the quiet that ends alerts' first load: statuses keep coming meanwhile."""


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
    """Runs assessments in a worker thread, a moment after something changed.

    Changes are collected for `delay` seconds first, counted from the oldest of them. While a
    backlog is read (a first load, a rebuild, a jam: the newest input behind the facts is old) a
    status between is of use to nobody: facts are then awaited until none has come for as long as
    the last pass took, so that passes take a small part of the time. They are never awaited for
    longer than the newest of them is old: a jam of seconds makes no delay of half a minute. `wake`
    is called on the event loop after each pass: there may be something to publish.
    """

    def __init__(
        self,
        assess: Callable[[], int],
        exports: Exports,
        delay: float,
        wake: Callable[[], None] = lambda: None,
        quiet: float = _QUIET_SECONDS,
        old: float = _OLD_SECONDS,
    ) -> None:
        self._assess = assess
        self._exports = exports
        self._delay = delay
        self._wake = wake
        self._quiet = quiet
        self._old = old
        self._changed = asyncio.Event()
        self._changed_at = 0.0
        self._age = 0.0
        self._shown_for: object = None

    def notice(self, age: float = 0.0) -> None:
        """Say that facts were stored; on the event loop.

        `age`: seconds since the newest input behind them reached the broker.
        """
        self._age = age
        if not self._changed.is_set():
            self._changed_at = time.monotonic()
        self._changed.set()

    async def run(self) -> None:
        """Assess until cancelled."""
        while True:
            seconds = await asyncio.to_thread(self._pass)
            self._wake()
            await self._wait(seconds)

    async def _wait(self, last_pass: float) -> None:
        """Until it is time for the next pass."""
        # Reading keeps a third of the time to itself, however long assessments take.
        await asyncio.sleep(min(_PAUSE_SHARE * last_pass, _LARGEST_PAUSE))
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
        await asyncio.sleep(max(self._changed_at + self._delay - time.monotonic(), 0.0))
        if self._is_behind:
            await self._until_drained(last_pass)
        self._changed.clear()

    @property
    def _is_behind(self) -> bool:
        return self._age > self._old

    async def _until_drained(self, last_pass: float) -> None:
        """Until facts of now arrive, or none for a while."""
        quiet = max(min(last_pass, _LONGEST_WAIT), self._quiet)
        longest = min(max(min(_SHARE * last_pass, _LONGEST_WAIT), quiet), self._age)
        try:
            async with asyncio.timeout(longest):
                while self._is_behind:
                    self._changed.clear()
                    async with asyncio.timeout(quiet):
                        await self._changed.wait()
        except TimeoutError:
            return

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
