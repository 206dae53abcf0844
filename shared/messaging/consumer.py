"""Batch consumer: FastStream brings raw records, one store transaction holds all they cause.

At-least-once reading with exactly-once effects: rows, input offsets and outbox are committed
together, and on every assignment reading goes on at the stored offset. A batch is retried until
the store takes it; it is dropped only when another replica owns its partitions.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from shared.events.records import Record
from shared.messaging import offsets
from shared.messaging.ceiling import Ceiling, Limit
from shared.messaging.offsets import Claim, Fenced
from shared.messaging.ownership import Identify, Ownership
from shared.messaging.pacing import Pace, rest_after
from shared.messaging.progress import Progress
from shared.messaging.raw_records import keep_raw, no_body, record_of
from shared.messaging.watch import Watch
from shared.storage import reconciliation, writing

_log = structlog.get_logger(__name__)

_FETCH_BYTES = 5 * 1024 * 1024  # above the largest record an input topic takes (4 MiB)
_BATCH_TIMEOUT_MS = 100  # FastStream waits as long again after an empty poll
_FETCH_WAIT_MS = 100
"""How long the broker may hold a request that finds nothing. aiokafka sends no second one to a
broker meanwhile, so that a partition whose records were just handled waits for it: half a second by
default, in each service."""
_SESSION_TIMEOUT_MS = 10_000
_HEARTBEAT_MS = 1_000
_BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
_STORE_FAULTS = (OperationalError, InterfaceError, InternalError)
"""Away, full, locked or read-only; what a batch itself makes wrong is another error."""

Process = Callable[[Connection, Sequence[Record]], None]
"""Use case of one batch; called inside the write transaction, in a worker thread."""


class BatchConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds batches of raw records from one consumer group into a use case."""

    def __init__(
        self,
        *,
        topics: Sequence[str],
        group: str,
        engine: Engine,
        process: Process,
        identify: Identify,
        batch_size: int,
        limit: Limit,
        committed: Callable[[Sequence[Record]], None] = lambda _records: None,
        pace: Pace = rest_after,
    ) -> None:
        self._topics = tuple(topics)
        self._group = group
        self._engine = engine
        self._process = process
        self._ownership = Ownership(engine, identify)
        self._batch_size = batch_size
        self._committed = committed
        self._pace = pace
        self._subscriber: BatchSubscriber | None = None
        self._stopping = asyncio.Event()
        self.ceiling = Ceiling(limit)
        self.progress = Progress(stopped=self.ceiling.stopped)
        self.watch = Watch(lambda: self._consumer, self._ownership, self.progress).run

    def register(self, broker: KafkaBroker) -> None:
        """Subscribe on the broker; reading begins when the broker starts."""
        subscriber = broker.subscriber(
            *self._topics,
            batch=True,
            group_id=self._group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            isolation_level="read_committed",
            max_records=self._batch_size,
            batch_timeout_ms=_BATCH_TIMEOUT_MS,
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            session_timeout_ms=_SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=_HEARTBEAT_MS,
            listener=self,
            parser=keep_raw,
            decoder=no_body,
            no_reply=True,
        )
        subscriber(self._handle)
        self._subscriber = subscriber

    def stop(self) -> None:
        """Stop retrying; what is not committed will be read again."""
        self._stopping.set()

    async def reaches_kafka(self, seconds: float) -> bool:
        """Whether the brokers answer a metadata request in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._consumer.topics()
        except Exception:  # noqa: BLE001 - any failure means no
            return False
        return True

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        """Partitions this process may store effects of."""
        return self._ownership.partitions

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Hold no partition any more until the group has agreed on who reads which."""
        self._ownership.revoke(revoked)
        for partition in revoked:
            self.progress.lag.pop((partition.topic, partition.partition), None)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Claim partitions and read on where the store says."""
        try:
            await self._ownership.assign(self._consumer, assigned)
            self._leave_stopped()
        except Exception as error:  # noqa: BLE001 - retried when the first records arrive
            _log.warning("claim_failed", error=repr(error), partitions=len(list(assigned)))

    @property
    def _consumer(self) -> Any:  # noqa: ANN401 - aiokafka has no types
        if self._subscriber is None or self._subscriber.consumer is None:
            raise RuntimeError("the consumer has not been started")
        return self._subscriber.consumer

    async def _handle(self, message: KafkaMessage) -> None:
        raw: tuple[ConsumerRecord[Any, Any], ...] = message.raw_message
        self.progress.pending_since = time.monotonic()
        await self._until_stored(raw)
        self.progress.pending_since = self.progress.attempt_since = None
        self.progress.store_away = False
        if not self._stopping.is_set():
            await self._wait(self._pace(len(raw), self._waiting(), self._batch_size))

    async def _until_stored(self, raw: Sequence[ConsumerRecord[Any, Any]]) -> None:
        held = self._ownership.held(_partitions(raw))
        attempt = 0
        while not self._stopping.is_set():
            self.progress.attempt_since = time.monotonic()
            try:
                await self._store(raw, held)
            except Fenced:
                _log.info("batch_dropped", reason="partition has another owner", records=len(raw))
                self._ownership.forget(held)
                # Kafka's word comes with a heartbeat; what is ours still is then claimed again.
                await self._wait(_HEARTBEAT_MS / 1000)
            except Exception as error:  # noqa: BLE001 - not now: retried until the store takes it
                self.progress.failures += 1
                self.progress.last_error = repr(error)
                self.progress.store_away = isinstance(error, _STORE_FAULTS)
                _log.exception("batch_not_stored", attempt=attempt, records=len(raw))
                await self._back_off(attempt)
                attempt += 1
            else:
                return

    def _waiting(self) -> int:
        """Records that Kafka has for us, as far as the newest fetches told."""
        reader, stopped = self._consumer, self.ceiling.stopped
        stored = self._ownership.stored(reader.assignment())
        return sum(
            max((reader.highwater(partition) or 0) - offset, 0)
            for partition, offset in stored.items()
            if partition.topic not in stopped
        )

    async def _store(
        self, raw: Sequence[ConsumerRecord[Any, Any]], held: Mapping[TopicPartition, Claim]
    ) -> None:
        batch = await self._owned(raw, held)
        if batch:
            positions = {p: max(r.offset for r in records) + 1 for p, records in batch.items()}
            records = [record for partition in batch.values() for record in partition]
            claims = self._ownership.claims(positions)
            refused = await asyncio.to_thread(self._commit, claims, records)
            self._ownership.advanced(positions)
            self.progress.stored(records, time.time())
            self._watch_ceiling(records, refused)
            self._committed(records)

    async def _owned(
        self, raw: Sequence[ConsumerRecord[Any, Any]], held: Mapping[TopicPartition, Claim]
    ) -> dict[TopicPartition, list[Record]]:
        """Records of claimed partitions that are not stored yet, in order.

        Those of partitions that were claimed after the records came are fetched once more, from
        where the store says: `held` are the claims under which they came to us. A claim may still
        be newer than they: between the reader and us they wait, too.
        """
        partitions = _partitions(raw)
        if partitions - self._ownership.partitions:
            await self._ownership.take(self._consumer, partitions)
            self._leave_stopped()
        read = {p: offset for p, offset in _last_offsets(raw).items() if p in held}
        in_place = await self._ownership.in_place(self._consumer, read)
        batch: dict[TopicPartition, list[Record]] = {}
        now = self._ownership.held(in_place)
        still = {partition for partition, claim in now.items() if held[partition] == claim}
        for (topic, number), items in groupby(raw, key=attrgetter("topic", "partition")):
            partition = TopicPartition(topic, number)
            if partition in still and topic not in self.ceiling.stopped:
                first = self._ownership.position(partition)
                wanted = [record_of(item) for item in items if item.offset >= first]
                if wanted:
                    batch.setdefault(partition, []).extend(wanted)
        return batch

    def _commit(self, claims: dict[Claim, int], records: Sequence[Record]) -> Counter[str]:
        """Store effects and offsets; returns how many records were refused, by topic."""
        with writing(self._engine) as connection, reconciliation.refusals() as refused:
            offsets.advance(connection, claims)
            self._process(connection, records)
        return refused

    def _watch_ceiling(self, records: Sequence[Record], refused: Counter[str]) -> None:
        """Stop topics of which nearly everything is bad."""
        before = len(self.ceiling.stopped)
        self.ceiling.observe(Counter(record.topic for record in records), refused)
        if len(self.ceiling.stopped) > before:
            _log.error("topic_stopped", reason=self.ceiling.reason())
            self._leave_stopped()

    def _leave_stopped(self) -> None:
        """Read nothing more of stopped topics, and forget what was read ahead of them."""
        consumer = self._consumer
        for partition in self._ownership.partitions & consumer.assignment():
            if partition.topic in self.ceiling.stopped:
                consumer.pause(partition)
                consumer.seek(partition, self._ownership.position(partition))

    async def _back_off(self, attempt: int) -> None:
        await self._wait(_BACKOFF_SECONDS[min(attempt, len(_BACKOFF_SECONDS) - 1)])

    async def _wait(self, seconds: float) -> None:
        """Wait, unless the process stops."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _last_offsets(raw: Sequence[ConsumerRecord[Any, Any]]) -> dict[TopicPartition, int]:
    """Of each partition; records of one come in their order."""
    last = {(record.topic, record.partition): record.offset for record in raw}
    return {TopicPartition(*place): offset for place, offset in last.items()}


def _partitions(raw: Sequence[ConsumerRecord[Any, Any]]) -> set[TopicPartition]:
    return {TopicPartition(*place) for place in {(r.topic, r.partition) for r in raw}}
