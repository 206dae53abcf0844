"""Outbox relay: publishes what transactions wanted published, at least once, oldest first."""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from sqlalchemy import Connection, Engine

from shared.messaging.cluster import KafkaCluster
from shared.settings import CommonSettings
from shared.storage import outbox, reading, writing
from shared.storage.outbox import OutboxRow, Pending

_log = structlog.get_logger(__name__)

_PIECE = 2_000
_IDLE_SECONDS = 0.5  # another process may have written rows; ours wakes the relay at once
_RETRY_SECONDS = 1.0
STOP_SECONDS = 5.0
"""For the producer to end; its records are in the store."""
_MAX_REQUEST_BYTES = 9 * 1024 * 1024  # above the largest dead letter (8 MiB)


def partition_of(text: str, partitions: int) -> int:
    """Partition of a unit: Kafka's own hash of its id, so that any client can find it."""
    return int(murmur2(text.encode()) & 0x7FFFFFFF) % partitions


def producer(settings: CommonSettings) -> AIOKafkaProducer:
    """Producer whose acknowledgement means that all in-sync replicas have the record."""
    return AIOKafkaProducer(
        **KafkaCluster.of(settings).client_arguments(),
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_request_size=_MAX_REQUEST_BYTES,
        linger_ms=5,
    )


class OutboxRelay:
    """Moves the outbox of one service to Kafka until it is stopped."""

    def __init__(self, engine: Engine, settings: CommonSettings) -> None:
        self._engine = engine
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
        await self._drop_producer()

    async def _drop_producer(self) -> None:
        """A producer that failed may be beyond recovery; the next piece gets a new one."""
        if self._producer is None:
            return
        failed, self._producer = self._producer, None
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await failed.stop()
        except Exception as error:  # noqa: BLE001 - nothing to save: the rows are in the store
            _log.debug("producer_not_stopped", error=repr(error))

    async def _run(self) -> None:
        while True:
            try:
                moved = await self._move_piece()
                self.last_error = None
            except Exception as error:  # noqa: BLE001 - not now: the rows stay and are tried again
                self.last_error = repr(error)
                _log.exception("outbox_not_published")
                await self._drop_producer()
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
            return await self._move_locked()
        pending = await asyncio.to_thread(self._read)
        if pending:
            await self._publish([item.row for item in pending])
            await asyncio.to_thread(self._forget, [item.id for item in pending])
        return len(pending)

    async def _move_locked(self) -> int:
        """Hold the transaction while publishing: it keeps other replicas' relays waiting."""
        connection = await asyncio.to_thread(self._engine.connect)
        try:
            pending = await asyncio.to_thread(outbox.take, connection, _PIECE)
            if pending:
                await self._publish([item.row for item in pending])
                ids = [item.id for item in pending]
                await asyncio.to_thread(self._forget_locked, connection, ids)
            return len(pending)
        finally:
            await asyncio.to_thread(connection.close)

    def _read(self) -> list[Pending]:
        with reading(self._engine) as connection:
            return outbox.take(connection, _PIECE)

    def _forget(self, ids: Sequence[int]) -> None:
        with writing(self._engine) as connection:
            outbox.remove(connection, ids)

    @staticmethod
    def _forget_locked(connection: Connection, ids: Sequence[int]) -> None:
        outbox.remove(connection, ids)
        connection.commit()

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        sender = await self._started_producer()
        waiting = []
        for row in rows:
            partition = None
            if row.partition_by is not None:
                known = await sender.partitions_for(row.topic)
                partition = partition_of(row.partition_by, len(known))
            waiting.append(
                await sender.send(
                    row.topic,
                    key=row.key,
                    value=row.value,
                    partition=partition,
                    headers=list(row.headers),
                )
            )
        await sender.flush()
        for acknowledged in waiting:
            await acknowledged
        self.published += len(rows)

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = producer(self._settings)  # also stopped when it cannot start
            await self._producer.start()
        return self._producer
