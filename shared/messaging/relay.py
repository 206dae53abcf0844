"""Outbox relay: publishes what transactions wanted published, at least once, oldest first."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from sqlalchemy import Engine

from shared.messaging.producing import ABANDON_SECONDS, abandon, producer
from shared.messaging.term import TAKEOVER_SECONDS, Term
from shared.settings import CommonSettings
from shared.storage import outbox, reading, writing
from shared.storage.outbox import OutboxRow, Pending

_log = structlog.get_logger(__name__)

_PIECE = 2_000
_IDLE_SECONDS = 0.5  # another process may have written rows; ours wakes the relay at once
_RETRY_SECONDS = 1.0
STOP_SECONDS = ABANDON_SECONDS + 2.0
"""For the producer and the session to end; the records are in the store."""


def partition_of(text: str, partitions: int) -> int:
    """Partition of a unit: Kafka's own hash of its id, so that any client can find it."""
    return int(murmur2(text.encode()) & 0x7FFFFFFF) % partitions


class OutboxRelay:
    """Moves the outbox of one service to Kafka until it is stopped."""

    def __init__(
        self,
        engine: Engine,
        settings: CommonSettings,
        takeover_seconds: float = TAKEOVER_SECONDS,
    ) -> None:
        self._engine = engine
        self._term = Term(engine, takeover_seconds)
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.published = 0
        self.last_error: str | None = None

    def wake(self) -> None:
        """Say that there may be new rows."""
        self._wake.set()

    async def start(self) -> None:
        """Begin publishing in the background."""
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        """Stop after the piece under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(TimeoutError):  # the session ends with the process
            async with asyncio.timeout(STOP_SECONDS):
                await self._let_go()

    async def _let_go(self) -> None:
        """Of Kafka, as a producer that failed may be beyond recovery; then of the right to publish.

        Nothing is lost with what waits in the producer: the rows are in the store.
        """
        failed, self._producer = self._producer, None
        stopped = failed is None or await abandon(failed)
        await self._term.end(stopped=stopped)

    async def _run(self) -> None:
        while True:
            try:
                await self._move()
            except Exception as error:  # noqa: BLE001 - not now: the rows stay and are tried again
                self.last_error = repr(error)
                _log.exception("outbox_not_published")
                await self._let_go()
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.last_error = None
                await self._rest()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._wake.wait()

    async def _move(self) -> None:
        """Piece after piece, until nothing waits."""
        self._wake.clear()
        if self._has_replicas and not await self._term.is_ours():
            return  # one relay publishes
        while pending := await self._take():
            publishing = self._publish([item.row for item in pending])
            await (self._term.guard(publishing) if self._has_replicas else publishing)
            if not await self._forget(pending):
                return

    @property
    def _has_replicas(self) -> bool:
        """Whether there may be others."""
        return self._engine.dialect.name == "postgresql"

    async def _take(self) -> list[Pending]:
        if self._has_replicas:
            return await self._term.run(outbox.take, _PIECE, claimed=True)
        return await asyncio.to_thread(_take, self._engine)

    async def _forget(self, published: Sequence[Pending]) -> bool:
        """Whether others wait."""
        if self._has_replicas:
            return await self._term.run(outbox.remove, published)
        return await asyncio.to_thread(_forget, self._engine, published)

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        sender = await self._started_producer()
        units, others = await _by_place(sender, rows)
        sending = [_send_by_unit(sender, place, of_place) for place, of_place in units.items()]
        sending += [_send_by_key(sender, of_topic) for of_topic in others.values()]
        # All are waited for before one may fail: the rest must not go on behind our back.
        for outcome in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        self.published += len(rows)
        self.last_error = None

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = producer(self._settings)  # also stopped when it cannot start
            await self._producer.start()
        return self._producer


def _take(engine: Engine) -> list[Pending]:
    with reading(engine) as connection:
        return outbox.take(connection, _PIECE)


def _forget(engine: Engine, published: Sequence[Pending]) -> bool:
    with writing(engine) as connection:
        return outbox.remove(connection, published)


async def _by_place(
    sender: AIOKafkaProducer, rows: Iterable[OutboxRow]
) -> tuple[dict[TopicPartition, list[OutboxRow]], dict[str, list[OutboxRow]]]:
    """Records by the partition of their unit, and by topic those that go by their key; in order."""
    units: dict[TopicPartition, list[OutboxRow]] = {}
    others: dict[str, list[OutboxRow]] = {}
    partitions: dict[str, int] = {}
    for row in rows:
        topic, unit = row.topic, row.partition_by
        if unit is None:
            others.setdefault(topic, []).append(row)
            continue
        if topic not in partitions:
            partitions[topic] = len(await sender.partitions_for(topic))
        units.setdefault(_place(topic, unit, partitions[topic]), []).append(row)
    return units, others


# Remembered: there are few units and many facts, and the client's hash is Python.
@lru_cache(maxsize=16_384)
def _place(topic: str, unit: str, partitions: int) -> TopicPartition:
    return TopicPartition(topic, partition_of(unit, partitions))


async def _send_by_unit(
    sender: AIOKafkaProducer, place: TopicPartition, rows: Iterable[OutboxRow]
) -> None:
    """Send the records of one partition in whole batches, one after the other, in order.

    Record by record the client would cost several times as much.
    """
    batch = sender.create_batch()
    for row in rows:
        if not _added(batch, row):
            await _sent(sender, batch, place)
            batch = sender.create_batch()
            if not _added(batch, row):
                raise ValueError(f"a record for {place.topic} fits into no batch")
    await _sent(sender, batch, place)


def _added(batch: BatchBuilder, row: OutboxRow) -> bool:
    added = batch.append(timestamp=None, key=row.key, value=row.value, headers=list(row.headers))
    return added is not None


async def _sent(sender: AIOKafkaProducer, batch: BatchBuilder, place: TopicPartition) -> None:
    batch.close()
    acknowledged = await sender.send_batch(batch, place.topic, partition=place.partition)
    await acknowledged


async def _send_by_key(sender: AIOKafkaProducer, rows: Iterable[OutboxRow]) -> None:
    waiting = [
        await sender.send(row.topic, key=row.key, value=row.value, headers=list(row.headers))
        for row in rows
    ]
    await sender.flush()
    for acknowledged in waiting:
        await acknowledged
