"""Sends events without a break, also while the broker is away; none is sent twice."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chaos.poison import Poison
from shared.testing.load import Event

_PIECE = 40
_PATIENCE_MS = 600_000
"""An idempotent producer that never gives up writes every record exactly once."""


class Feeder:
    """A producer in a thread of its own."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="feed", daemon=True)
        self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start()).result(60)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(TimeoutError, KafkaError):
            self._call(self._producer.stop()).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def trickle(self, events: Sequence[Event], seconds: float) -> "Future[None]":
        """Send over a time; the future ends when all are acknowledged."""
        work = self._trickle(events, seconds)
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def feed(self, records: Sequence[Event | Poison]) -> None:
        """Send at once, and wait for all acknowledgements."""
        self._call(self._send(records)).result(_PATIENCE_MS / 1000)

    def _call(self, work: Any) -> Any:  # noqa: ANN401 - a coroutine and its future
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _start(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            request_timeout_ms=_PATIENCE_MS,
            max_request_size=4 * 1024 * 1024,
            linger_ms=5,
        )
        await self._producer.start()

    async def _trickle(self, events: Sequence[Event], seconds: float) -> None:
        pieces = range(0, len(events), _PIECE)
        for start in pieces:
            await self._send(events[start : start + _PIECE])
            await asyncio.sleep(seconds / len(pieces))

    async def _send(self, records: Sequence[Event | Poison]) -> None:
        waiting = [
            await self._producer.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers) if isinstance(record, Poison) else [],
            )
            for record in records
        ]
        for acknowledged in waiting:
            await acknowledged
        self.sent += len(records)
