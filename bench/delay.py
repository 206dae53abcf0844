"""How long after a report was sent its cluster's total is shown, at 10, 50 and 90 % of capacity.

Ingest and metrics run as processes on an Apache Kafka of their own, on SQLite and then (where
there is one) on PostgreSQL. First a backlog is drained: that is the capacity of this run. Then
reports are sent at shares of it, each at the time it is meant for, whatever became of those
before; its delay is counted from that time until a total that holds it is on the status topic, and
on `/metrics`. Beside it, how long the same report takes to a bare consumer of its own topic. In the
end single reports are sent to the idle system, until the API tells of each.

    python bench/delay.py [--seconds N] [--backlog N] [--reporters N] [--store sqlite|postgresql]

Only simulated reports: revisions of the reports of thousands of enterprises in all clusters of a
plan, each worth one yuan more.
"""

import argparse
import asyncio
import logging
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import httpx  # noqa: E402 - the path comes first
from aiokafka import AIOKafkaProducer  # noqa: E402
from delay_load import Cluster, Report, clusters_of  # noqa: E402
from delay_watch import Shown, Watch, follow, until  # noqa: E402
from results_file import add_results_option, write_results  # noqa: E402

from clusterwatch.launcher.errors import LaunchError  # noqa: E402
from clusterwatch.launcher.local_kafka import LocalKafka  # noqa: E402
from clusterwatch.launcher.ports import free_ports  # noqa: E402
from clusterwatch.launcher.processes import ProcessSpec, Supervisor  # noqa: E402
from shared.messaging.topics import DEFAULT_PARTITIONS, recreate_topics, topic_specs  # noqa: E402
from shared.testing.postgres import PostgresServer, server_program  # noqa: E402

SHARES = (0.1, 0.5, 0.9)
SINGLES = 10
_TICK_SECONDS = 0.005
_PATIENCE = 150.0
_GOALS = {"status topic": "at most 2", "/metrics": "at most 2"}


@dataclass(slots=True)
class Delays:
    """Seconds from the intended time until a report counts in each place."""

    topic: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What one store gave."""

    capacity: float = 0.0
    """Reports a second."""
    delays: dict[float, Delays] = field(default_factory=dict)
    single: list[float] = field(default_factory=list)
    """Seconds until the API told of a single report."""


class Measurement:
    """One run against services that are up."""

    def __init__(
        self, watch: Watch, producer: AIOKafkaProducer, clusters: list[Cluster], urls: list[str]
    ) -> None:
        self._watch = watch
        self._producer = producer
        self._clusters = clusters
        self._urls = urls
        self._made = 0

    def next_report(self) -> Report:
        """A report of one cluster after the other."""
        self._made += 1
        return self._clusters[self._made % len(self._clusters)].next_report()

    async def send(self, reports: Sequence[Report]) -> None:
        """Hand reports to the producer; it waits only where its buffer is full."""
        for report in reports:
            await self._producer.send(
                report.topic, key=report.key, value=report.value, partition=report.partition
            )

    async def shown(self) -> None:
        """Until everything that was sent is shown."""
        await self._producer.flush()
        totals = {cluster.unit: cluster.total for cluster in self._clusters}
        await until(lambda: self._watch.page.holds(totals), _PATIENCE, "all totals on /metrics")
        await until(lambda: self._watch.topic.holds(totals), _PATIENCE, "all totals on the topic")

    async def prime(self) -> None:
        """Register all enterprises and send a first report of each."""
        for cluster in self._clusters:
            await self.send(cluster.register())
        for cluster in self._clusters:
            await self.send(cluster.first_reports())
        await self.shown()

    async def capacity(self, backlog: int) -> float:
        """Reports a second while a backlog is drained, until metrics has stored the last."""
        already = (await self._consumed())[0]
        await self.send([self.next_report() for _ in range(backlog)])
        await self._producer.flush()
        waiting = asyncio.create_task(self.shown())
        found = await follow(self._consumed, waiting.done, _PATIENCE)
        await waiting
        started, (taken, _) = found[0]
        last = found[-1][1]
        ended = next(at for at, counts in found if counts == last)
        return (already + backlog - taken) / (ended - started)

    async def _consumed(self) -> tuple[int, ...]:
        """Records that ingest and metrics have consumed."""
        async with httpx.AsyncClient(timeout=30) as client:
            paths = [f"{url}/api/v1/reconciliation" for url in self._urls]
            answers = await asyncio.gather(*(client.get(path) for path in paths))
        return tuple(int(answer.json()["consumed"]) for answer in answers)

    async def at_rate(self, rate: float, seconds: float) -> Delays:
        """Send at a rate, by the clock alone, and collect the delays."""
        number = int(rate * seconds)
        sent: list[tuple[float, Report]] = []
        start = time.monotonic() + _TICK_SECONDS
        while len(sent) < number:
            now = time.monotonic()
            while len(sent) < number and start + len(sent) / rate <= now:
                report = self.next_report()
                sent.append((start + len(sent) / rate, report))
                await self.send([report])
            await asyncio.sleep(_TICK_SECONDS)
        await self.shown()
        return self._delays(sent)

    def _delays(self, sent: Sequence[tuple[float, Report]]) -> Delays:
        watch, delays = self._watch, Delays()
        for meant_for, report in sent:
            delays.topic.append(_seen(watch.topic, report) - meant_for)
            delays.page.append(_seen(watch.page, report) - meant_for)
            delays.bare.append(watch.read_back[report.value] - meant_for)
        watch.read_back.clear()
        return delays

    async def single(self) -> float:
        """Seconds until the API tells of one report, sent to the idle system."""
        await asyncio.sleep(random.uniform(0.5, 1.5))
        report = self.next_report()
        sent = time.monotonic()
        await self.send([report])
        async with asyncio.timeout(_PATIENCE):
            await self._watch.ask_api(report.cluster, report.total)
        delay = _seen(self._watch.api, report) - sent
        await self.shown()
        return delay


def _seen(shown: Shown, report: Report) -> float:
    at = shown.when(report.cluster, report.total)
    if at is None:
        raise SystemExit(f"{report.cluster} was never shown with {report.total}")
    return at


async def measure(
    bootstrap: str, urls: list[str], options: argparse.Namespace, say: Callable[[str], None]
) -> Found:
    """Capacity, then the delays at each share of it, then single reports."""
    found = Found()
    clusters = clusters_of(options.reporters, DEFAULT_PARTITIONS)
    # Kafka's own client waits 5 ms for more by default.
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
    async with producer, Watch(bootstrap, urls[1]).running() as watch:
        run = Measurement(watch, producer, clusters, urls)
        await run.prime()
        found.capacity = await run.capacity(options.backlog)
        watch.read_back.clear()
        say(f"capacity {found.capacity:.0f}/s")
        for share in SHARES:
            delays = await run.at_rate(share * found.capacity, options.seconds)
            found.delays[share] = delays
            say(f"{share:.0%}: /metrics p99 {quantile(delays.page, 99):.2f} s")
        found.single = [await run.single() for _ in range(SINGLES)]
        say(f"single: at most {max(found.single):.2f} s")
    return found


def quantile(values: Sequence[float], percent: int) -> float:
    """A percentile; 50 is the median."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def run_with(
    kafka: LocalKafka, folder: Path, database: str | None, options: argparse.Namespace
) -> Found:
    """Services on one kind of store, from an empty system on."""
    recreate_topics(kafka.bootstrap, topic_specs())
    ports = free_ports(2)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    environment = {
        "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "CLUSTERWATCH_DATA_DIR": str(folder),
        "CLUSTERWATCH_INGEST_PORT": str(ports[0]),
        "CLUSTERWATCH_METRICS_PORT": str(ports[1]),
    }
    if database is not None:
        environment["CLUSTERWATCH_DATABASE_URL"] = database
    supervisor = Supervisor()
    with supervisor.supervised():
        supervisor.start(
            *(
                ProcessSpec(
                    name,
                    [sys.executable, "-m", "clusterwatch", name],
                    folder / f"{name}.log",
                    environment,
                    f"{url}/readyz",
                )
                for name, url in zip(("ingest", "metrics"), urls, strict=True)
            )
        )
        return asyncio.run(measure(kafka.bootstrap, urls, options, print))


def rows_of(store: str, found: Found) -> list[dict[str, object]]:
    """Rows of the table for one store."""
    rows: list[dict[str, object]] = []
    for share, delays in found.delays.items():
        for place, values in (
            ("status topic", delays.topic),
            ("/metrics", delays.page),
            ("bare consumer of the reports", delays.bare),
        ):
            for percent in (50, 99):
                goal = _GOALS.get(place) if (percent, share) == (99, 0.5) else None
                figure = f"{store}, {share:.0%} of capacity: {place}, p{percent}, s"
                value = round(quantile(values, percent), 2)
                rows.append({"figure": figure, "value": value, "goal": goal})
    for word, value in (("median", statistics.median(found.single)), ("worst", max(found.single))):
        goal = "at most 1" if word == "worst" else None
        figure = f"{store}, a single report: in the API, {word} of {len(found.single)}, s"
        rows.append({"figure": figure, "value": round(value, 2), "goal": goal})
    return rows


def main() -> None:
    """Run, print and write bench/results/delay.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="at each share of capacity")
    parser.add_argument("--backlog", type=int, default=20_000)
    parser.add_argument("--reporters", type=int, default=200, help="enterprises in each cluster")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), help="only this one")
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the broker's end
    logging.disable(logging.ERROR)
    started = time.perf_counter()
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        folder = Path(name)
        try:
            with LocalKafka(folder / "kafka", folder / "kafka.log") as kafka:
                if options.store != "postgresql":
                    found["SQLite"] = run_with(kafka, folder / "sqlite", None, options)
                if options.store != "sqlite" and server_program("postgres"):
                    with PostgresServer() as server:
                        url = server.create_database()
                        found["PostgreSQL"] = run_with(kafka, folder / "pg", url, options)
        except LaunchError as error:
            raise SystemExit(f"needs a local Apache Kafka: {error}") from error
    rows = [row for store, one in found.items() for row in rows_of(store, one)]
    report = {
        "summary": rows,
        "seconds_at_each_share": options.seconds,
        "backlog": options.backlog,
        "note": "open loop: delays count from the time a report was meant for; services, broker "
        "and sender share one machine; /metrics was read every 0.2 s, which is part of its delay",
        "seconds": round(time.perf_counter() - started),
    }
    write_results("delay", report, options.results)


if __name__ == "__main__":
    main()
