"""What an event, a fact, a status, a forecast and a delivery cost, and the bytes they leave.

The three services run as processes on an Apache Kafka of their own, on PostgreSQL (on SQLite where
there is none). The simulated history of the demonstration is read from an empty system on; then
single reports are corrected, one in each cluster at a time; then a Prometheus's alerts are sent to
a webhook. CPU time is that of the processes, less what they use while nothing happens. In the end a
unit of many enterprises is assessed in this process. `capacity_model.py` makes from the figures
what docs/operations/capacity.md says of a prefecture, a province and the nation.

    python bench/capacity.py [--rounds N] [--alerts N] [--results FOLDER]
"""

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import msgspec  # noqa: E402 - the path comes first
from capacity_deliveries import deliver  # noqa: E402
from capacity_system import PATIENCE, Meter, Spent, System  # noqa: E402
from capacity_units import assessment_cost, batch_cost  # noqa: E402
from readers import fixed_loop  # noqa: E402
from results_file import add_results_option, write_results  # noqa: E402

from clusterwatch.launcher.errors import LaunchError  # noqa: E402
from clusterwatch.launcher.local_kafka import LocalKafka  # noqa: E402
from clusterwatch.services import SERVICES  # noqa: E402
from demo.feed import KafkaPublisher, load  # noqa: E402
from demo.history import World, build_world, history  # noqa: E402
from demo.messages import OUTPUT, Message  # noqa: E402
from demo.population import cluster_of  # noqa: E402
from demo.reports import correction  # noqa: E402
from shared.messaging.cluster import KafkaCluster  # noqa: E402
from shared.messaging.topics import recreate_topics, topic_specs  # noqa: E402
from shared.testing.postgres import PostgresServer, server_program  # noqa: E402

SEED, TODAY = 2027, date(2026, 11, 20)
_IDLE_SECONDS = 10.0
_FACTS, _STATUSES = "cluster.facts.v1", "cluster.status.v1"


@dataclass
class Costs:
    """CPU seconds of one of each, and what the system held in the end."""

    cpu: dict[str, float] = field(default_factory=dict)
    idle: dict[str, float] = field(default_factory=dict)
    """CPU seconds a second while nothing happens, by service."""
    counted: dict[str, int] = field(default_factory=dict)
    topic_bytes: dict[str, int] = field(default_factory=dict)
    store_bytes: dict[str, int] = field(default_factory=dict)
    peak_bytes: dict[str, int] = field(default_factory=dict)
    idle_bytes: dict[str, int] = field(default_factory=dict)
    page_bytes: int = 0


def enterprise_months(messages: Iterable[Message]) -> int:
    """Different reports of an enterprise for a month."""
    found = set()
    for message in messages:
        if message.topic == OUTPUT and message.value:
            try:
                body = msgspec.json.decode(message.value)
            except ValueError:  # no JSON, or no text: simulated dirt
                continue
            body = body.get("data", body) if isinstance(body, dict) else {}
            if isinstance(body, dict):
                found.add((message.key, body.get("period")))
    return len(found)


async def send(bootstrap: str, messages: Iterable[Message]) -> None:
    """Write messages as the demonstration does."""
    async with KafkaPublisher(KafkaCluster(bootstrap), idempotence=True) as publisher:
        await load(messages, publisher, asyncio.Event(), lambda: None)


def measure_idle(meter: Meter, costs: Costs) -> None:
    """What the services use for nothing."""
    spent = Spent(meter, dict.fromkeys(SERVICES, 0.0))
    time.sleep(_IDLE_SECONDS)
    costs.idle = {name: spent.own(name) / _IDLE_SECONDS for name in SERVICES}
    costs.idle_bytes = costs.idle_bytes or dict(meter.peak)


def load_history(system: System, meter: Meter, costs: Costs, messages: list[Message]) -> None:
    """The whole history: an event in ingest, a fact in metrics, a status there and in alerts."""
    spent = Spent(meter, costs.idle)
    asyncio.run(send(system.kafka.bootstrap, messages))
    system.settle(assessed=False)
    costs.cpu["event"] = spent.own("ingest") / len(messages)
    facts = system.counts("metrics")["consumed"]
    costs.cpu["fact"] = spent.own("metrics") / facts
    after = Spent(meter, costs.idle)
    system.settle()
    wait_until_live(system)
    statuses = system.counts("alerts")["consumed"]
    costs.cpu["status of a history"] = after.own("metrics") / statuses
    costs.cpu["status in alerts, first load"] = spent.own("alerts") / statuses
    forecasts = system.rows("metrics", "metrics_forecast")
    costs.cpu["forecast"] = spent.helpers("metrics") / max(1, forecasts)
    costs.counted |= {
        "events": len(messages),
        "enterprise_months": enterprise_months(messages),
        "facts": facts,
        "statuses": statuses,
        "standing_statuses": system.rows("metrics", "metrics_status"),
        "standing_facts": system.rows("metrics", "metrics_fact"),
        "forecasts": forecasts,
    }
    costs.topic_bytes, costs.store_bytes = system.topic_bytes(), system.store_bytes()
    costs.page_bytes = len(system.page("metrics").encode())


def wait_until_live(system: System) -> None:
    """The first load of alerts is over."""
    deadline = time.monotonic() + PATIENCE
    while "clusterwatch_alerts_live 1" not in system.page("alerts"):
        if time.monotonic() > deadline:
            raise SystemExit("alerts did not go live")
        time.sleep(0.5)


def correct_reports(system: System, meter: Meter, costs: Costs, world: World, rounds: int) -> None:
    """News: one report of each cluster is corrected, again and again."""
    homes: dict[str, list[Message]] = {}
    for enterprise in world.enterprises:
        if enterprise.reports_in(world.last):
            later = datetime.now(UTC)
            homes.setdefault(cluster_of(enterprise), []).append(
                correction(world.seed, world.figures, enterprise, world.last, 20, 1.01, later)
            )
    before = {name: system.counts(name)["consumed"] for name in SERVICES}
    spent = Spent(meter, costs.idle)
    for number in range(rounds):
        piece = [members[number % len(members)] for members in homes.values()]
        asyncio.run(send(system.kafka.bootstrap, piece))
        time.sleep(1.0)
        system.settle()
    taken = {name: system.counts(name)["consumed"] - before[name] for name in SERVICES}
    facts = taken["metrics"] * costs.cpu["fact"]
    costs.cpu["status of news"] = (spent.own("metrics") - facts) / taken["alerts"]
    costs.cpu["status in alerts"] = spent.own("alerts") / taken["alerts"]
    costs.counted |= {
        "news_events": taken["ingest"],
        "news_facts": taken["metrics"],
        "news_statuses": taken["alerts"],
    }


def run(folder: Path, rounds: int, alerts: int, say: Callable[[str], None]) -> Costs:
    """All phases on a Kafka and a PostgreSQL of our own."""
    costs = Costs()
    world = build_world(SEED, TODAY)
    messages = history(world)
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka", folder / "kafka.log"))
        recreate_topics(kafka.bootstrap, topic_specs())
        url = None
        if server_program("postgres"):
            url = stack.enter_context(PostgresServer()).create_database()
        (folder / "services").mkdir()
        system = System(kafka, folder / "services", url)
        with system.running() as meter:
            measure_idle(meter, costs)
            say(f"idle: {costs.idle}")
            load_history(system, meter, costs, messages)
            say(f"history of {len(messages)} events: {costs.counted}")
            measure_idle(meter, costs)  # it looks at more now
            correct_reports(system, meter, costs, world, rounds)
            say(f"news: {costs.cpu}")
            costs.cpu["delivery"] = deliver(system, Spent(meter, costs.idle), alerts)
            costs.peak_bytes = dict(meter.peak)
    return costs


def report_of(costs: Costs, loop: float, seconds: float, store: str) -> dict[str, object]:
    """Ratios to the machine's fixed loop; milliseconds and bytes beside them."""
    months = costs.counted["enterprise_months"]
    rows: list[dict[str, object]] = [
        {"figure": f"CPU time, {name}, in ten-thousandths of the fixed loop",
         "value": round(value / loop * 10_000, 2), "goal": None}
        for name, value in costs.cpu.items()
    ]  # fmt: skip
    return {
        "summary": rows,
        "store": store,
        "cpu_of_fixed_loop": {name: value / loop for name, value in costs.cpu.items()},
        "milliseconds_on_the_machine_of_the_run": {
            name: round(value * 1000, 4) for name, value in costs.cpu.items()
        },
        "fixed_loop_seconds": round(loop, 4),
        "idle_cpu_share": {name: round(value, 4) for name, value in costs.idle.items()},
        "counted": costs.counted,
        "bytes_of_an_enterprise_month": {
            "topics": {n: round(b / months, 1) for n, b in costs.topic_bytes.items()},
            "stores": {n: round(b / months, 1) for n, b in costs.store_bytes.items()},
        },
        "bytes_of_a_status_topic_record": round(
            costs.topic_bytes[_STATUSES] / costs.counted["statuses"], 1
        ),
        "bytes_of_a_fact_topic_record": round(
            costs.topic_bytes[_FACTS] / costs.counted["facts"], 1
        ),
        "bytes_of_the_page": costs.page_bytes,
        "resident_bytes": {"idle": costs.idle_bytes, "peak": costs.peak_bytes},
        "note": "simulated history of the demonstration, one process of each service, one local "
        "Apache Kafka, no compression; the fixed loop is 3,000,000 turns of a Python loop",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/capacity.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8, help="of corrections")
    parser.add_argument("--alerts", type=int, default=300)
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the broker's end
    logging.disable(logging.ERROR)
    started = time.perf_counter()
    before = fixed_loop()[1]
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        try:
            costs = run(Path(name), options.rounds, options.alerts, print)
        except LaunchError as error:
            raise SystemExit(f"needs a local Apache Kafka: {error}") from error
        costs.cpu |= batch_cost(Path(name)) | assessment_cost(Path(name))
    loop = (before + fixed_loop()[1]) / 2
    store = "PostgreSQL" if server_program("postgres") else "SQLite"
    report = report_of(costs, loop, time.perf_counter() - started, store)
    write_results("capacity", report, options.results)


if __name__ == "__main__":
    main()
