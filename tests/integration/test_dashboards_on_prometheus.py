"""Every query and rule that is shipped, on a real Prometheus that scrapes full pages."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client.registry import CollectorRegistry

from clusterwatch.grafana.rendering import dashboards
from services.alerts.telemetry import AlertsCollector
from services.alerts.telemetry import Snapshot as AlertsSnapshot
from services.alerts.use_cases.deliver import DeliveryCounts
from services.ingest.telemetry import HttpCounts, WarningCollector
from services.metrics.adapters.page import MetricsPage
from services.metrics.domain.exported import Exported, Snapshot, exported
from services.metrics.telemetry import ServiceCollector
from services.metrics.telemetry.service import ServiceCounts
from shared.confidentiality.public import complete, suppressed
from shared.events.reasons import Reason
from shared.events.records import Record
from shared.events.status import (
    Decomposition,
    Funds,
    FundsFigure,
    Investment,
    Projects,
)
from shared.messaging.progress import Progress
from shared.messaging.relay import OutboxRelay
from shared.pages import Page, Render, renderer
from shared.plans import Plan, load_catalogue
from shared.telemetry import PipelineCollector, StoreCounts
from shared.testing.loopback import QuietHandler, serving
from shared.testing.prometheus import Prometheus, filled, running, shipped
from shared.testing.statuses import status_of
from shared.testing.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"
COLOURS = ("green", "yellow", "orange", "red", "blue", "grey", "achieved")
SERVICES = ("ingest", "metrics", "alerts")
UNIT = "szah-lb-bearings"
pytestmark = pytest.mark.prometheus


def units(plan: Plan) -> list[Exported]:
    """Simulated figures of every unit, one of them masked."""
    found = []
    for number, unit in enumerate(plan.units):
        figures = FundsFigure(900_000_000, 800_000_000, 0.125)
        status = status_of(
            "2026-05",
            COLOURS[(number + 1) % len(COLOURS)],
            unit=unit.id,
            unit_kind=str(unit.kind),
            indicator=unit.value_indicator,
            months_since_on_track=number,
            decomposition=Decomposition(100, 20, 30, 5),
            investment=Investment("2026-05", 10, 8, 0.25, 200, 50, {"building": 2}),
            funds=(Funds("2026-05", "CNY", figures, figures, {"31": figures}, 2),),
            projects=Projects("2026-05", {"signed": 3}, {"CNY": 1000}, (), 3),
        )
        shown = complete(status) if number != 11 else suppressed(status)
        found.append(exported(plan, shown, partition=number % 2, stalled=1))
    return found


class Busy:
    """A service's pipeline in which every scrape finds a new batch."""

    def __init__(self, service: str) -> None:
        self.progress = Progress()
        self.published = 0
        self.service = service

    def read(self) -> StoreCounts:
        now = datetime.now(UTC).timestamp()
        topic = f"simulated.{self.service}"
        record = Record(topic, 0, 0, int(now * 1000) - 400, None, b"{}", ())
        self.progress.stored([record] * 5, now)
        self.progress.lag = {(topic, 0): 3}
        self.published += 5
        counts = {"consumed": self.published, "applied": 3, "held": 1, "parked": 1}
        return StoreCounts({topic: counts}, {topic: {"not_json": 2}}, 4, now)

    def registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        relay = cast("OutboxRelay", self)
        registry.register(PipelineCollector(self.service, self.progress, relay, self.read))
        return registry


class Pages:
    """The three services' pages, and a second replica of metrics, on one HTTP server."""

    def __init__(self) -> None:
        self.plan = load_catalogue().plan("suzhou-2027")
        registries = {service: Busy(service).registry() for service in SERVICES}
        registries["ingest"].register(WarningCollector(lambda: {"t": {"month_gap": 2}}))
        counts = HttpCounts(registries["ingest"])
        counts.refused("t", [Reason.NOT_JSON])
        made = DeliveryCounts()
        made.attempts["webhook", "ok"] += 3
        alerts = AlertsSnapshot(
            live=True,
            alerts={("trajectory", "firing", "suzhou-2027"): 2},
            deliveries={("webhook", "sent"): 3},
        )
        registries["alerts"].register(AlertsCollector(lambda: alerts, made, lambda: 0))
        service = ServiceCounts(forecasts_waiting=1, forecasts={"pace": 3})
        self.owners = {0: "first", 1: "first"}
        self.first = MetricsPage(registries["metrics"], lambda: self._owned("first"))
        self.second = MetricsPage(CollectorRegistry(), lambda: self._owned("second"))
        registries["metrics"].register(ServiceCollector(service, lambda: self._compared(service)))
        self.first.replace(Snapshot(datetime.now(UTC), tuple(units(self.plan))))
        self.renders: dict[str, Render] = {
            "/ingest": renderer(registries["ingest"]),
            "/alerts": renderer(registries["alerts"]),
            "/metrics": self.first.render,
            "/second": self.second.render,
        }

    def _owned(self, replica: str) -> list[int]:
        return [partition for partition, owner in self.owners.items() if owner == replica]

    def _compared(self, service: ServiceCounts) -> datetime:
        service.delays.observe(1.5)
        now = datetime.now(UTC)
        self.first.confirm(now)
        return now

    def page(self, path: str, accept: str, encoding: str) -> Page:
        return self.renders[path](accept, encoding)


def handler_of(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            headers = self.headers
            page = pages.page(
                self.path, headers.get("Accept", ""), headers.get("Accept-Encoding", "")
            )
            self.answer(200, page.body, page.headers)

    return Handler


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


@pytest.fixture(scope="module")
def prometheus(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A real Prometheus with the shipped rules and relabelling, scraping every second."""
    with serving(handler_of(pages)) as address:
        target = address.removeprefix("http://")
        config = shipped(DEPLOY, {f"clusterwatch-{service}": target for service in SERVICES})
        jobs = {job["job_name"]: job for job in config["scrape_configs"]}
        for service in SERVICES:
            jobs[f"clusterwatch-{service}"]["metrics_path"] = f"/{service}"
        replica = {"targets": [target], "labels": {"instance": "two"}}
        config["scrape_configs"].append(
            {
                **jobs["clusterwatch-metrics"],
                "job_name": "second",
                "metrics_path": "/second",
                "static_configs": [replica],
                "relabel_configs": [{"target_label": "job", "replacement": "clusterwatch-metrics"}],
            }
        )
        with running(config, tmp_path_factory.mktemp("prometheus")) as found:
            wait_until(lambda: len(found.ask("up == 1")) >= len(jobs), seconds=60, what="a scrape")
            yield found


TARGETS = [
    pytest.param(target, id=f"{uid}: {panel['title']} {target['refId']}")
    for uid, board in dashboards().items()
    for panel in board["panels"]
    for target in panel.get("targets", [])
]


@pytest.mark.parametrize("target", TARGETS)
def test_every_query_of_a_dashboard_returns_data(
    prometheus: Prometheus, target: dict[str, Any]
) -> None:
    expression = filled(target["expr"], UNIT)

    found = wait_until(lambda: prometheus.ask(expression), seconds=20, what=f"data of {expression}")
    wanted = set(re.findall(r"{{(\w+)}}", target["legendFormat"] or ""))
    assert any(wanted <= set(series["metric"]) for series in found)


@pytest.mark.parametrize("uid", list(dashboards()))
def test_every_variable_has_choices(prometheus: Prometheus, uid: str) -> None:
    variables = dashboards()[uid]["templating"]["list"]
    for variable in (each for each in variables if each["type"] == "query"):
        text = filled(variable["query"], UNIT)
        if text.startswith("label_values("):
            metric, label = text.removeprefix("label_values(").removesuffix(")").split(", ")
            assert {each["metric"][label] for each in prometheus.ask(metric)} == {"suzhou-2027"}
            continue
        found = prometheus.ask(text.removeprefix("query_result(").removesuffix(")"))
        pattern = variable["regex"].strip("/").replace("(?<", "(?P<")
        lines = [",".join(f'{k}="{v}"' for k, v in sorted(s["metric"].items())) for s in found]
        chosen = [re.search(pattern, f"{{{line}}} 1 1") for line in lines]
        assert chosen
        assert all(match and match["text"] and match["value"] for match in chosen)


def test_every_rule_evaluates_and_every_recording_has_data(prometheus: Prometheus) -> None:
    wait_until(
        lambda: all(rule["health"] == "ok" for rule in prometheus.rules()),
        seconds=30,
        what="rules are ok",
    )
    recorded = [rule["name"] for rule in prometheus.rules() if rule["type"] == "recording"]
    assert len(recorded) > 10
    for name in recorded:
        wait_until(lambda name=name: prometheus.ask(name), seconds=20, what=name)  # type: ignore[misc]
    firing = {rule["name"] for rule in prometheus.rules() if rule.get("state") == "firing"}
    assert firing <= {"Watchdog", "ClusterwatchDeadLetters"}


def current(prometheus: Prometheus, selector: str) -> list[dict[str, Any]]:
    return prometheus.ask(f"clusterwatch_cluster_suppressed{{{selector}}}")


def test_a_cluster_has_one_series_whoever_shows_it_and_none_once_removed(
    prometheus: Prometheus, pages: Pages
) -> None:
    shown = units(pages.plan)
    mine = f'unit="{UNIT}"'
    (before,) = wait_until(lambda: current(prometheus, mine), seconds=20, what="the cluster")
    assert "instance" not in before["metric"]
    partition = next(each.partition for each in shown if each.shown.status.unit == UNIT)

    pages.owners[partition] = "second"
    moved = [each for each in shown if each.partition == partition]
    pages.second.replace(Snapshot(datetime.now(UTC), tuple(moved)))
    wait_until(
        lambda: UNIT.encode() not in pages.first.render("").body, seconds=5, what="it has moved"
    )
    wait_until(
        lambda: [s["metric"] for s in current(prometheus, mine)] == [before["metric"]],
        seconds=20,
        what="the same single series from the other replica",
    )

    renamed = [replace(e, name="新名") if e.shown.status.unit == UNIT else e for e in moved]
    pages.second.replace(Snapshot(datetime.now(UTC), tuple(renamed)))
    wait_until(
        lambda: [s["metric"]["name"] for s in current(prometheus, mine)] == ["新名"],
        seconds=20,
        what="the new name alone",
    )

    gone = [each for each in moved if each.shown.status.unit != UNIT]
    pages.second.replace(Snapshot(datetime.now(UTC), tuple(gone)))
    wait_until(lambda: not current(prometheus, mine), seconds=20, what="no series of the cluster")
    assert not prometheus.ask(
        "count by (plan, unit, indicator) (clusterwatch_cluster_suppressed) > 1"
    )
