"""How much of a bare read of the topics the reading, checking and storing of ingest costs.

A bare FastStream batch subscriber that only counts records is 1.00. Against it: the consumer of
ingest as it runs in the service, from the same topics of a local Apache Kafka into SQLite and into
PostgreSQL (where there is one), with versions, register, attribution, holds, warnings, outbox and
offsets in the same transactions: the first load of a new store, everything once more (duplicates),
and a higher revision of every line. And `naive.py`, the same job a message at a time, and the
statements alone that a first load makes on SQLite (`statements.py`). All take
turns; between them a fixed loop of Python is timed, because machines change their speed. Only
ratios are kept: rates of one machine say nothing about another.

    python bench/throughput.py [--events N] [--repetitions N]

The stream is shuffled, a third of it are duplicates, lines have up to four revisions in any order.
"""

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import structlog  # noqa: E402 - the path comes first
from naive import read_naively  # noqa: E402
from readers import (  # noqa: E402
    BATCH,
    Reading,
    Store,
    measure,
    new_store,
    read_bare,
    read_with_ingest,
)
from results_file import add_results_option, write_results  # noqa: E402
from statements import Step, record_statements, replay  # noqa: E402

from clusterwatch.launcher.errors import LaunchError  # noqa: E402
from clusterwatch.launcher.local_kafka import LocalKafka  # noqa: E402
from shared.events.inputs import OUTPUT_TOPIC  # noqa: E402
from shared.messaging.topics import recreate_topics, topic_specs  # noqa: E402
from shared.testing.kafka import produce  # noqa: E402
from shared.testing.load import Event, Load, Place, build_load  # noqa: E402
from shared.testing.postgres import PostgresServer, server_program  # noqa: E402

PERIODS = tuple(f"2025-{month:02d}" for month in range(2, 10))
PLACES = (
    Place("341323", "3451", ()),
    Place("341324", "3670", ()),
    Place("341371", "2221", ()),
    Place("341321", "1392", ()),
)
"""Region and industry: each counts in a cluster, its industry, its county and the city."""

_BARE_PASSES = 3
"""One bare pass takes a fraction of a second."""
_NAIVE_SHARE = 50
"""The naive reader gets one of so many records: it would take minutes."""
FIRST, AGAIN, REVISED = "first load", "everything once more", "a revision of every line"
ENGINES = ("SQLite", "PostgreSQL")
NAIVE = "naive"
STATEMENTS = "statements"
BARE = "bare"

Found = dict[str, list[Reading]]


def fill(bootstrap: str, events: Iterable[Event]) -> None:
    """Make the topics anew and write events, the register's topic first."""
    recreate_topics(bootstrap, topic_specs())
    listed = list(events)
    for topic in sorted({event.topic for event in listed}):
        produce(bootstrap, topic, [(e.key, e.value) for e in listed if e.topic == topic])


def revised(load: Load) -> list[Event]:
    """Every report line of a load with a revision above all of its own."""
    return [
        event._replace(value=event.value.replace(b'"revision":', b'"revision":1'))
        for event in load.events
        if event.topic == OUTPUT_TOPIC
    ]


class Comparison:
    """Readings of all kinds, taking turns."""

    def __init__(
        self, bootstrap: str, stores: list[dict[str, Store]], steps: Sequence[Step]
    ) -> None:
        self._bootstrap = bootstrap
        self._stores = stores
        self._steps = steps
        self.found: Found = {}

    def loads(self, folder: Path, events: int) -> None:
        """First load and the same once more, into a pair of stores each time."""
        for number, stores in enumerate(self._stores):
            kept = number > 0  # the first turn warms up
            self._bare(events, kept=kept)
            for engine, store in stores.items():
                self._read(f"{engine}, {FIRST}", store, events, kept=kept)
            for engine, store in stores.items():
                store.forget_offsets()
                self._read(f"{engine}, {AGAIN}", store, events, kept=kept)
            alone = partial(replay, folder / f"statements-{number}", self._steps, events)
            self._keep(STATEMENTS, measure(alone), kept=kept)
            few = events // _NAIVE_SHARE
            place = folder / f"naive-{number}"
            place.mkdir()
            naive = measure(partial(read_naively, self._bootstrap, place, few))
            self._keep(NAIVE, naive, kept=kept)

    def revisions(self, events: int) -> None:
        """A higher revision of all lines, into the stores that are loaded."""
        for number, stores in enumerate(self._stores):
            self._bare(events, kept=number > 0)
            for engine, store in stores.items():
                self._read(f"{engine}, {REVISED}", store, events, kept=number > 0)

    def _bare(self, events: int, *, kept: bool) -> None:
        bare = measure(partial(read_bare, self._bootstrap, events), _BARE_PASSES)
        self._keep(BARE, bare, kept=kept)

    def _read(self, name: str, store: Store, events: int, *, kept: bool) -> None:
        self._keep(name, measure(partial(read_with_ingest, store, events)), kept=kept)

    def _keep(self, name: str, one: Reading, *, kept: bool) -> None:
        if kept:
            self.found.setdefault(name, []).append(one)
        print(f"{name}: {one.records / one.seconds:.0f}/s", flush=True)


def report_of(found: Found, load: Load, repetitions: int, seconds: float) -> dict[str, object]:
    """Ratios of the medians."""
    rate = {name: median(each.rate for each in readings) for name, readings in found.items()}
    cpu = {name: median(each.cpu for each in readings) for name, readings in found.items()}
    ours = [name for name in found if name not in {BARE, NAIVE, STATEMENTS}]
    summary: list[dict[str, object]] = [{"figure": "bare batch read", "value": 1.0, "goal": None}]

    def add(figure: str, value: float, goal: str | None = None) -> None:
        summary.append({"figure": figure, "value": round(value, 3), "goal": goal})

    for name in ours:
        goal = "at least 0.35" if FIRST in name else None
        add(f"{name}: of the bare read's rate", rate[name] / rate[BARE], goal)
    for name in ours:
        add(f"{name}: CPU time a record, in bare reads", cpu[name] / cpu[BARE])
    alone = cpu[STATEMENTS] / cpu[BARE]
    add("SQLite's statements of a first load alone: CPU time a record, in bare reads", alone)
    add(
        "SQLite, first load: rate if nothing but these and the bare read took time", 1 / (1 + alone)
    )
    first = f"{ENGINES[0]}, {FIRST}"
    add("SQLite, first load: times the naive rate", rate[first] / rate[NAIVE], "at least 40")
    return {
        "summary": summary,
        "events": len(load.events),
        "report_lines": load.lines,
        "repetitions": repetitions,
        "range": {
            name: [round(f(each.rate for each in found[name]) / rate[BARE], 3) for f in (min, max)]
            for name in ours
        },
        "batch": BATCH,
        "note": "medians of alternating readings, each between two fixed loops; one process, one "
        "local Apache Kafka on the same machine, six partitions a topic; CPU time is that of the "
        "process and of the database's server",
        "seconds": round(seconds),
    }


def compare(folder: Path, load: Load, repetitions: int) -> Found:
    """All readings, on a Kafka and a PostgreSQL of our own."""
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka", folder / "kafka.log"))
        server = stack.enter_context(PostgresServer()) if server_program("postgres") else None
        fill(kafka.bootstrap, load.events)
        print(f"{len(load.events)} events written", flush=True)
        stores: list[dict[str, Store]] = []
        for number in range(repetitions + 1):
            urls: dict[str, str | None] = {"SQLite": None}
            if server is not None:
                urls["PostgreSQL"] = server.create_database()
            stores.append(
                {
                    engine: stack.enter_context(
                        new_store(kafka.bootstrap, folder / f"{engine}-{number}", url)
                    )
                    for engine, url in urls.items()
                }
            )
        steps = record_statements(folder / "statements", load.events)
        comparison = Comparison(kafka.bootstrap, stores, steps)
        comparison.loads(folder, len(load.events))
        again = revised(load)
        fill(kafka.bootstrap, again)
        comparison.revisions(len(again))
    return comparison.found


def main() -> None:
    """Run, print and write bench/results/throughput.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--repetitions", type=int, default=5)
    add_results_option(parser)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the broker's end
    logging.disable(logging.ERROR)  # a new broker has no group coordinator for a moment
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    started = time.perf_counter()
    load = build_load(7, events=arguments.events, places=PLACES, periods=PERIODS)
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        try:
            found = compare(Path(name), load, arguments.repetitions)
        except LaunchError as error:
            raise SystemExit(f"needs a local Apache Kafka: {error}") from error
    report = report_of(found, load, arguments.repetitions, time.perf_counter() - started)
    write_results("throughput", report, arguments.results)


if __name__ == "__main__":
    main()
