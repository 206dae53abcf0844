"""A feed's token sends for its own sources only."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import FastAPI
from prometheus_client.registry import CollectorRegistry

from services.ingest.api.events import events_router
from services.ingest.api.files import files_router
from services.ingest.ports import Outgoing
from services.ingest.telemetry import HttpCounts
from services.ingest.use_cases.accept import CheckEvents
from shared.access.gate import Gate, Readers
from shared.access.readers import Reader, Role, Scope
from shared.files.mapping import shipped_mappings
from shared.http import add_problem_handlers
from shared.testing.clock import FixedClock
from shared.testing.events import registration
from shared.testing.http import AppClient

FEED = Reader("tjj-suzhou", Role.FEED, Scope(feeds=frozenset({"tjj-suzhou"})))
HEADERS = {"authorization": "Bearer cwt_feed"}


class Inbox:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.events: list[Outgoing] = []

    async def send(self, events: Any) -> None:
        self.events += events


def intake(check: CheckEvents) -> tuple[AppClient, Inbox]:
    inbox, counts = Inbox(), HttpCounts(CollectorRegistry())
    app = FastAPI()
    add_problem_handlers(app)
    app.include_router(events_router(check, inbox, counts, body_limit=99_999, item_limit=9))
    clock = FixedClock(datetime(2026, 6, 10, tzinfo=UTC))
    app.include_router(
        files_router(check, inbox, counts, clock, shipped_mappings(), body_limit=99_999)
    )
    readers = Readers(lambda _text: FEED)
    app.add_middleware(Gate, routes=app, service="ingest", readers=readers)
    return AppClient(app), inbox


def test_events_of_another_source_are_refused_one_by_one(check: CheckEvents) -> None:
    http, inbox = intake(check)
    events = [registration(source=source) for source in ("tjj-suzhou", "somebody-else")]
    answer = http.request(
        "POST",
        "/api/v1/events/stats.enterprise.v1",
        content=msgspec.json.encode(events),
        headers={**HEADERS, "content-type": "application/json"},
    ).json()
    assert [item["outcome"] for item in answer["items"]] == ["accepted", "refused"]
    assert answer["items"][1]["reason"] == "source_conflict"
    assert answer["items"][1]["field"] == "source"
    assert len(inbox.events) == 1


def test_files_for_another_source_are_refused(check: CheckEvents) -> None:
    http, inbox = intake(check)
    path = "/api/v1/files?source=somebody-else"
    answer = http.request("POST", path, content=b"x", headers=HEADERS)
    assert answer.status_code == 403
    assert "somebody-else" in answer.json()["detail"]
    assert inbox.events == []
