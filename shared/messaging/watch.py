"""Tells Kafka how far the store is, and finds out what is left to read."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.ownership import Ownership, Reader
from shared.messaging.progress import Progress

_log = structlog.get_logger(__name__)

_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_LAST_SECONDS = 1.0
"""For the offsets at the end of the process."""


class Watch:
    """Looks every second: a consumer can look alive and read nothing."""

    def __init__(
        self,
        reader: Callable[[], Reader],
        ownership: Ownership,
        progress: Progress,
        every_seconds: float = _EVERY_SECONDS,
    ) -> None:
        """`reader` raises `RuntimeError` until there is one."""
        self._every = every_seconds
        self._reader = reader
        self._ownership = ownership
        self._progress = progress
        self._shown: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        seen = -1
        try:
            while True:
                arriving = self._progress.records != seen
                seen = self._progress.records
                waits = await self._look()
                if arriving or not waits:
                    self._progress.unread_since = None
                elif self._progress.unread_since is None:
                    self._progress.unread_since = time.monotonic()
                await asyncio.sleep(self._every)
        finally:
            await _tried(self._show(), _LAST_SECONDS)

    async def _look(self) -> bool:
        """Whether Kafka has more; no while it does not answer, which a restart would not mend."""
        if not self._ownership.partitions:
            return False
        await _tried(self._show(), _ANSWER_SECONDS)
        if not await _tried(self._measure(), _ANSWER_SECONDS):
            return False
        stopped = self._progress.stopped
        return any(lag for (topic, _), lag in self._progress.lag.items() if topic not in stopped)

    async def _show(self) -> None:
        """Commit to Kafka for lag displays; the store's offsets are the ones that count."""
        reader = self._reader()
        stored = self._ownership.stored(reader.assignment())
        news = {p: offset for p, offset in stored.items() if self._shown.get(p) != offset}
        if news:
            await reader.commit(news)
        self._shown = stored

    async def _measure(self) -> None:
        reader = self._reader()
        ours = list(self._ownership.partitions & reader.assignment())
        ends = await reader.end_offsets(ours)
        self._progress.lag = {
            (p.topic, p.partition): max(ends[p] - await reader.position(p), 0) for p in ours
        }


async def _tried(call: Awaitable[None], seconds: float) -> bool:
    """Whether Kafka answered in time."""
    try:
        async with asyncio.timeout(seconds):
            await call
    except (KafkaError, TimeoutError, RuntimeError) as error:
        _log.debug("kafka_not_asked", error=repr(error))
        return False
    return True
