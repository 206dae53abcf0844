"""The real `amtool` and a real Prometheus against a running alerts service; Kafka is away."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clusterwatch.launcher.ports import free_ports
from shared.testing.loopback import collecting
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.prometheus

ALERT = {
    "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "db 1"},
    "annotations": {"summary": "The disk of db 1 is full"},
    "generatorURL": "http://prometheus.test/graph",
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """Address of the service."""
    (port,) = free_ports(1)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")},
        "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "CLUSTERWATCH_DATA_DIR": str(tmp_path / "var"),
        "CLUSTERWATCH_ALERTS_PORT": str(port),
        "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
        "CLUSTERWATCH_ALERTS_DELIVERY_SECONDS": "0.1",
        "CLUSTERWATCH_ALERTS_UPKEEP_SECONDS": "0.5",
    }
    log = tmp_path / "alerts.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "clusterwatch", "alerts"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(url), seconds=60, what=f"the service answers, see {log}")
        yield url
    finally:
        process.terminate()
        process.wait(30)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/healthy", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def robot(service: str) -> Iterator[list[dict[str, Any]]]:
    """Bodies that reach a webhook subscriber of external alerts."""
    with collecting() as (address, bodies):
        subscription = {
            "owner": "运维",
            "filter": {"rule": "external"},
            "channels": [{"type": "webhook", "target": f"{address}/"}],
        }
        httpx.post(f"{service}/api/v1/subscriptions", json=subscription).raise_for_status()
        yield bodies


def amtool(url: str, *arguments: str) -> str:
    program = shutil.which("amtool")
    if program is None:
        pytest.skip("amtool is not on the PATH")
    command = [program, f"--alertmanager.url={url}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def post(url: str, *alerts: dict[str, Any]) -> httpx.Response:
    return httpx.post(f"{url}/api/v2/alerts", json=list(alerts))


def test_amtool_queries_silences_and_expires(service: str, robot: list[dict[str, Any]]) -> None:
    assert post(service, ALERT).status_code == 200
    wait_until(lambda: robot, seconds=30, what="the alert reaches the webhook")
    (found,) = json.loads(amtool(service, "alert", "query", "-o", "json"))
    assert found["labels"] == ALERT["labels"]
    assert found["annotations"] == ALERT["annotations"]
    assert [item["name"] for item in found["receivers"]] == ["运维"]
    assert "DiskFull" in amtool(service, "alert", "query", "severity=~crit.*")
    assert "DiskFull" not in amtool(service, "alert", "query", "DiskEmpty")
    added = amtool(
        service, "silence", "add", "-c", "检修", "-a", "值班员", "-d", "1h", "alertname=DiskFull"
    ).strip()
    assert added in amtool(service, "silence", "query")
    assert "DiskFull" not in amtool(service, "alert", "query")
    assert "DiskFull" in amtool(service, "alert", "query", "--silenced")
    amtool(service, "silence", "update", "-d", "2h", added)
    amtool(service, "silence", "expire", added)
    assert added not in amtool(service, "silence", "query")
    assert added in amtool(service, "silence", "query", "--expired")
    assert "DiskFull" in amtool(service, "alert", "query")
    amtool(service, "alert", "add", "Another", "severity=info", "--annotation=summary=x")
    assert "Another" in amtool(service, "alert", "query", "-o", "extended")
    assert "运维" in amtool(service, "config", "show")


def test_valid_alerts_are_kept_even_when_others_are_refused(
    service: str, robot: list[dict[str, Any]]
) -> None:
    bad: list[dict[str, Any]] = [
        {"labels": {}},
        {"labels": {"a-b": "x"}},
        {"labels": {"alertname": "trajectory"}},
        {"labels": 1},
    ]
    answer = post(service, *bad, ALERT)
    assert answer.status_code == 400
    assert "label" in answer.json()
    wait_until(lambda: robot, seconds=30, what="the valid one reaches the webhook")
    ended = {**ALERT, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"}
    assert post(service, ended).status_code == 200
    wait_until(lambda: len(robot) == 2, seconds=30, what="its end reaches the webhook")
    assert [body["status"] for body in robot] == ["firing", "resolved"]
    assert robot[0]["alerts"][0]["fingerprint"] == robot[1]["alerts"][0]["fingerprint"]


def test_a_webhook_of_an_alertmanager_is_taken(service: str, robot: list[dict[str, Any]]) -> None:
    unset = "0001-01-01T00:00:00Z"
    body = {"version": "4", "status": "firing", "alerts": [{**ALERT, "endsAt": unset}]}
    httpx.post(f"{service}/api/v1/webhook", json=body).raise_for_status()
    wait_until(lambda: robot, seconds=30, what="it reaches the webhook")
    assert robot[0]["alerts"][0]["annotations"]["summary"].endswith("The disk of db 1 is full")


def test_an_alert_of_a_real_prometheus_reaches_a_subscriber(
    service: str, robot: list[dict[str, Any]], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "groups: [{name: g, interval: 1s, rules: [{alert: Always, expr: 'vector(1)', "
        "labels: {severity: warning}, annotations: {summary: always on}}]}]"
    )
    configuration = tmp_path / "prometheus.yml"
    target = service.removeprefix("http://")
    configuration.write_text(
        "global: {evaluation_interval: 1s}\n"
        f"rule_files: ['{rules}']\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{target}']}}]}}]}}\n"
    )
    (port,) = free_ports(1)
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(shutil.which("prometheus")),
                f"--config.file={configuration}",
                f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
                # Its first notices are lost until it has discovered the target.
                "--rules.alert.resend-delay=1s",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: robot, seconds=60, what="Prometheus' alert reaches the webhook")
    finally:
        process.terminate()
        process.wait(30)
    (alert,) = robot[0]["alerts"]
    assert alert["labels"] == {"alertname": "Always", "severity": "warning"}
    assert alert["status"] == "firing"
