"""The route that takes events, on an inbox in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.registry import CollectorRegistry

from services.ingest.api.events import events_router
from services.ingest.domain.reading import Reader
from services.ingest.ports import KafkaUnavailableError, Outgoing
from services.ingest.telemetry import HttpCounts
from services.ingest.use_cases.accept import CheckEvents
from shared.http import add_problem_handlers
from shared.testing.clock import FixedClock
from shared.testing.events import figure, funds, output, registration, stage, topic_of
from shared.testing.http import AppClient
from shared.testing.load import credit_code
from shared.testing.plans import small_plan

NDJSON = "application/x-ndjson"
OUTPUT = "/api/v1/events/stats.output.v1"


class MemoryInbox:
    """Keeps what is sent; `down` makes it refuse to acknowledge."""

    def __init__(self) -> None:
        self.events: list[Outgoing] = []
        self.down = False

    async def send(self, events: Sequence[Outgoing]) -> None:
        if self.down and events:
            raise KafkaUnavailableError("no broker")
        self.events += events


class Intake:
    """The route as an application."""

    def __init__(self, body_limit: int = 100_000, item_limit: int = 5) -> None:
        self.inbox = MemoryInbox()
        self.registry = CollectorRegistry()
        clock = FixedClock(datetime(2026, 6, 10, tzinfo=UTC))
        app = FastAPI()
        add_problem_handlers(app)
        app.include_router(
            events_router(
                CheckEvents(Reader([small_plan()]), clock),
                self.inbox,
                HttpCounts(self.registry),
                body_limit=body_limit,
                item_limit=item_limit,
            )
        )
        self._client = AppClient(app)

    def post(self, path: str, body: bytes, kind: str = NDJSON, **headers: str) -> httpx.Response:
        return self._client.request(
            "POST", path, content=body, headers={"content-type": kind, **headers}
        )

    def counted(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def intake() -> Intake:
    return Intake()


def _lines(*bodies: object) -> bytes:
    return b"\n".join(msgspec.json.encode(body) for body in bodies)


def test_good_items_are_sent_with_their_record_key_and_bad_ones_say_why(intake: Intake) -> None:
    body = _lines(output(1), output(2, unit="美元")) + b"\r\n\nnot json\n"
    answer = intake.post(OUTPUT, body, NDJSON + "; charset=utf-8")
    assert answer.status_code == 207
    items = answer.json()["items"]
    assert items[0] == {"index": 0, "outcome": "accepted"}
    assert [item.get("reason") for item in items] == [None, "unknown_unit", "not_json"]
    assert items[1]["field"] == "unit"
    assert [(event.topic, event.key) for event in intake.inbox.events] == [
        ("stats.output.v1", credit_code(1).encode())
    ]
    assert (answer.json()["accepted"], answer.json()["refused"]) == (1, 2)


def test_a_json_array_is_as_good_and_its_bytes_are_passed_on_unchanged(intake: Intake) -> None:
    first, second = (msgspec.json.encode(registration(number)) for number in (1, 2))
    path = "/api/v1/events/stats.enterprise.v1"
    answer = intake.post(path, b"[" + first + b" , " + second + b"]", "application/json")
    assert answer.json()["accepted"] == 2
    assert [event.value for event in intake.inbox.events] == [first, second]


@pytest.mark.parametrize(
    ("body", "key"),
    [(funds(), "2603-341323-0001"), (stage(), "2603-341323-0001"), (figure(), "341300")],
)
def test_projects_and_zones_are_taken_as_well(
    intake: Intake, body: dict[str, object], key: str
) -> None:
    topic = topic_of(body)
    refused = {**body, "region": "999999"}
    answer = intake.post(f"/api/v1/events/{topic}", _lines(body, refused), NDJSON)
    assert [item.get("reason") for item in answer.json()["items"]] == [None, "unknown_region"]
    assert [(event.topic, event.key) for event in intake.inbox.events] == [(topic, key.encode())]


def test_an_unknown_topic_is_not_found_and_the_known_ones_are_named(intake: Intake) -> None:
    answer = intake.post("/api/v1/events/stats.weather.v1", b"{}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "stats.output.v1" in answer.json()["topics"]


@pytest.mark.parametrize("topic", ["cluster.facts.v1", "ingest.dead-letters.v1"])
def test_internal_topics_cannot_be_written_through_http(intake: Intake, topic: str) -> None:
    assert intake.post(f"/api/v1/events/{topic}", b"{}").status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{", "application/json", 400),
        (b"{}", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"x" * 100_001, NDJSON, 413),
        (b"{}\n" * 6, NDJSON, 413),
        (b"[{},{},{},{},{},{}]", "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_a_problem(
    intake: Intake, body: bytes, kind: str, status: int
) -> None:
    answer = intake.post(OUTPUT, body, kind)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert intake.inbox.events == []


def test_a_packed_body_is_refused_rather_than_unpacked(intake: Intake) -> None:
    answer = intake.post(OUTPUT, b"x", NDJSON, **{"content-encoding": "gzip"})
    assert answer.status_code == 415


def test_without_kafka_nothing_is_accepted_and_the_sender_is_asked_to_come_again(
    intake: Intake,
) -> None:
    intake.inbox.down = True
    answer = intake.post(OUTPUT, _lines(output(1)))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    name = "clusterwatch_ingest_http_accepted_total"
    assert intake.counted(name, topic="stats.output.v1") == 0


def test_what_http_takes_and_refuses_is_counted(intake: Intake) -> None:
    intake.post(OUTPUT, _lines(output(1), output(2, uscc="123"), output(3)))
    topic = "stats.output.v1"
    assert intake.counted("clusterwatch_ingest_http_accepted_total", topic=topic) == 2
    name = "clusterwatch_ingest_http_refused_total"
    assert intake.counted(name, topic=topic, reason="bad_code") == 1


@settings(deadline=None)
@given(body=st.binary(max_size=300), kind=st.sampled_from([NDJSON, "application/json"]))
def test_no_body_makes_the_service_fail(body: bytes, kind: str) -> None:
    intake = Intake(item_limit=1000)
    answer = intake.post(OUTPUT, body, kind)
    assert answer.status_code in {207, 400}
    assert intake.inbox.events == []
