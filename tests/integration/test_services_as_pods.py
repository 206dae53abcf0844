"""The manifests' figures hold for running services: memory, probes, connections, and the stop."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.services import HTTP_GRACE_SECONDS, SERVICES
from demo.history import build_world, history
from demo.messages import CHINA, ENTERPRISE, PROJECT
from services.alerts.use_cases import deliver
from shared.messaging import relay
from shared.messaging.topics import recreate_topics, topic_specs
from shared.runtime import ANSWER_SECONDS, GRACEFUL_SECONDS
from shared.testing.load import Event, Place, build_load
from shared.testing.manifests import (
    DEPLOY,
    OVERLAYS,
    Probe,
    bytes_of,
    container_of,
    probe_of,
    seconds_to_stop,
)
from shared.testing.postgres import PostgresServer
from shared.testing.processes import Watched, frozen
from shared.testing.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.kubectl]

TODAY = date(2026, 11, 20)
SINCE = datetime(2026, 9, 1, tzinfo=CHINA)
"""The register, all projects and two months of reports: what a pod reads at a time is bounded."""
READY, ALIVE, STARTED = "readiness", "liveness", "startup"
PATIENCE = 240.0
PROBED = [*product(OVERLAYS, SERVICES)]
ONLY_WHEN_SET = {"CLUSTERWATCH_OIDC_ISSUER"}
"""Settings whose connections only somebody makes who sets them; the tests of OIDC do."""
CONNECTIONS: list[dict[str, Any]] = yaml.safe_load(
    (DEPLOY / "k8s" / "connections.yaml").read_text(encoding="utf-8")
)


def demo_events() -> list[Event]:
    """Simulated records of the demonstration."""
    world = build_world(2027, TODAY)
    return [
        Event(one.topic, one.key or b"", one.value or b"")
        for one in history(world)
        if not one.headers and (one.topic in {ENTERPRISE, PROJECT} or one.at > SINCE)
    ]


@dataclass
class Running:
    """Three services on Kafka and a PostgreSQL of their own, and what they were seen to do."""

    system: Any
    watched: Watched
    postgres: PostgresServer
    peers: dict[int, tuple[str, int | None]]
    """Who listens on a port, and as which port the policies know it."""

    def ask(self, service: str, probe: Probe) -> int:
        """Status of the answer to a probe, asked as the manifests say; 0 for none."""
        url = self.system.url(service, probe.path)
        assert url.startswith(f"{probe.scheme}://")
        try:
            return httpx.get(url, timeout=60).status_code
        except httpx.HTTPError:
            return 0

    def says(self, service: str, kind: str, status: int) -> bool:
        """Whether a probe is answered so, in each overlay."""
        return all(
            self.ask(service, probe_of(overlay, service, kind)) == status for overlay in OVERLAYS
        )


@pytest.fixture(scope="module")
def running(
    kafka: LocalKafka, system_class: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("pods")
    recreate_topics(kafka.bootstrap, topic_specs())
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer())
        # They let everybody in and never say a word: whoever connects stays connected.
        robots, mail = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "ab")
        smtp = mail.getsockname()[1]
        system = system_class(
            kafka.bootstrap,
            folder,
            database_url=postgres.create_database(),
            alerts_private_targets="127.0.0.0/8",
            alerts_delivery_seconds="0.1",
            alerts_smtp_host="127.0.0.1",
            alerts_smtp_port=str(smtp),
            alerts_smtp_security="none",
        )
        for setting, service in (
            ("ALERTS_INGEST_URL", "ingest"),
            ("ALERTS_METRICS_URL", "metrics"),
            ("WALL_ALERTS_URL", "alerts"),
        ):
            system.environment[f"CLUSTERWATCH_{setting}"] = system.url(service, "")
        stack.callback(system.stop)
        system.start(*SERVICES)
        watched = Watched(
            {name: psutil.Process(system._processes[name].pid) for name in SERVICES},
            system._ports,
        )
        stack.enter_context(watched.running())
        database = httpx.URL(system.environment["CLUSTERWATCH_DATABASE_URL"]).port or 0
        yield Running(
            system,
            watched,
            postgres,
            {
                int(kafka.bootstrap.rpartition(":")[2]): ("kafka", None),
                database: ("postgresql", None),
                robots.getsockname()[1]: ("internet", 443),
                smtp: ("internet", 587),
                **{port: (name, None) for name, port in system._ports.items()},
            },
        )


@pytest.fixture(scope="module")
def loaded(running: Running) -> Running:
    """The same, after the demonstration's records were read."""
    events = demo_events()
    running.system.send(events)
    running.system.wait_consumed("ingest", len(events))
    wait_until(lambda: told(running), seconds=PATIENCE, what="alerts has read statuses")
    return running


def told(running: Running) -> bool:
    """Whether a status of each step has come through."""
    return bool(running.system.get("alerts", "/api/v1/reconciliation")["consumed"])


@pytest.mark.parametrize(("overlay", "service"), PROBED)
def test_memory_under_the_demonstrations_load_stays_below_what_a_pod_asks_for(
    overlay: str, service: str, loaded: Running
) -> None:
    resources = container_of(overlay, service)["resources"]
    used = loaded.watched.peak[service]
    assert used < bytes_of(resources["requests"]["memory"]), f"{used / 2**20:.0f} MiB"
    assert used < bytes_of(resources["limits"]["memory"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_works_passes_all_its_probes(service: str, loaded: Running) -> None:
    for kind in (STARTED, ALIVE, READY):
        assert loaded.says(service, kind, 200), kind


@pytest.mark.parametrize(("overlay", "service"), PROBED)
def test_probes_wait_for_an_answer_as_long_as_the_service_may_take(
    overlay: str, service: str
) -> None:
    for kind in (STARTED, READY):
        assert probe_of(overlay, service, kind).timeout > 2 * ANSWER_SECONDS
    # What makes a service ready must not restart it.
    assert probe_of(overlay, service, ALIVE).path != probe_of(overlay, service, READY).path
    # The migration job may take its time; pods that wait for it start again meanwhile.
    assert probe_of(overlay, service, STARTED).patience >= 300


@pytest.mark.parametrize(("overlay", "service"), PROBED)
def test_all_that_a_stop_waits_for_fits_into_the_grace_period(overlay: str, service: str) -> None:
    bounds = HTTP_GRACE_SECONDS + GRACEFUL_SECONDS + relay.STOP_SECONDS
    if service == "alerts":
        bounds += deliver.STOP_SECONDS
    assert bounds < seconds_to_stop(overlay, service)


def ask_behind(running: Running, service: str, path: str, frozen_service: str) -> None:
    """Ask one service for what it asks another for, while that one is frozen."""
    there = (service, running.system._ports[frozen_service])
    url = running.system.url(service, path)

    def ask() -> None:
        with suppress(httpx.HTTPError):
            httpx.get(url, timeout=60)

    with frozen(running.system._processes[frozen_service]):
        thread = threading.Thread(target=ask)
        thread.start()
        wait_until(
            lambda: there in running.watched.spoken_to, seconds=60, what=f"{service} asks {there}"
        )
    thread.join()


def send_an_alert(running: Running) -> None:
    """To a webhook and by mail."""
    robots, mail = (port for port, (name, _) in running.peers.items() if name == "internet")
    alerts = running.system.url("alerts", "")
    wanted = {
        "owner": "模拟专班",
        "filter": {"rule": "external"},
        "channels": [
            {"type": "webhook", "target": f"http://127.0.0.1:{robots}/"},
            {"type": "email", "target": "simulated@example.org"},
        ],
    }
    httpx.post(f"{alerts}/api/v1/subscriptions", json=wanted, timeout=30).raise_for_status()
    alert = {
        "labels": {"alertname": "simulated", "severity": "critical"},
        "annotations": {"summary": "模拟告警"},
        "endsAt": "2100-01-01T00:00:00Z",
    }
    httpx.post(f"{alerts}/api/v2/alerts", json=[alert], timeout=30).raise_for_status()
    for port in (robots, mail):
        wait_until(
            lambda port=port: ("alerts", port) in running.watched.spoken_to,  # type: ignore[misc]
            seconds=60,
            what=f"alerts connects to {running.peers[port]}",
        )


def test_the_services_make_the_connections_that_are_listed_and_no_others(loaded: Running) -> None:
    ask_behind(loaded, "metrics", "/api/v1/wall/ticker", "alerts")
    ask_behind(loaded, "alerts", "/console/audit", "ingest")
    ask_behind(loaded, "alerts", "/console/audit", "metrics")
    send_an_alert(loaded)

    unknown = {way for way in loaded.watched.spoken_to if way[1] not in loaded.peers}
    assert not unknown, "somebody whom no policy names"
    seen = {(name, *loaded.peers[port]) for name, port in loaded.watched.spoken_to}
    listed = {
        (way["from"], way["to"], way.get("port"))
        for way in CONNECTIONS
        if way["from"] in SERVICES and way.get("setting") not in ONLY_WHEN_SET
    }
    assert seen == listed


def test_a_service_whose_store_is_away_is_not_ready_but_alive(loaded: Running) -> None:
    loaded.postgres.stop()
    try:
        for service in SERVICES:
            wait_until(
                lambda service=service: loaded.says(service, READY, 503),  # type: ignore[misc]
                seconds=PATIENCE,
                what=f"{service} is not ready",
            )
            assert loaded.says(service, ALIVE, 200)
    finally:
        loaded.postgres.start()
    for service in SERVICES:
        wait_until(
            lambda service=service: loaded.says(service, READY, 200),  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"{service} is ready again",
        )


def test_services_that_are_told_to_end_under_load_end_by_themselves_in_the_grace_period(
    loaded: Running,
) -> None:
    place = Place("341323", "3451", ("szah-lb-bearings",))
    before = loaded.system.get("ingest", "/api/v1/reconciliation")["consumed"]
    load = build_load(5, events=4_000, places=(place,), periods=("2025-02", "2025-03"))
    loaded.system.send(load.events)
    loaded.system.wait_consumed("ingest", before + 1)
    processes = {name: loaded.system._processes.pop(name) for name in SERVICES}
    for process in processes.values():
        process.send_signal(signal.SIGTERM)
    for name, process in processes.items():
        left = min(seconds_to_stop(overlay, name) for overlay in OVERLAYS)
        try:
            assert process.wait(left) == 0, name
        finally:
            process.kill()
