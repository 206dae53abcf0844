"""Readers of the input topics that `throughput.py` lets take turns, and what they are timed by."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import SecretStr
from sqlalchemy import Engine, text

from services.ingest import handlers
from services.ingest.domain.reading import CONSUMED_TOPICS
from services.ingest.main import SERVICE, use_case
from services.ingest.settings import IngestSettings
from shared.plans import load_catalogue
from shared.storage import open_engine, reading, reconciliation, writing
from shared.storage.migrations import migrate

BATCH = 2_000
"""Records of a batch: the services' default, for all readers of batches."""
_LOOP = 3_000_000
_PATIENCE = 240.0
"""Seconds for one reading, after which the bench gives up."""


@dataclass(frozen=True)
class Reading:
    """One pass over the topics."""

    records: int
    seconds: float
    cpu_seconds: float
    """Of this process and of the database's server."""
    loop_seconds: float
    """Mean of the fixed loop just before and just after."""
    loop_cpu_seconds: float

    @property
    def rate(self) -> float:
        """Records in the time the fixed loop takes."""
        return self.records / self.seconds * self.loop_seconds

    @property
    def cpu(self) -> float:
        """CPU time of a record, in fixed loops."""
        return self.cpu_seconds / self.records / self.loop_cpu_seconds


class Clock(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Starts when partitions are assigned, before the first fetch; stops with the last record."""

    def __init__(self, expected: int, cpu: Callable[[], float] = time.process_time) -> None:
        self._expected = expected
        self._cpu = cpu
        self._started: tuple[float, float] | None = None
        self.records = 0
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.finished = asyncio.Event()

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing to do."""

    async def on_partitions_assigned(self, assigned: Collection[object]) -> None:
        """Start."""
        if assigned and self._started is None:
            self._started = (time.perf_counter(), self._cpu())

    def count(self, records: int) -> None:
        """Call when a batch is done."""
        self.records += records
        if self.records >= self._expected and self._started and not self.finished.is_set():
            self.seconds = time.perf_counter() - self._started[0]
            self.cpu_seconds = self._cpu() - self._started[1]
            self.finished.set()


def fixed_loop() -> tuple[float, float]:
    """Seconds, and seconds of CPU, that the same work takes now."""
    started, cpu = time.perf_counter(), time.process_time()
    total = 0
    for number in range(_LOOP):
        total += number & 7
    return time.perf_counter() - started, time.process_time() - cpu


def measure(read: Callable[[], Awaitable[Clock]], passes: int = 1) -> Reading:
    """One reading, of several passes where one is short, between two fixed loops."""
    before = fixed_loop()
    clocks: list[Clock] = [asyncio.run(read()) for _ in range(passes)]  # type: ignore[arg-type]
    after = fixed_loop()
    return Reading(
        sum(clock.records for clock in clocks),
        sum(clock.seconds for clock in clocks),
        sum(clock.cpu_seconds for clock in clocks),
        (before[0] + after[0]) / 2,
        (before[1] + after[1]) / 2,
    )


async def read_bare(bootstrap: str, expected: int) -> Clock:
    """Count the records of raw batches."""
    clock = Clock(expected)
    broker = KafkaBroker(bootstrap, logger=None)

    async def keep(raw: tuple[object, ...]) -> KafkaMessage:
        return KafkaMessage(body=b"", raw_message=raw, message_id="bare", consumer=None)  # type: ignore[arg-type]

    async def no_body(_message: KafkaMessage) -> None:
        return

    subscriber = broker.subscriber(
        *CONSUMED_TOPICS,
        batch=True,
        group_id=f"bench-{uuid4()}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        max_records=BATCH,
        batch_timeout_ms=100,
        max_partition_fetch_bytes=5 * 1024 * 1024,
        listener=clock,
        parser=keep,
        decoder=no_body,
        no_reply=True,
    )

    async def handle(message: KafkaMessage) -> None:
        clock.count(len(message.raw_message))

    subscriber(handle)
    await until_finished(broker, clock)
    return clock


class Store:
    """Ingest's store in a new SQLite file, or in the PostgreSQL database of a URL."""

    def __init__(self, bootstrap: str, folder: Path, url: str | None = None) -> None:
        secret = None if url is None else SecretStr(url)
        self.settings = IngestSettings(
            kafka_bootstrap_servers=bootstrap, data_dir=folder, database_url=secret
        )
        self.engine: Engine = open_engine(self.settings, SERVICE)
        migrate(self.engine, SERVICE)

    def forget_offsets(self) -> None:
        """Read everything once more: the records are there, and come again."""
        with writing(self.engine) as connection:
            connection.execute(text("delete from consumer_offset"))

    def cpu(self) -> float:
        """Seconds of CPU of this process, and of the server behind the store."""
        if self.engine.dialect.name == "sqlite":
            return time.process_time()
        with self.engine.connect() as connection:
            backend = connection.execute(text("select pg_backend_pid()")).scalar_one()
        server = psutil.Process(backend).parent()
        if server is None:
            raise RuntimeError("the PostgreSQL server is not on this machine")
        processes = [server, *server.children(recursive=True)]
        times = [process.cpu_times() for process in processes]
        return time.process_time() + float(sum(used.user + used.system for used in times))

    def check(self) -> None:
        """Nothing may be refused: a refused record is cheaper than a stored one."""
        with reading(self.engine) as connection:
            counts = reconciliation.read(connection)
        lost = {
            (topic, state): number
            for topic, states in counts.items()
            for state, number in states.items()
            if state in {"dead_lettered", "parked"} and number
        }
        if lost:
            raise SystemExit(f"the load was not stored as a whole: {lost}")


@contextmanager
def new_store(bootstrap: str, folder: Path, url: str | None = None) -> Iterator[Store]:
    """A store that is closed in the end."""
    folder.mkdir()
    store = Store(bootstrap, folder, url)
    try:
        yield store
    finally:
        store.engine.dispose()


async def read_with_ingest(store: Store, expected: int) -> Clock:
    """Read as the service does."""
    clock = Clock(expected, store.cpu)
    consumer = handlers.consumer(
        store.settings,
        store.engine,
        use_case(store.settings, load_catalogue().plans),
        lambda records: clock.count(len(records)),
    )
    claim = consumer.on_partitions_assigned

    async def on_assigned(partitions: Sequence[TopicPartition]) -> None:
        await clock.on_partitions_assigned(partitions)
        await claim(partitions)

    consumer.on_partitions_assigned = on_assigned  # type: ignore[assignment,method-assign]
    broker = KafkaBroker(store.settings.kafka_bootstrap_servers, logger=None)
    consumer.register(broker)
    try:
        await until_finished(broker, clock)
    finally:
        consumer.stop()
    store.check()
    return clock


async def until_finished(broker: KafkaBroker, clock: Clock) -> None:
    """Run a broker's subscribers until the clock has counted all records."""
    await broker.start()
    try:
        async with asyncio.timeout(_PATIENCE):
            await clock.finished.wait()
    finally:
        await broker.stop()
