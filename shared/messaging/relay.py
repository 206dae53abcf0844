"""Outbox relay: publishes what transactions wanted published, at least once, oldest first."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

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
                moved = await self._move_piece()
                self.last_error = None
            except Exception as error:  # noqa: BLE001 - not now: the rows stay and are tried again
                self.last_error = repr(error)
                _log.exception("outbox_not_published")
                await self._let_go()
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if not moved:
                    await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def _move_piece(self) -> int:
        if self._engine.dialect.name == "postgresql":
            return await self._move_in_term()
        pending = await asyncio.to_thread(self._read)
        if pending:
            await self._publish([item.row for item in pending])
            await asyncio.to_thread(self._forget, pending)
        return len(pending)

    async def _move_in_term(self) -> int:
        """There may be other replicas: one relay publishes."""
        if not await self._term.is_ours():
            return 0
        pending = await self._term.run(outbox.take, _PIECE)
        if pending:
            await self._term.guard(self._publish([item.row for item in pending]))
            await self._term.run(outbox.remove, pending)
        return len(pending)

    def _read(self) -> list[Pending]:
        with reading(self._engine) as connection:
            return outbox.take(connection, _PIECE)

    def _forget(self, published: Sequence[Pending]) -> None:
        with writing(self._engine) as connection:
            outbox.remove(connection, published)

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        sender = await self._started_producer()
        units: dict[TopicPartition, list[OutboxRow]] = {}
        others: dict[str, list[OutboxRow]] = {}
        for row in rows:
            if row.partition_by is None:
                others.setdefault(row.topic, []).append(row)
            else:
                known = await sender.partitions_for(row.topic)
                place = TopicPartition(row.topic, partition_of(row.partition_by, len(known)))
                units.setdefault(place, []).append(row)
        sending = [_send_by_unit(sender, place, of_place) for place, of_place in units.items()]
        sending += [_send_by_key(sender, of_topic) for of_topic in others.values()]
        # All are waited for before one may fail: the rest must not go on behind our back.
        for outcome in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        self.published += len(rows)

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = producer(self._settings)  # also stopped when it cannot start
            await self._producer.start()
        return self._producer


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
