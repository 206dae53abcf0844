"""Events through HTTP on a real Kafka: accepted means that Kafka has them."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import free_ports
from services.ingest.adapters.inbox import KafkaInbox
from services.ingest.ports import KafkaUnavailableError, Outgoing
from shared.settings import CommonSettings
from shared.testing.events import output, registration
from shared.testing.kafka import consume_all
from shared.testing.load import credit_code

pytestmark = pytest.mark.kafka


def _post(system: Any, topic: str, *bodies: object) -> dict[str, Any]:
    answer = httpx.post(
        system.url("ingest", f"/api/v1/events/{topic}"),
        content=b"\n".join(msgspec.json.encode(body) for body in bodies),
        headers={"content-type": "application/x-ndjson"},
        timeout=30,
    )
    assert answer.status_code == 207, answer.text
    return dict(answer.json())


def test_events_through_http_are_in_kafka_and_end_up_in_the_reconciliation(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    system = make_system(empty_topics.bootstrap)
    system.start("ingest")
    assert _post(system, "stats.enterprise.v1", registration(1))["accepted"] == 1
    answer = _post(system, "stats.output.v1", output(1), output(2, unit="美元"), output(1))
    assert [item["outcome"] for item in answer["items"]] == ["accepted", "refused", "accepted"]

    records = consume_all(empty_topics.bootstrap, "stats.output.v1")
    assert [key for _, _, key, _, _ in records] == [credit_code(1).encode()] * 2
    counts = system.wait_consumed("ingest", 3)
    assert (counts["applied"], counts["duplicate"], counts["dead_lettered"]) == (2, 1, 0)
    assert 'reason="unknown_unit"' in system.text("ingest", "/metrics")


async def _send_to_nobody(bootstrap: str) -> None:
    inbox = KafkaInbox(CommonSettings(kafka_bootstrap_servers=bootstrap), patience_seconds=1)
    try:
        await inbox.send([Outgoing("stats.output.v1", b"k", b"{}")])
    finally:
        await inbox.stop()


def test_without_a_broker_sending_ends_in_not_now() -> None:
    (port,) = free_ports(1)
    with pytest.raises(KafkaUnavailableError):
        asyncio.run(_send_to_nobody(f"127.0.0.1:{port}"))
