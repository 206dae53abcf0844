"""What a consumer does with a batch whose partition somebody else has claimed meanwhile."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from sqlalchemy import Engine
from structlog.testing import capture_logs

from shared.events.records import Record
from shared.messaging import offsets
from shared.messaging.ceiling import Limit
from shared.messaging.consumer import BatchConsumer, Process
from shared.messaging.offsets import TopicIdentity
from shared.messaging.pacing import Pace, rest_after
from shared.storage import writing
from shared.testing.reader import FakeReader
from shared.testing.stores import migrated_store

TOPIC = "stats.output.v1"
PARTITION = TopicPartition(TOPIC, 0)
IDENTITY = TopicIdentity("cluster", "topic")


@dataclass
class FakeBroker:
    """Hands batches to whoever has subscribed, as FastStream does."""

    consumer: FakeReader = field(default_factory=lambda: FakeReader(PARTITION, end=100))
    handler: Any = None
    value: bytes = b"{}"
    """Of the records that are read now."""

    def subscriber(self, *_topics: str, **_settings: object) -> "FakeBroker":
        return self

    def __call__(self, handler: object) -> None:
        self.handler = handler

    def read(self, count: int) -> "_Message":
        """The next records, on their way."""
        first = self.consumer.at[PARTITION]
        self.consumer.at[PARTITION] = first + count
        return _Message(tuple(_raw(offset, self.value) for offset in range(first, first + count)))

    async def deliver(self, count: int) -> None:
        """The next records."""
        await self.handler(cast("Any", self.read(count)))


@dataclass
class _Message:
    raw_message: tuple[object, ...]


def _raw(offset: int, value: bytes) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(TOPIC, 0, offset, 0, 0, None, value, None, 0, len(value), ())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with migrated_store("metrics", tmp_path) as engine:
        yield engine


def other_owner_stores(engine: Engine, offset: int) -> None:
    with writing(engine) as connection:
        taken = offsets.claim(connection, TOPIC, IDENTITY, [0])
        offsets.advance(connection, {taken[0]: offset})


@dataclass
class Kafka:
    """Tells the identities of topics, but not always."""

    faults: int = 0

    def identify(self, topics: Sequence[str]) -> dict[str, TopicIdentity]:
        if self.faults:
            self.faults -= 1
            raise TimeoutError("Kafka does not answer")
        return dict.fromkeys(topics, IDENTITY)


def consumer_of(
    engine: Engine, process: Process, kafka: Kafka, pace: Pace = rest_after
) -> BatchConsumer:
    """Of the one topic, in batches of ten."""
    return BatchConsumer(
        topics=[TOPIC],
        group="group",
        engine=engine,
        process=process,
        identify=kafka.identify,
        batch_size=10,
        limit=Limit(1.0, 10),
        pace=pace,
    )


def test_a_partition_that_is_ours_still_is_claimed_again_however_often_that_fails(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.consumer._HEARTBEAT_MS", 1)
    monkeypatch.setattr("shared.messaging.consumer._BACKOFF_SECONDS", (0.001,))
    kafka, broker, stored = Kafka(), FakeBroker(), list[int]()

    def process(_connection: object, records: Sequence[Record]) -> None:
        stored.extend(record.offset for record in records)

    consumer = consumer_of(engine, process, kafka)

    async def steps() -> None:
        consumer.register(cast("Any", broker))
        await consumer.on_partitions_assigned([PARTITION])
        await broker.deliver(5)
        other_owner_stores(engine, 7)
        kafka.faults = 3
        async with asyncio.timeout(120):
            await broker.deliver(5)
        assert consumer.assigned == {PARTITION}
        assert (
            broker.consumer.at[PARTITION] == 7
        )  # no record has to come for these to be read once more
        await broker.deliver(3)

    asyncio.run(steps())
    assert stored == [0, 1, 2, 3, 4, 7, 8, 9]
    assert consumer.progress.failures == 3


def test_records_are_stored_only_under_the_claim_that_held_when_they_came(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.consumer._BACKOFF_SECONDS", (0.001,))
    broker, stored, refused = FakeBroker(), list[int](), asyncio.Event()
    loop = list[asyncio.AbstractEventLoop]()

    def process(_connection: object, records: Sequence[Record]) -> None:
        if not refused.is_set():
            loop[0].call_soon_threadsafe(refused.set)
            raise OSError("not now")
        stored.extend(record.offset for record in records)

    consumer = consumer_of(engine, process, Kafka())

    async def rebalance() -> None:
        await refused.wait()
        await consumer.on_partitions_revoked([PARTITION])
        await consumer.on_partitions_assigned([PARTITION])

    async def steps() -> None:
        loop.append(asyncio.get_running_loop())
        consumer.register(cast("Any", broker))
        await consumer.on_partitions_assigned([PARTITION])
        await asyncio.gather(broker.deliver(5), rebalance())
        assert broker.consumer.at[PARTITION] == 0
        await broker.deliver(5)

    asyncio.run(steps())
    assert stored == [0, 1, 2, 3, 4]


def test_records_that_came_under_an_earlier_claim_are_dropped_also_when_the_reader_is_ahead(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that lost its newest records gives their offsets to others."""
    monkeypatch.setattr("shared.messaging.consumer._BACKOFF_SECONDS", (0.001,))
    broker, stored = FakeBroker(value=b"lost"), list[Record]()
    refused, moved = threading.Event(), threading.Event()

    def process(_connection: object, records: Sequence[Record]) -> None:
        if not moved.is_set():
            refused.set()
            raise OSError("not now")
        stored.extend(records)

    consumer = consumer_of(engine, process, Kafka())

    async def rebalance() -> _Message:
        await asyncio.to_thread(refused.wait)
        await consumer.on_partitions_revoked([PARTITION])
        await consumer.on_partitions_assigned([PARTITION])
        broker.value = b"there"
        further = broker.read(5)  # on its way already
        moved.set()
        return further

    async def steps() -> None:
        consumer.register(cast("Any", broker))
        await consumer.on_partitions_assigned([PARTITION])
        _, further = await asyncio.gather(broker.deliver(5), rebalance())
        await broker.handler(cast("Any", further))

    asyncio.run(steps())
    assert [(record.offset, record.value) for record in stored] == [
        (offset, b"there") for offset in range(5)
    ]


def test_records_that_were_read_before_the_claim_set_the_reader_are_read_once_more(
    engine: Engine,
) -> None:
    broker, stored = FakeBroker(), list[int]()

    def process(_connection: object, records: Sequence[Record]) -> None:
        stored.extend(record.offset for record in records)

    consumer = consumer_of(engine, process, Kafka())

    async def steps() -> None:
        consumer.register(cast("Any", broker))
        other_owner_stores(engine, 4)
        early = broker.read(9)
        await consumer.on_partitions_assigned([PARTITION])
        await broker.handler(cast("Any", early))
        assert stored == []
        await broker.deliver(3)
        await broker.deliver(4)

    with capture_logs() as said:
        asyncio.run(steps())
    assert stored == list(range(4, 11))
    assert "log_truncated" not in {line["event"] for line in said}


def test_after_a_batch_records_gather_as_the_pace_says(engine: Engine) -> None:
    broker, asked = FakeBroker(), list[tuple[int, int, int]]()

    def pace(taken: int, waiting: int, batch_size: int) -> float:
        asked.append((taken, waiting, batch_size))
        return 0.0

    consumer = consumer_of(engine, lambda _connection, _records: None, Kafka(), pace)

    async def steps() -> None:
        consumer.register(cast("Any", broker))
        await consumer.on_partitions_assigned([PARTITION])
        await broker.deliver(5)
        consumer.ceiling.stopped[TOPIC] = "nearly all was refused"
        await broker.deliver(3)

    asyncio.run(steps())
    assert asked == [(5, 95, 10), (3, 0, 10)]


def test_the_rest_after_a_batch_ends_when_the_service_stops(engine: Engine) -> None:
    broker, resting = FakeBroker(), asyncio.Event()

    def pace(*_: int) -> float:
        resting.set()
        return 3_600.0

    consumer = consumer_of(engine, lambda _connection, _records: None, Kafka(), pace)

    async def steps() -> None:
        consumer.register(cast("Any", broker))
        await consumer.on_partitions_assigned([PARTITION])
        handling = asyncio.create_task(broker.deliver(5))
        await resting.wait()
        consumer.stop()
        async with asyncio.timeout(120):
            await handling

    asyncio.run(steps())
