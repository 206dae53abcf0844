"""Requests that schemathesis invents find no fault and no answer that /openapi.json does not name.

The services are real processes on a real Kafka, with some reports in them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.messaging.topics import recreate_topics, topic_specs
from shared.testing.load import Place, build_load

PLACE = Place("341323", "3451", ("szah-lb-bearings",))
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
EXAMPLES = 12
"""Requests to each operation, well-formed ones and as many that break its description."""

STREAM = "/api/v1/wall/events"
"""Never ends; the wall's own tests read it."""


@pytest.fixture(scope="module")
def system(
    kafka: LocalKafka, tmp_path_factory: pytest.TempPathFactory, system_class: Any
) -> Iterator[Any]:
    recreate_topics(kafka.bootstrap, topic_specs())
    running = system_class(kafka.bootstrap, tmp_path_factory.mktemp("system"))
    try:
        running.start("ingest", "metrics", "alerts")
        load = build_load(3, events=300, places=(PLACE,), periods=("2025-02", "2025-03"))
        running.send(load.events)
        running.wait_consumed("ingest", len(load.events))
        yield running
    finally:
        running.stop()


@pytest.mark.kafka
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("service", ["ingest", "metrics", "alerts"])
def test_no_request_finds_a_fault_or_an_undocumented_answer(
    system: Any, service: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(system.url(service, "/openapi.json"))
    asked = 0
    operations: Iterator[Any] = schema.exclude(path=STREAM).get_all_operations()
    for operation in operations:
        ask(operation.ok(), mode)
        asked += 1
    assert asked > 5
    assert system.get(service, "/healthz") == {"status": "ok"}


def ask(operation: Any, mode: GenerationMode) -> None:
    """Send invented requests to one operation and check every answer."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, timeout=30)

    try:
        send()
    except Unsatisfiable:  # an operation without anything that could be wrong
        assert mode is GenerationMode.NEGATIVE
