"""SIGTERM while a webhook is silent: others may tell it soon, and need not wait for a lease."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from services.alerts.adapters.queue import SqlDeliveryQueue
from services.alerts.adapters.sealed_targets import keyring_of
from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import Delivery, backoff
from services.alerts.settings import AlertsSettings
from services.alerts.use_cases.deliver import LEASE
from shared.clock import SystemClock
from shared.storage import open_engine
from shared.storage.sealing import use_keys
from shared.testing import loopback
from shared.testing.loopback import QuietHandler
from shared.testing.waiting import wait_until
from tests.integration.senders import senders, subscribe

ALERT = {
    "labels": {"alertname": "simulated", "severity": "critical"},
    "annotations": {"summary": "模拟告警"},
    "endsAt": "2100-01-01T00:00:00Z",
}
GRACE_SECONDS = 45.0


@dataclass
class Silent:
    """A webhook that gets messages and answers none."""

    url: str = ""
    got: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def silent_webhook() -> Iterator[Silent]:
    hook = Silent()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            hook.got.append(self.body())
            hook.over.wait()

    with loopback.serving(Handler) as hook.url:
        try:
            yield hook
        finally:
            hook.over.set()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AlertsSettings:
    """Where the service keeps what it knows, on both databases."""
    url = request.getfixturevalue("database_url") if request.param == "postgres" else None
    return AlertsSettings(data_dir=tmp_path, database_url=url)


def claimed_after_the_first_pause(settings: AlertsSettings) -> list[Delivery]:
    engine = open_engine(settings, "alerts")
    use_keys(engine, keyring_of(settings))
    try:
        due = SystemClock().now() + backoff(1)
        return list(SqlDeliveryQueue(engine).claim(due, LEASE, Room()))
    finally:
        engine.dispose()


def test_a_message_whose_sender_leaves_waits_for_no_lease(settings: AlertsSettings) -> None:
    database = settings.database_url.get_secret_value() if settings.database_url else None
    with silent_webhook() as hook, senders(settings.data_dir, database, 1) as (sender,):
        subscribe(sender.url, "模拟专班", "webhook", hook.url)
        httpx.post(f"{sender.url}/api/v2/alerts", json=[ALERT], timeout=60).raise_for_status()
        wait_until(lambda: hook.got, seconds=60, what="the message is out")
        sender.process.terminate()
        assert sender.process.wait(GRACE_SECONDS) == 0

    (delivery,) = claimed_after_the_first_pause(settings)
    assert (delivery.attempts, delivery.possible_repeat) == (2, True)
    assert len(hook.got) == 1
