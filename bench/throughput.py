"""How much of a bare read of the topics the reading, checking and storing of ingest costs.

A bare FastStream batch subscriber that only counts records is 1.00. Against it: the consumer of
ingest as it runs in the service, from the same topics of a local Apache Kafka into a new SQLite
file, with versions, register, attribution, outbox and offsets in the same transactions. The two
take turns; between them a fixed loop of Python is timed, because machines change their speed.
Only ratios are kept: rates of one machine say nothing about another.

    python bench/throughput.py [--events N] [--repetitions N]

The stream is shuffled, a third of it are duplicates, lines have up to four revisions in any order.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from uuid import uuid4

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import structlog  # noqa: E402 - the path comes first
from aiokafka import ConsumerRebalanceListener, TopicPartition  # noqa: E402
from faststream import AckPolicy  # noqa: E402
from faststream.kafka import KafkaBroker, KafkaMessage  # noqa: E402

from clusterwatch.launcher.errors import LaunchError  # noqa: E402
from clusterwatch.launcher.local_kafka import LocalKafka  # noqa: E402
from services.ingest import handlers  # noqa: E402
from services.ingest.domain.reading import CONSUMED_TOPICS  # noqa: E402
from services.ingest.main import SERVICE, use_case  # noqa: E402
from services.ingest.settings import IngestSettings  # noqa: E402
from shared.messaging.topics import ensure_topics, topic_specs  # noqa: E402
from shared.plans import load_catalogue  # noqa: E402
from shared.storage import open_engine, reading, reconciliation  # noqa: E402
from shared.storage.migrations import migrate  # noqa: E402
from shared.testing.kafka import produce  # noqa: E402
from shared.testing.load import Load, Place, build_load  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "throughput.json"

PERIODS = tuple(f"2025-{month:02d}" for month in range(2, 10))
PLACES = (
    Place("341323", "3451", ()),
    Place("341324", "3670", ()),
    Place("341371", "2221", ()),
    Place("341321", "1392", ()),
)
"""Region and industry: each counts in a cluster, its industry, its county and the city."""

_BATCH = 2_000
"""Records of a batch: the services' default, for both readers."""
_BARE_PASSES = 5
"""One bare pass takes a fraction of a second."""
_LOOP = 3_000_000
_PATIENCE = 120.0
"""Seconds for one reading, after which the bench gives up."""


@dataclass(frozen=True)
class Reading:
    """One pass over the topics."""

    records: int
    seconds: float
    cpu_seconds: float
    loop_seconds: float
    """Mean of the fixed loop just before and just after."""

    @property
    def rate(self) -> float:
        """Records in the time the fixed loop takes."""
        return self.records / self.seconds * self.loop_seconds

    @property
    def cpu(self) -> float:
        """CPU time of a record, in fixed loops."""
        return self.cpu_seconds / self.records / self.loop_seconds


class Clock(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Starts when partitions are assigned, before the first fetch; stops with the last record."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
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
            self._started = (time.perf_counter(), time.process_time())

    def count(self, records: int) -> None:
        """Call when a batch is done."""
        self.records += records
        if self.records >= self._expected and self._started is not None:
            self.seconds = time.perf_counter() - self._started[0]
            self.cpu_seconds = time.process_time() - self._started[1]
            self.finished.set()


def fixed_loop() -> float:
    """Seconds that the same work takes now."""
    started = time.perf_counter()
    total = 0
    for number in range(_LOOP):
        total += number & 7
    return time.perf_counter() - started


async def read_bare(bootstrap: str, group: str, clock: Clock) -> None:
    """Count the records of raw batches."""
    broker = KafkaBroker(bootstrap, logger=None)

    async def keep(raw: tuple[object, ...]) -> KafkaMessage:
        return KafkaMessage(body=b"", raw_message=raw, message_id=group, consumer=None)  # type: ignore[arg-type]

    async def no_body(_message: KafkaMessage) -> None:
        return

    subscriber = broker.subscriber(
        *CONSUMED_TOPICS,
        batch=True,
        group_id=group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        max_records=_BATCH,
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
    await _run(broker, clock)


async def read_with_ingest(bootstrap: str, folder: Path, clock: Clock) -> None:
    """Read as the service does, into a new SQLite file."""
    settings = IngestSettings(kafka_bootstrap_servers=bootstrap, data_dir=folder)
    engine = open_engine(settings, SERVICE)
    migrate(engine, SERVICE)
    consumer = handlers.consumer(
        settings,
        engine,
        use_case(settings, load_catalogue().plans),
        lambda records: clock.count(len(records)),
    )
    claim = consumer.on_partitions_assigned

    async def on_assigned(partitions: Sequence[TopicPartition]) -> None:
        await clock.on_partitions_assigned(partitions)
        await claim(partitions)

    consumer.on_partitions_assigned = on_assigned  # type: ignore[assignment,method-assign]
    broker = KafkaBroker(bootstrap, logger=None)
    consumer.register(broker)
    try:
        await _run(broker, clock)
        with reading(engine) as connection:
            _check(reconciliation.read(connection))
    finally:
        consumer.stop()
        engine.dispose()


async def _run(broker: KafkaBroker, clock: Clock) -> None:
    await broker.start()
    try:
        async with asyncio.timeout(_PATIENCE):
            await clock.finished.wait()
    finally:
        await broker.stop()


def _check(counts: dict[str, dict[str, int]]) -> None:
    """Nothing may be refused: a refused record is cheaper than a stored one."""
    lost = {
        (topic, state): number
        for topic, states in counts.items()
        for state, number in states.items()
        if state in {"dead_lettered", "parked"} and number
    }
    if lost:
        raise SystemExit(f"the load was not stored as a whole: {lost}")


def measure(expected: int, read: Callable[[Clock], Awaitable[None]], passes: int = 1) -> Reading:
    """One reading, of several passes where one is short, between two fixed loops."""

    async def run() -> Clock:
        clock = Clock(expected)
        await read(clock)
        return clock

    before = fixed_loop()
    clocks = [asyncio.run(run()) for _ in range(passes)]
    loop = (before + fixed_loop()) / 2
    return Reading(
        sum(clock.records for clock in clocks),
        sum(clock.seconds for clock in clocks),
        sum(clock.cpu_seconds for clock in clocks),
        loop,
    )


def fill(bootstrap: str, load: Load) -> None:
    """Make the topics and write the load, the register's topic first."""
    ensure_topics(bootstrap, topic_specs())
    for topic in sorted({event.topic for event in load.events}):
        produce(bootstrap, topic, [(e.key, e.value) for e in load.events if e.topic == topic])


def compare(bootstrap: str, folder: Path, load: Load, repetitions: int) -> dict[str, list[Reading]]:
    """Readings of both, taking turns; the first pair warms up and is not kept."""
    expected = len(load.events)
    found: dict[str, list[Reading]] = {"bare": [], "ingest": []}
    for number in range(repetitions + 1):
        (folder / f"{number}").mkdir()
        bare = measure(
            expected, lambda clock: read_bare(bootstrap, f"bench-{uuid4()}", clock), _BARE_PASSES
        )
        ours = measure(expected, partial(read_with_ingest, bootstrap, folder / f"{number}"))
        if number:
            found["bare"].append(bare)
            found["ingest"].append(ours)
            print(f"pair {number}: ingest {ours.rate / bare.rate:.3f} of the bare read", flush=True)
    return found


def report_of(found: dict[str, list[Reading]], load: Load, seconds: float) -> dict[str, object]:
    """Ratios of the medians, and the range over the pairs."""
    pairs = [
        ours.rate / bare.rate for bare, ours in zip(found["bare"], found["ingest"], strict=True)
    ]
    rates = {name: median(each.rate for each in readings) for name, readings in found.items()}
    cpu = {name: median(each.cpu for each in readings) for name, readings in found.items()}
    ratio = round(rates["ingest"] / rates["bare"], 3)
    work = round(cpu["ingest"] / cpu["bare"], 2)
    return {
        "summary": [
            {"figure": "bare batch read", "value": 1.0, "goal": None},
            {"figure": "ingest into SQLite, of the bare read's rate", "value": ratio, "goal": None},
            {"figure": "ingest, CPU time a record, in bare reads", "value": work, "goal": None},
        ],
        "events": len(load.events),
        "report_lines": load.lines,
        "repetitions": len(pairs),
        "pairs": [round(pair, 3) for pair in pairs],
        "batch": _BATCH,
        "note": "medians of alternating readings, each between two fixed loops; one process, one "
        "local Apache Kafka on the same machine, six partitions a topic",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/throughput.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the broker's end
    logging.disable(logging.ERROR)  # a new broker has no group coordinator for a moment
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    started = time.perf_counter()
    load = build_load(7, events=arguments.events, places=PLACES, periods=PERIODS)
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        folder = Path(name)
        try:
            with LocalKafka(folder / "kafka", folder / "kafka.log") as kafka:
                fill(kafka.bootstrap, load)
                print(f"{len(load.events)} events written", flush=True)
                found = compare(kafka.bootstrap, folder, load, arguments.repetitions)
        except LaunchError as error:
            raise SystemExit(f"needs a local Apache Kafka: {error}") from error
    report = report_of(found, load, time.perf_counter() - started)
    print(json.dumps(report["summary"], indent=2))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
