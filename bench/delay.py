"""How long after a report was sent its cluster's total is shown, at 10, 50 and 90 % of capacity.

Ingest and metrics run as processes on an Apache Kafka of their own, on SQLite and then (where
there is one) on PostgreSQL. In each round a backlog is drained: that is the capacity of the round.
Then reports are sent at shares of it, each at the time it is meant for, whatever became of those
before; its delay is counted from that time until a total that holds it is on the status topic, and
on `/metrics`. Beside it, how long the same report takes to a bare consumer of its own topic. In the
end single reports are sent to the idle system, until the API tells of each. Figures are medians of
the rounds: a machine that shares its processors is not equally fast in all of them. A round in
which the host gave more than a tenth of the processors' time to other machines is made once more,
two at most, and those that lost least count; the results have them all.

    python bench/delay.py [--rounds N] [--seconds N] [--backlog N] [--reporters N]
        [--store sqlite|postgresql]

Only simulated reports: revisions of the reports of thousands of enterprises in all clusters of a
plan, each worth one yuan more.
"""

import argparse
import asyncio
import logging
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from aiokafka import AIOKafkaProducer  # noqa: E402 - the path comes first
from delay_load import clusters_of  # noqa: E402
from delay_run import Measurement  # noqa: E402
from delay_watch import Watch  # noqa: E402
from results_file import add_results_option, write_results  # noqa: E402

from clusterwatch.launcher.errors import LaunchError  # noqa: E402
from clusterwatch.launcher.local_kafka import LocalKafka  # noqa: E402
from clusterwatch.launcher.ports import free_ports  # noqa: E402
from clusterwatch.launcher.processes import ProcessSpec, Supervisor  # noqa: E402
from shared.messaging.topics import DEFAULT_PARTITIONS, recreate_topics, topic_specs  # noqa: E402
from shared.testing.postgres import PostgresServer, server_program  # noqa: E402

_HALF = 0.5
SHARES = (0.1, _HALF, 0.9)
SINGLES = 10
_DISTURBED = 0.1
_MORE_ROUNDS = 2
_BELOW_TWO = frozenset({"status topic, p99, s", "/metrics, p99, s"})


@dataclass(slots=True)
class Round:
    """What one round gave."""

    capacity: float
    """Reports a second."""
    delays: dict[float, dict[str, float]] = field(default_factory=dict)
    """By share of capacity, then as in `Delays.quantiles`."""
    stolen: float | None = None
    """Share of the processors' time that other machines of the host took; None where not known."""

    @property
    def is_disturbed(self) -> bool:
        """Whether it says more about the host than about the services."""
        return (self.stolen or 0.0) > _DISTURBED


@dataclass(slots=True)
class Found:
    """What one store gave."""

    rounds: list[Round] = field(default_factory=list)
    single: list[float] = field(default_factory=list)
    """Seconds until the API told of a single report."""

    def wants_more(self, wanted: int) -> bool:
        """Whether another round is to be made, where so many undisturbed ones are wanted."""
        quiet = sum(not one.is_disturbed for one in self.rounds)
        return quiet < wanted and len(self.rounds) < wanted + _MORE_ROUNDS

    def counting(self, wanted: int) -> list[Round]:
        """The rounds that were disturbed least."""
        return sorted(self.rounds, key=lambda one: one.stolen or 0.0)[:wanted]


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
        while found.wants_more(options.rounds):
            found.rounds.append(await one_round(run, options))
            say(str(found.rounds[-1]))
        found.single = [await run.single() for _ in range(SINGLES)]
        say(f"single: at most {max(found.single):.2f} s")
    return found


async def one_round(run: Measurement, options: argparse.Namespace) -> Round:
    """Capacity, then the delays at each share of it."""
    before = processor_time()
    made = Round(await run.capacity(options.backlog))
    for share in SHARES:
        delays = await run.at_rate(share * made.capacity, options.seconds)
        made.delays[share] = delays.quantiles()
    taken = [now - then for now, then in zip(processor_time(), before, strict=True)]
    made.stolen = round(taken[1] / taken[0], 3) if any(taken) else None
    return made


def processor_time() -> tuple[int, int]:
    """Time of all processors since the start of the machine, and how much of it was stolen."""
    known = Path("/proc/stat")
    if not known.exists():
        return 0, 0
    times = [int(word) for word in known.read_text().split("\n", 1)[0].split()[1:9]]
    return sum(times), times[7]


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


def rows_of(store: str, found: Found, rounds: int) -> list[dict[str, object]]:
    """Rows of the table for one store, from so many rounds."""
    rows: list[dict[str, object]] = []
    counting = found.counting(rounds)
    for share in SHARES:
        for name in counting[0].delays[share]:
            median = statistics.median(one.delays[share][name] for one in counting)
            goal = "at most 2" if name in _BELOW_TWO and share == _HALF else None
            figure = f"{store}, {share:.0%} of capacity: {name}"
            rows.append({"figure": figure, "value": round(median, 2), "goal": goal})
    for word, value in (("median", statistics.median(found.single)), ("worst", max(found.single))):
        goal = "at most 1" if word == "worst" else None
        figure = f"{store}, a single report: in the API, {word} of {len(found.single)}, s"
        rows.append({"figure": figure, "value": round(value, 2), "goal": goal})
    return rows


def main() -> None:
    """Run, print and write bench/results/delay.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="at each share of capacity")
    parser.add_argument("--backlog", type=int, default=10_000)
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
    rows = [row for store, one in found.items() for row in rows_of(store, one, options.rounds)]
    report = {
        "summary": rows,
        "rounds": {store: [asdict(one) for one in each.rounds] for store, each in found.items()},
        "seconds_at_each_share": options.seconds,
        "backlog": options.backlog,
        "note": "medians of the rounds disturbed least; open loop: delays count from the time a "
        "report was meant for; services, broker and sender share one machine; /metrics was read "
        "every 0.2 s, which is part of its delay",
        "seconds": round(time.perf_counter() - started),
    }
    write_results("delay", report, options.results)


if __name__ == "__main__":
    main()
