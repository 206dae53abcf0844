"""A real Prometheus → our alerts service, with access control → a robot and a real Alertmanager."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from clusterwatch.launcher.ports import free_ports
from shared.access.readers import Reader, Role, Scope
from shared.access.store import DATABASE, AccessStore
from shared.clock import SystemClock
from shared.testing import loopback
from shared.testing.loopback import QuietHandler
from shared.testing.robots import WeComRobot, serving
from shared.testing.stores import migrated_store
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.prometheus

PATIENCE = 120.0
RULE = """
groups:
- name: chain
  interval: 1s
  rules:
  - alert: PumpBroken
    expr: pump_broken == 1
    labels: {severity: critical}
    annotations: {summary: The pump is broken}
"""


@dataclass
class Pump:
    """Something that Prometheus watches."""

    broken: bool = True


@contextmanager
def exporter(pump: Pump) -> Iterator[str]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            body = f"pump_broken {int(pump.broken)}\n".encode()
            self.answer(200, body, {"Content-Type": "text/plain; version=0.0.4"})

    with loopback.serving(Handler) as address:
        yield address.removeprefix("http://")


@contextmanager
def running(
    folder: Path, name: str, command: list[str], environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A program that ends with the block."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def program(*names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"none of {', '.join(names)} on the PATH")
    return found


def answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=5).status_code == 200
    return False


@dataclass
class Service:
    """The alerts service with access control; Kafka is away."""

    url: str
    tokens: dict[Role, str]
    folder: Path

    def call(self, role: Role, method: str, path: str, body: object = None) -> Any:
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        answer = httpx.request(method, self.url + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    now = SystemClock().now()
    with migrated_store(DATABASE, tmp_path) as engine:
        store = AccessStore(engine)
        feeds = Scope(feeds=frozenset({"alerts"}))
        tokens = {
            role: store.create(
                Reader(str(role), role, feeds if role is Role.FEED else Scope()),
                timedelta(days=1),
                now,
                "test",
            )[1]
            for role in Role
        }
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")},
        "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "CLUSTERWATCH_DATA_DIR": str(tmp_path),
        "CLUSTERWATCH_ACCESS": "on",
        "CLUSTERWATCH_ALERTS_PORT": str(port),
        "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
        "CLUSTERWATCH_ALERTS_DELIVERY_SECONDS": "0.1",
        "CLUSTERWATCH_ALERTS_UPKEEP_SECONDS": "1",
    }
    command = [sys.executable, "-m", "clusterwatch", "alerts"]
    with running(tmp_path, "alerts", command, environment):
        wait_until(lambda: answers(f"{url}/-/healthy"), seconds=PATIENCE, what="it answers")
        yield Service(url, tokens, tmp_path)


@contextmanager
def alertmanager(folder: Path, name: str, receiver: str) -> Iterator[str]:
    """A real one; `receiver` is what its only receiver does."""
    (port,) = free_ports(1)
    configuration = folder / f"{name}.yml"
    configuration.write_text(
        "route: {receiver: it, group_wait: 0s, group_interval: 1s}\n"
        f"receivers: [{{name: it{receiver}}}]\n"
    )
    command = [
        program("prometheus-alertmanager", "alertmanager"),
        f"--config.file={configuration}",
        f"--storage.path={folder / name}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    url = f"http://127.0.0.1:{port}"
    with running(folder, name, command):
        wait_until(lambda: answers(f"{url}/-/ready"), seconds=PATIENCE, what=f"{name} is ready")
        yield url


@contextmanager
def prometheus(service: Service, watched: str) -> Iterator[None]:
    """A real one that signs in with the feed's token."""
    (port,) = free_ports(1)
    folder = service.folder
    (folder / "rules.yml").write_text(RULE)
    (folder / "token").write_text(service.tokens[Role.FEED])
    (folder / "prometheus.yml").write_text(
        "global: {evaluation_interval: 1s, scrape_interval: 1s}\n"
        f"rule_files: ['{folder / 'rules.yml'}']\n"
        f"scrape_configs: [{{job_name: pump, static_configs: [{{targets: ['{watched}']}}]}}]\n"
        "alerting:\n  alertmanagers:\n"
        f"  - authorization: {{credentials_file: '{folder / 'token'}'}}\n"
        f"    static_configs: [{{targets: ['{service.url.removeprefix('http://')}']}}]\n"
    )
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
    ]
    with running(folder, "prometheus", command):
        yield


def shown(url: str) -> list[dict[str, Any]]:
    """What `amtool` finds in an Alertmanager."""
    command = [program("amtool"), f"--alertmanager.url={url}", "alert", "query", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_an_alert_goes_from_prometheus_through_us_to_people_and_an_alertmanager_and_ends(
    service: Service,
) -> None:
    pump, robot = Pump(), WeComRobot(SystemClock())
    with (
        serving(robot),
        exporter(pump) as watched,
        alertmanager(service.folder, "upstream", "") as upstream,
    ):
        for owner, kind, target in (
            ("运维", "wecom", robot.url),
            ("上级", "alertmanager", upstream),
        ):
            service.call(
                Role.TASK_FORCE,
                "POST",
                "/api/v1/subscriptions",
                {"owner": owner, "channels": [{"type": kind, "target": target}]},
            )
        with prometheus(service, watched):
            wait_until(lambda: robot.texts, seconds=PATIENCE, what="the robot is told")
            (found,) = wait_until(
                lambda: shown(upstream), seconds=PATIENCE, what="the Alertmanager shows it"
            )
            assert found["labels"] == {
                "alertname": "PumpBroken",
                "colour": "red",
                "instance": watched,
                "job": "pump",
                "severity": "critical",
            }
            assert "The pump is broken" in found["annotations"]["summary"]
            assert "The pump is broken" in robot.texts[0]
            pump.broken = False
            wait_until(lambda: len(robot.texts) == 2, seconds=PATIENCE, what="its end is told")
            wait_until(lambda: not shown(upstream), seconds=PATIENCE, what="it ends there too")
    assert "解除" in robot.texts[1]
    sent = service.call(Role.VIEWER, "GET", "/api/v1/deliveries")["items"]
    assert sorted((row["kind"], row["status"]) for row in sent) == [
        ("firing", "sent"),
        ("firing", "sent"),
        ("resolved", "sent"),
        ("resolved", "sent"),
    ]


def test_a_webhook_of_a_real_alertmanager_is_taken(service: Service) -> None:
    hook = (
        f", webhook_configs: [{{url: '{service.url}/api/v1/webhook/alertmanager', http_config: "
        f"{{authorization: {{credentials: '{service.tokens[Role.FEED]}'}}}}}}]"
    )
    with alertmanager(service.folder, "sender", hook) as url:
        alert = [{"labels": {"alertname": "FanLoud", "severity": "info"}}]
        httpx.post(f"{url}/api/v2/alerts", json=alert, timeout=30).raise_for_status()
        items = wait_until(
            lambda: service.call(Role.VIEWER, "GET", "/api/v1/alerts")["items"],
            seconds=PATIENCE,
            what="the webhook arrives",
        )
    assert items[0]["labels"] == {"alertname": "FanLoud", "severity": "info"}
    assert (items[0]["state"], items[0]["colour"]) == ("firing", "blue")


def test_without_a_token_nobody_sends_alerts(service: Service) -> None:
    alert = [{"labels": {"alertname": "FanLoud"}}]
    for path, body in (("/api/v2/alerts", alert), ("/api/v1/webhook", {"alerts": alert})):
        assert httpx.post(service.url + path, json=body, timeout=30).status_code == 401
    assert service.call(Role.VIEWER, "GET", "/api/v1/alerts")["items"] == []
