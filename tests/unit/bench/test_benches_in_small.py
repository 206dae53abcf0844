"""Every bench in its smallest size, or what it reckons from measured figures."""

import asyncio
import importlib
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shared.testing.load import build_load

BENCH = Path(__file__).parents[3] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Imports a bench as its program would be; tables are declared once a process only."""
    for folder in (BENCH / "peers", BENCH):
        monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module


def figures(report: dict[str, Any]) -> dict[str, float]:
    return {row["figure"]: row["value"] for row in report["summary"]}


def test_growth_of_small_stores(bench: Any, tmp_path: Path) -> None:
    growth = bench("growth")

    costs = growth.measure(tmp_path, [(1_000, 20), (2_000, 40)], 1)

    found = figures(growth.report_of(costs, 1_000_000, 1.0))
    assert costs[1].label == "2,000 facts of 40 clusters"
    assert found["CPU time a fact, 1,000 facts"] == 1
    assert found["process, in its size before any store, 2,000 facts of 40 clusters"] > 1


def test_enterprises_of_small_stores(bench: Any, tmp_path: Path) -> None:
    enterprises, site = bench("enterprises"), bench("enterprises_site")
    found = []
    for number in (40, 100):
        one = site.Site(tmp_path / str(number), number, batch=80, live_batches=2)
        of_each = {kind: one.batch(kind) for kind in site.Kind}
        one.check()
        measured = enterprises.Found(number, one.lines, one.bare, starts=[one.start()])
        measured.spent = {kind: [spent] for kind, spent in of_each.items() if spent}
        measured.after, measured.asked = bench("meters").resident(), one.ask()
        one.close()
        found.append(measured)

    report = enterprises.report_of(found, 1.0)

    shown = figures(report)
    assert 0.9 < shown["steps of SQLite, a revision, 100 enterprises"] < 1.1
    assert shown["first question who is behind a token, in new months, 100 enterprises"] > 0
    assert "a revision, each of another enterprise" not in report["steps"]["40 enterprises"]


def test_reports_of_the_delay_bench_raise_their_clusters_total_one_by_one(bench: Any) -> None:
    clusters = bench("delay_load").clusters_of(3, 6)
    one = clusters[0]
    assert len(clusters) > 5
    first = one.first_reports()[-1].total

    totals = [one.next_report().total for _ in range(4)]

    assert totals == [first + 1, first + 2, first + 3, first + 4]
    assert one.total == totals[-1]


def test_a_total_is_shown_when_it_or_a_greater_one_is(bench: Any) -> None:
    shown = bench("delay_watch").Shown()
    shown.see("c", 5, 1.0)
    shown.see("c", 5, 2.0)
    shown.see("c", 9, 3.0)

    assert [shown.when("c", total) for total in (4, 5, 6, 9, 10)] == [1.0, 1.0, 3.0, 3.0, None]
    assert shown.when("other", 1) is None
    assert shown.holds({"c": 9})
    assert not shown.holds({"c": 9, "other": 1})


def test_delays_are_told_by_place_and_share_as_medians_of_rounds(bench: Any) -> None:
    delay, run = bench("delay"), bench("delay_run")

    def one_round(slowness: int, stolen: float | None = None) -> Any:
        values = [slowness * number / 100 for number in range(101)]
        told = run.Delays(values, values, values).quantiles()
        return delay.Round(1000.0, dict.fromkeys(delay.SHARES, told), stolen)

    found = delay.Found([one_round(slowness) for slowness in (9, 1, 2)], [0.4, 0.8])
    assert not found.wants_more(3)
    found.rounds += [one_round(0, stolen=0.5)]

    rows = {row["figure"]: row for row in delay.rows_of("SQLite", found, 3)}

    late = rows["SQLite, 50% of capacity: /metrics, p99, s"]
    assert (late["value"], late["goal"]) == (1.98, "at most 2")
    assert rows["SQLite, 50% of capacity: /metrics, p50, s"]["value"] == 1
    assert rows["SQLite, 90% of capacity: /metrics, p99, s"]["goal"] is None
    assert rows["SQLite, a single report: in the API, worst of 2, s"]["value"] == 0.8


def test_a_round_that_the_host_disturbed_is_made_again_twice_at_most(bench: Any) -> None:
    delay = bench("delay")
    found = delay.Found([delay.Round(1.0, {}, stolen) for stolen in (0.3, 0.02)])
    assert found.wants_more(2)
    found.rounds += [delay.Round(1.0, {}, stolen) for stolen in (0.2, 0.4)]
    assert not found.wants_more(2)
    assert [one.stolen for one in found.counting(2)] == [0.02, 0.2]


class Sent:
    """Stands for broker, services and watch: what is sent is shown at once."""

    def __init__(self, shown: Callable[[], Any], clusters: list[Any]) -> None:
        self.topic, self.page = shown(), shown()
        self.read_back: dict[bytes, float] = {}
        self._clusters = {cluster.unit: cluster for cluster in clusters}

    async def send(self, _topic: str, *, value: bytes, **_: object) -> None:
        self.read_back[value] = time.monotonic()

    async def flush(self) -> None:
        for name, cluster in self._clusters.items():
            for place in (self.topic, self.page):
                place.see(name, cluster.total, time.monotonic())


def test_no_report_is_sent_before_the_time_it_is_meant_for(bench: Any) -> None:
    clusters = bench("delay_load").clusters_of(2, 6)
    world = Sent(bench("delay_watch").Shown, clusters)
    run = bench("delay_run").Measurement(world, world, clusters, [])

    delays = asyncio.run(run.at_rate(2_000, 0.1))

    assert len(delays.bare) == 200
    assert min(delays.bare) >= 0


def test_the_statements_of_a_load_made_alone_leave_the_same_rows(
    bench: Any, tmp_path: Path
) -> None:
    throughput, statements = bench("throughput"), bench("statements")
    load = build_load(7, events=300, places=throughput.PLACES, periods=throughput.PERIODS)

    steps = statements.record_statements(tmp_path / "recorded", load.events)
    clock = asyncio.run(statements.replay(tmp_path / "replayed", steps, len(load.events)))

    recorded, replayed = (rows_of(tmp_path / name) for name in ("recorded", "replayed"))
    assert recorded == replayed
    assert all(recorded[table] for table in ("line", "sent_fact", "outbox_bundle"))
    assert clock.records == len(load.events)


def rows_of(folder: Path) -> dict[str, list[Any]]:
    """All rows of the only store in a folder, by table."""
    (store,) = folder.glob("*.sqlite3")
    with closing(sqlite3.connect(store)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608
            for (name,) in names
        }


def test_peers_are_held_against_the_events_themselves(bench: Any) -> None:
    job, throughput = bench("job"), bench("throughput")
    load = build_load(7, events=300, places=throughput.PLACES, periods=throughput.PERIODS)
    values = [event.value for event in load.events if event.topic == job.TOPIC]

    sums = job.expected_sums(values)

    assert sums == job.expected_sums(values[::-1])
    assert sum(sums.values()) > 0
    assert job.line_of(values[0]).uscc.startswith("91")
    assert job.line_of(values[0].replace(b'"uscc":"9', b'"uscc":"8')) is None
    assert job.line_of(b"{") is None


def test_the_table_of_peers_names_who_failed_and_compares_the_rest(bench: Any) -> None:
    peers, readers = bench("peers"), bench("readers")

    def reading(rate: float) -> Any:
        return readers.Reading(1000, 1000 / rate, 1000 / rate, 1.0, 1.0)

    quix = peers.PEERS[0].label
    found = {peers.BARE: [reading(100)], peers.OURS: [reading(40)], quix: [reading(10)]}
    load = build_load(7, events=10, places=peers.PLACES, periods=peers.PERIODS)

    report = peers.report_of(found, {"faust": "did not start"}, load, 1.0)

    assert figures(report)[f"{quix}: of its rate"] == 0.1
    assert figures(report)["ingest, times the quickest durable peer"] == 4
    assert report["failed"] == {"faust": "did not start"}
    with pytest.raises(peers.PeerError, match="the last words"):
        peers.run_program([sys.executable, "-c", "raise SystemExit('the last words')"], 60)


def test_a_cold_start_is_told_in_starts_of_python(bench: Any) -> None:
    found = [{"box": 10.0, "figure": 20.0}, {"box": 14.0, "figure": 24.0}]

    report = bench("cold_start").report_of(found, [2.0, 2.0], 1.0)

    assert figures(report)["make run, to the box with the addresses"] == 6
    assert figures(report)["make run, to the first figure on the wall"] == 11


def test_costs_are_told_in_turns_of_the_fixed_loop_and_bytes_by_enterprise_month(
    bench: Any,
) -> None:
    capacity = bench("capacity")
    facts, statuses = "cluster.facts.v1", "cluster.status.v1"
    costs = capacity.Costs(
        cpu={"event": 0.002},
        counted={"enterprise_months": 2, "statuses": 4, "facts": 8},
        topic_bytes={facts: 80, statuses: 40},
        store_bytes={"ingest": 100},
    )

    report = capacity.report_of(costs, 0.5, 1.0, "SQLite")

    assert figures(report)["CPU time, event, in ten-thousandths of the fixed loop"] == 40
    assert report["bytes_of_an_enterprise_month"] == {
        "topics": {facts: 40, statuses: 20},
        "stores": {"ingest": 50},
    }


def test_the_evaluation_bench_reckons_in_readings(bench: Any) -> None:
    names = ("read", "idle", "all", "evaluate", "calendar idle", "calendar")
    found = {name: [float(place + 1)] for place, name in enumerate(names)}

    report = bench("evaluation").report_of(found, 10, 5, 1.0)

    assert figures(report)["look at every alert with 5 subscriptions"] == 3
