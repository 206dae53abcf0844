"""Nearly everything in a topic is bad: it stops, the others go on, a restart reads it again."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import Place, credit_code, registration
from shared.testing.waiting import wait_until

OUTPUT = "stats.output.v1"
PLACE = Place("341323", "3451", ())
WINDOW = 50


def register(start: int, number: int) -> list[tuple[Any, ...]]:
    return [registration(credit_code(each), PLACE) for each in range(start, start + number)]


@pytest.mark.kafka
def test_a_topic_full_of_bad_records_stops_alone_and_a_restart_reads_on(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    system = make_system(
        empty_topics.bootstrap,
        dead_letter_window=str(WINDOW),
        batch_size="20",
        stall_seconds="4",
    )
    bad = [(OUTPUT, b"same", b"{}")] * (5 * WINDOW)
    system.start("ingest")
    system.send([*register(1, 5), *bad])

    def problem() -> str | None:
        answer = httpx.get(system.url("ingest", "/readyz"), timeout=10)
        return answer.json()["detail"] if answer.status_code == 503 else None

    reason = wait_until(problem, seconds=60, what="ingest says that it is not ready")
    assert f"{OUTPUT} is stopped" in reason
    assert f'topic_stopped{{component="ingest",topic="{OUTPUT}"}} 1' in system.text(
        "ingest", "/metrics"
    )

    def refused() -> int:
        topics = system.get("ingest", "/api/v1/reconciliation")["topics"]
        return int(topics[OUTPUT]["dead_lettered"])

    taken = refused()
    assert WINDOW <= taken < len(bad)
    system.send(register(6, 5))
    system.wait_consumed("ingest", taken + 10, seconds=60)
    # Longer than the limit of a stall: what is stopped on purpose is no reason for a restart.
    lag = 'consumer_lag_records{component="ingest",partition="'
    wait_until(
        lambda: lag in system.text("ingest", "/metrics"), seconds=20, what="the lag is measured"
    )
    assert httpx.get(system.url("ingest", "/healthz"), timeout=10).status_code == 200
    assert refused() == taken

    system.environment["CLUSTERWATCH_DEAD_LETTER_CEILING"] = "1"
    system.stop()
    system.start("ingest")
    system.wait_consumed("ingest", len(bad) + 10, seconds=60)
    assert refused() == len(bad)
