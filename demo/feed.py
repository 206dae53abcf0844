"""Sends simulated records to Kafka: the history at full speed, then the present as it happens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from demo.live import Due
from demo.messages import Message
from shared.messaging.cluster import KafkaCluster

_OUTSTANDING = 2000
"""Sends under way before their acknowledgements are awaited; bounds memory."""

_MAX_REQUEST_BYTES = 4 * 1024 * 1024  # what the input topics take
_CONNECT_ATTEMPTS, _CONNECT_PAUSE = 30, 2.0


class Publisher(Protocol):
    """Where simulated records go."""

    async def send(self, message: Message) -> None:
        """Hand over one record; it may still be under way afterwards."""

    async def flush(self) -> None:
        """Wait until everything handed over is acknowledged."""


class KafkaPublisher:
    """Publisher on a real broker; an error of any record surfaces in `send` or `flush`."""

    def __init__(self, cluster: KafkaCluster, *, idempotence: bool) -> None:
        self._cluster = cluster
        self._idempotence = idempotence
        self._producer: AIOKafkaProducer | None = None
        self._under_way: list[Awaitable[Any]] = []

    async def __aenter__(self) -> Self:
        self._producer = await self._connected()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def send(self, message: Message) -> None:
        """Queue one record in order; waits now and then for acknowledgements."""
        if self._producer is None:
            raise RuntimeError("use the publisher as a context manager")
        sending = await self._producer.send(
            message.topic, message.value, key=message.key, headers=list(message.headers)
        )
        self._under_way.append(sending)
        if len(self._under_way) >= _OUTSTANDING:
            await self.flush()

    async def flush(self) -> None:
        """Wait for all acknowledgements. Raises KafkaError when one did not come."""
        sent, self._under_way = self._under_way, []
        await asyncio.gather(*sent)

    async def stored(self, topic: str) -> int:
        """Number of records that the topic has taken so far; 0 where that cannot be told."""
        consumer = AIOKafkaConsumer(**self._cluster.client_arguments())
        await consumer.start()
        try:
            numbers = await self._partitions(topic)
            partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
            ends = await consumer.end_offsets(partitions) if partitions else {}
        finally:
            await consumer.stop()
        return int(sum(ends.values()))

    async def _partitions(self, topic: str) -> set[int]:
        if self._producer is None:
            raise RuntimeError("use the publisher as a context manager")
        return set(await self._producer.partitions_for(topic))

    async def _connected(self) -> AIOKafkaProducer:
        """A started producer; the broker may come up a little later than we do."""
        for attempt in range(1, _CONNECT_ATTEMPTS + 1):
            producer = AIOKafkaProducer(
                **self._cluster.client_arguments(),
                acks="all",
                enable_idempotence=self._idempotence,
                linger_ms=10,
                max_request_size=_MAX_REQUEST_BYTES,
                client_id="clusterwatch-demo",
            )
            try:
                await producer.start()
            except KafkaError:
                await producer.stop()
                if attempt == _CONNECT_ATTEMPTS:
                    raise
                await asyncio.sleep(_CONNECT_PAUSE)
            else:
                return producer
        raise AssertionError("the last attempt returns or raises")


async def load(
    messages: Iterable[Message],
    publisher: Publisher,
    stop: asyncio.Event,
    advance: Callable[[], None],
) -> int:
    """Send records as fast as they are acknowledged; returns how many, also when stopped early."""
    count = 0
    for message in messages:
        if stop.is_set():
            break
        await publisher.send(message)
        count += 1
        advance()
    await publisher.flush()
    return count


async def play(
    dues: Iterable[Due],
    publisher: Publisher,
    stop: asyncio.Event,
    tell: Callable[[Due], None],
    *,
    speed: float = 1.0,
) -> None:
    """Send each record at its time (divided by `speed`) until `stop` is set."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for due in dues:
        if await _stopped_before(stop, start + due.after / speed - loop.time()):
            return
        await publisher.send(due.message)
        await publisher.flush()
        tell(due)


async def _stopped_before(stop: asyncio.Event, seconds: float) -> bool:
    """Wait; whether `stop` was set meanwhile."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await stop.wait()
    except TimeoutError:
        return stop.is_set()
    return True
