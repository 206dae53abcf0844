"""The same job in other stream processors, as shares of a bare read of the same topic.

The job: decode a report, check it (fields, credit code, unit, period), let the newest revision win,
keep the sum of every cluster, durably where the peer can. Each peer lives in an environment of its
own, made from its lock file in requirements/peers with hashes; one that cannot be installed or does
not work is told with its last words, and the others go on. Sums are held against the raw events.

    python bench/peers.py [--events N] [--repetitions N] [--only NAME]

Peers, a bare FastStream batch read and ingest itself (SQLite, first load, with all that it does
beside the job) take turns, each peer in a process of its own, between two timings of a fixed loop.
"""

import argparse
import hashlib
import json
import logging
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "bench" / "peers")]

import structlog  # noqa: E402
from job import expected_sums  # noqa: E402
from readers import Reading, fixed_loop, measure, new_store, read_bare, read_with_ingest  # noqa: E402
from results_file import add_results_option, write_results  # noqa: E402
from throughput import PERIODS, PLACES, fill  # noqa: E402

from clusterwatch.launcher.errors import LaunchError  # noqa: E402
from clusterwatch.launcher.local_kafka import LocalKafka  # noqa: E402
from shared.events.inputs import OUTPUT_TOPIC  # noqa: E402
from shared.testing.load import Load, build_load  # noqa: E402

LOCKS = ROOT / "requirements" / "peers"
ENVIRONMENTS = ROOT / ".cache" / "peers"
_INSTALL_SECONDS = 300
_RUN_SECONDS = 90
BARE, OURS = "bare batch read", "ingest into SQLite, first load, all that it does"


class PeerError(Exception):
    """A peer could not be installed, or did not do its job; says what happened."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One of the programs in bench/peers."""

    name: str
    lock: str
    program: str
    durable: bool

    @property
    def label(self) -> str:
        """Name in the table."""
        return f"{self.name}, {'durable' if self.durable else 'nothing kept'}"


PEERS = (
    Peer("Quix Streams", "quixstreams", "quix.py", durable=True),
    Peer("bytewax", "bytewax", "bytewax_flow.py", durable=True),
    Peer("faust-streaming", "faust", "faust_tables.py", durable=True),
    Peer("confluent-kafka and dict", "confluent", "plain_confluent.py", durable=False),
)


def python_of(peer: Peer) -> Path:
    """Python of the peer's environment, which is made where its lock file is new.

    Raises `PeerError` with pip's last words.
    """
    lock = LOCKS / f"{peer.lock}.lock"
    folder = ENVIRONMENTS / peer.lock
    python, stamp = folder / "bin" / "python", folder / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return python
    print(f"{peer.name}: installing {lock.name}", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run_program([*command, "--require-hashes", "-r", lock], _INSTALL_SECONDS)
    stamp.write_text(wanted, encoding="ascii")
    return python


def run_program(command: Sequence[str | Path], seconds: float) -> str:
    """Output of a program; raises `PeerError` with its last words."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise PeerError(f"no end within {seconds:.0f} s") from None
    if done.returncode != 0:
        words = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise PeerError(words[-1][:200] if words else f"exit code {done.returncode}")
    return done.stdout


def run_peer(
    peer: Peer, bootstrap: str, records: int, sums: dict[str, int], folder: Path
) -> Reading:
    """One reading of the topic by a peer; raises `PeerError`."""
    python = python_of(peer)
    name = f"bench-{uuid4().hex[:12]}"
    program = ROOT / "bench" / "peers" / peer.program
    before = fixed_loop()
    output = run_program(
        [python, program, bootstrap, str(records), folder / name, name], _RUN_SECONDS
    )
    after = fixed_loop()
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    if found["sums"] != sums:
        raise PeerError("its sums are not those of the events")
    return Reading(
        found["records"],
        found["seconds"],
        found["cpu_seconds"],
        (before[0] + after[0]) / 2,
        (before[1] + after[1]) / 2,
    )


def compare(
    folder: Path, load: Load, repetitions: int, peers: Sequence[Peer]
) -> tuple[dict[str, list[Reading]], dict[str, str]]:
    """Readings of all, taking turns after one turn that is not kept; and what failed."""
    reports = [event.value for event in load.events if event.topic == OUTPUT_TOPIC]
    sums = expected_sums(reports)
    found: dict[str, list[Reading]] = {}
    failed: dict[str, str] = {}
    with LocalKafka(folder / "kafka", folder / "kafka.log") as kafka:
        fill(kafka.bootstrap, load.events)
        for turn in range(repetitions + 1):
            readings = {BARE: measure(partial(read_bare, kafka.bootstrap, len(load.events)), 3)}
            with new_store(kafka.bootstrap, folder / f"ours-{turn}") as store:
                readings[OURS] = measure(partial(read_with_ingest, store, len(load.events)))
            for peer in peers:
                if peer.label in failed:
                    continue
                try:
                    reading = run_peer(peer, kafka.bootstrap, len(reports), sums, folder)
                except PeerError as error:
                    failed[peer.label] = str(error)
                    print(f"{peer.label}: {error}", flush=True)
                else:
                    readings[peer.label] = reading
            for label, reading in readings.items():
                print(f"{label}: {reading.records / reading.seconds:.0f}/s", flush=True)
                if turn:
                    found.setdefault(label, []).append(reading)
    return found, failed


def report_of(
    found: dict[str, list[Reading]], failed: dict[str, str], load: Load, seconds: float
) -> dict[str, object]:
    """Ratios of the medians to the bare read."""
    rate = {label: median(one.rate for one in readings) for label, readings in found.items()}
    cpu = {label: median(one.cpu for one in readings) for label, readings in found.items()}
    rows: list[dict[str, object]] = [{"figure": BARE, "value": 1.0, "goal": None}]
    for label in rate.keys() - {BARE}:
        rows.append(
            {"figure": f"{label}: of its rate", "value": round(rate[label] / rate[BARE], 4)}
        )
        figure = f"{label}: CPU time a record, in bare reads"
        rows.append({"figure": figure, "value": round(cpu[label] / cpu[BARE], 2)})
    rows = [{"goal": None, **row} for row in rows]
    durable = [rate[peer.label] for peer in PEERS if peer.durable and peer.label in rate]
    if durable:
        value = round(rate[OURS] / max(durable), 2)
        figure = "ingest, times the quickest durable peer"
        rows.append({"figure": figure, "value": value, "goal": "at least 2"})
    return {
        "summary": sorted(rows, key=lambda row: (row["figure"] != BARE, str(row["figure"]))),
        "events": len(load.events),
        "failed": failed,
        "repetitions": len(found[BARE]),
        "note": "medians of alternating readings, each between two fixed loops; peers in processes "
        "and environments of their own, timed from their first record; they read the reports "
        "alone, ingest the register as well; CPU time is that of the reading process",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/peers.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", choices=[peer.lock for peer in PEERS], action="append")
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the broker's end
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    peers = [peer for peer in PEERS if not options.only or peer.lock in options.only]
    started = time.perf_counter()
    load = build_load(7, events=options.events, places=PLACES, periods=PERIODS)
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        try:
            found, failed = compare(Path(name), load, options.repetitions, peers)
        except LaunchError as error:
            raise SystemExit(f"needs a local Apache Kafka: {error}") from error
    report = report_of(found, failed, load, time.perf_counter() - started)
    write_results("peers", report, options.results)


if __name__ == "__main__":
    main()
