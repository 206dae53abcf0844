"""Statuses on a real Kafka become messages of a running alerts service."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from services.alerts.main import create_app
from services.alerts.settings import AlertsSettings
from shared.events.status import STATUS_TOPIC, Status
from shared.testing.kafka import consume_all, produce
from shared.testing.loopback import collecting
from shared.testing.statuses import status_of

pytestmark = pytest.mark.kafka


@pytest.fixture
def robot() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with collecting() as (address, bodies):
        yield f"{address}/robot", bodies


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the service signals nothing
            await asyncio.sleep(0.1)


def send(kafka: LocalKafka, *statuses: Status) -> None:
    produce(
        kafka.bootstrap,
        STATUS_TOPIC,
        [(status.key.encode(), msgspec.json.encode(status)) for status in statuses],
    )


def test_history_is_recorded_and_what_comes_later_is_told(
    empty_topics: LocalKafka, tmp_path: Path, robot: tuple[str, list[dict[str, Any]]]
) -> None:
    target, bodies = robot
    settings = AlertsSettings(
        kafka_bootstrap_servers=empty_topics.bootstrap,
        data_dir=tmp_path,
        alerts_settle_seconds=2,
        alerts_delivery_seconds=0.1,
        alerts_private_targets=["127.0.0.0/8"],
    )
    send(
        empty_topics,
        status_of("2026-03", "yellow", unit="szah-htz-it", version=1),
        status_of("2026-04", "yellow", unit="szah-htz-it", version=2),
        status_of("2026-03", version=3),
    )
    app = create_app(settings)
    subscription = {
        "owner": "轴承专班",
        "filter": {"plan": "suzhou-2027", "rule": "trajectory"},
        "channels": [{"type": "webhook", "target": target}],
    }

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://alerts") as client,
        ):
            answer = await client.post("/api/v1/subscriptions", json=subscription)
            assert answer.status_code == 201
            await until(lambda: app.state.alerts.snapshot().live)
            send(
                empty_topics,
                status_of("2026-05", "yellow", version=5),
                status_of("2026-04", "yellow", version=4),
            )
            await until(lambda: len(bodies) == 1)
            counts = (await client.get("/api/v1/reconciliation")).json()
            assert (counts["consumed"], counts["applied"]) == (5, 5)
            assert (await client.get("/readyz")).status_code == 200
            await until(lambda: app.state.alerts.relay.published >= 4)

    asyncio.run(run())
    assert bodies[0]["alerts"][0]["labels"]["unit"] == "szah-lb-bearings"
    events = consume_all(empty_topics.bootstrap, "alerts.events.v1")
    values = [msgspec.json.decode(value) for _, _, _, value, _ in events if value is not None]
    fired = [event["labels"]["unit"] for event in values if event["state_to"] == "firing"]
    assert {"szah-htz-it", "szah-lb-bearings"} <= set(fired)
