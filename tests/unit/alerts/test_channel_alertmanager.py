"""An upstream Alertmanager: what it is posted, and a real one where it is installed."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.alerts.adapters.channels.alertmanager import AlertmanagerChannel, alerts_of
from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.pinned import new_client
from services.alerts.adapters.channels.posting import Poster
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.ports import Message
from shared.testing.waiting import wait_until

HERE = TargetGuard((ip_network("127.0.0.0/8"),))

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
NOW = datetime.now(UTC).replace(microsecond=0)
FIRING = Message(
    subject="【告警·黄色】轴承",
    text="轴承\n",
    html="",
    status="firing",
    labels={"alertname": "trajectory", "unit": "szah-lb-bearings", "region": ""},
    annotations={"summary": "轴承", "colour": "yellow"},
    starts_at=NOW - timedelta(hours=3),
    ends_at=None,
    at=NOW - timedelta(hours=3),
    generator_url="https://alerts.test/1",
    fingerprint="0123456789abcdef",
    group_key="{}:{}",
    thread="t",
    opens_thread=True,
    id="1",
    receiver="轴承专班",
    notification_reason="firing",
    external_url="https://alerts.test",
)
WORSE = replace(
    FIRING,
    annotations={"colour": "red"},
    notification_reason="updated",
    at=NOW - timedelta(hours=2),
)
RESOLVED = replace(
    WORSE,
    status="resolved",
    notification_reason="resolved",
    at=NOW - timedelta(hours=1),
    ends_at=NOW - timedelta(hours=1),
)


def posted(message: Message) -> list[tuple[str, bool]]:
    """Colour and whether it fires, in order."""
    return [
        (alert["labels"]["colour"], alert["endsAt"] > NOW.isoformat())
        for alert in alerts_of(message)
    ]


def test_a_firing_alert_has_its_colour_as_a_label_and_does_not_run_out() -> None:
    (alert,) = alerts_of(FIRING)
    assert alert["labels"] == {
        "alertname": "trajectory",
        "unit": "szah-lb-bearings",
        "colour": "yellow",
    }
    assert "colour" not in alert["annotations"]
    assert datetime.fromisoformat(alert["endsAt"]) > NOW + timedelta(days=366)


def test_a_change_of_colour_ends_the_other_sets_of_labels_first() -> None:
    assert posted(WORSE) == [
        ("blue", False),
        ("yellow", False),
        ("orange", False),
        ("off_track", False),
        ("red", True),
    ]


def test_resolved_ends_every_colour() -> None:
    assert {fires for _, fires in posted(RESOLVED)} == {False}
    assert len(posted(RESOLVED)) == 5


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if PROGRAM is None:
        pytest.skip("no Alertmanager is installed")
    folder = tmp_path_factory.mktemp("alertmanager")
    configuration = folder / "alertmanager.yml"
    configuration.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(PROGRAM, configuration, folder, port)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_ready(url), seconds=30, what="Alertmanager is ready")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def start(program: str, configuration: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            program,
            f"--config.file={configuration}",
            f"--storage.path={folder}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def send(url: str, message: Message) -> SendResult:
    async def run() -> SendResult:
        async with new_client(HERE) as client:
            return await AlertmanagerChannel(Poster(client)).send(url, message)

    return asyncio.run(run())


def active(url: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/api/v2/alerts", trust_env=False)
    return [alert["labels"] for alert in answer.json()]


def test_a_real_alertmanager_shows_one_colour_at_a_time(alertmanager: str) -> None:
    told: list[tuple[SendOutcome, list[str]]] = []
    better = replace(
        WORSE, annotations={"colour": "yellow"}, at=NOW - timedelta(hours=1, minutes=30)
    )
    again = replace(FIRING, starts_at=NOW - timedelta(minutes=5), at=NOW - timedelta(minutes=5))
    for message in (FIRING, WORSE, better, RESOLVED, again):
        outcome = send(alertmanager, message).outcome
        told.append((outcome, [labels["colour"] for labels in active(alertmanager)]))
    ok = SendOutcome.OK
    assert told == [(ok, ["yellow"]), (ok, ["red"]), (ok, ["yellow"]), (ok, []), (ok, ["yellow"])]


def test_labels_that_alertmanager_refuses_are_a_matter_of_content(alertmanager: str) -> None:
    wrong = replace(FIRING, labels={"": "x"})
    assert send(alertmanager, wrong).outcome is SendOutcome.PERMANENT_CONTENT
