"""SIGTERM under load: the batch under way is finished, the process ends by itself with code 0."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import Place, build_load

PLACE = Place("341323", "3451", ("szah-lb-bearings",))
PERIODS = ("2025-02", "2025-03", "2025-04")
GRACE_SECONDS = 45.0
EVENTS = 6_000


@pytest.mark.kafka
def test_a_service_that_is_told_to_end_under_load_ends_with_code_0_and_loses_nothing(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    load = build_load(11, events=EVENTS, places=(PLACE,), periods=PERIODS)
    system = make_system(empty_topics.bootstrap, batch_size="200")
    system.start("ingest")
    system.send(load.events)
    system.wait_consumed("ingest", 1)

    process = system._processes.pop("ingest")
    process.send_signal(signal.SIGTERM)
    assert process.wait(GRACE_SECONDS) == 0

    system.start("ingest")
    counts = system.wait_consumed("ingest", EVENTS)
    assert counts["consumed"] == EVENTS
    # Standing lines and register entries: one each, whatever was read twice around the stop.
    assert counts["parked"] == counts["dead_lettered"] == 0
