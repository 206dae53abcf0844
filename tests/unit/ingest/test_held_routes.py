"""Held reports over HTTP: what is shown, what a decision does, and who may not be named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from services.ingest.adapters.held_desk import HeldDesk
from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.api.held import held_router
from services.ingest.api.subjects import subjects_router
from services.ingest.domain.subjects import enterprise
from services.ingest.testing import TOKENS, Ingest
from shared.events.decisions import DECISIONS_TOPIC, Decision
from shared.events.records import Record
from shared.http import add_problem_handlers
from shared.storage import reading
from shared.storage.audit import AuditLine, audit_lines
from shared.testing.events import Body, output, records, registration
from shared.testing.http import AppClient
from shared.testing.load import credit_code

TOKEN = TOKENS.token(enterprise(credit_code(1)))
HELD = f"{TOKEN}.gross_output.2026-05"
LI = {"who": "李四", "why": "telephoned the accountant"}


def report(period: str, ytd: int) -> Body:
    return output(period=period, ytd=ytd, month=None, month_last_year=None, ytd_last_year=None)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Ingest]:
    """One enterprise whose report of May is a thousand times last year's."""
    made = Ingest(tmp_path)
    year = [registration(), report("2025-05", 40_000), report("2025-12", 100_000)]
    made.take(records([*year, report("2026-05", 45_000_000), output(7)]))
    yield made
    made.engine.dispose()


def client(service: Ingest, *, named: bool = False) -> AppClient:
    desk = HeldDesk(service.engine, service.clock, lambda: None)
    index = SubjectIndex(service.engine, TOKENS)
    app = FastAPI()
    add_problem_handlers(app)
    app.include_router(held_router(desk, index, TOKENS))
    app.include_router(subjects_router(index, desk.audit, allowed=named))
    return AppClient(app)


def take_decisions(service: Ingest) -> None:
    """What the relay and the consumer do."""
    rows = service.outbox(DECISIONS_TOPIC)
    service.take([Record(DECISIONS_TOPIC, 0, n, 0, r.key, r.value) for n, r in enumerate(rows)])


def audit(engine: Engine) -> list[AuditLine]:
    with reading(engine) as connection:
        return audit_lines(connection, None, 10)


def items(service: Ingest, state: str = "waiting") -> list[dict[str, Any]]:
    body: dict[str, Any] = client(service).get("/api/v1/held", {"state": state}).json()
    return list(body["items"])


def test_the_list_says_what_waits_without_figures(service: Ingest) -> None:
    (item,) = items(service)

    assert item["id"] == HELD
    assert (item["reason"], item["suspected_factor"], item["state"]) == ("unit_slip", 1000, "held")
    assert item["share_of_unit"] > 100
    assert "ytd" not in item


def test_a_report_is_shown_with_its_reference_and_what_it_would_move(service: Ingest) -> None:
    body = client(service).get(f"/api/v1/held/{HELD}").json()

    assert (body["field"], body["value"]) == ("ytd", 45_000_000_000)
    assert body["reference"] == {
        "kind": "same_period_last_year",
        "period": "2025-05",
        "value": 40_000_000,
    }
    assert body["ratio"] == pytest.approx(1125)
    assert set(body["shares"]) == {"bearings", "equipment", "lingbi", "city"}
    assert body["decisions"] == []


def test_a_confirmation_is_an_event_and_an_audit_line_and_then_it_counts(service: Ingest) -> None:
    answer = client(service).request(
        "POST", f"/api/v1/held/{HELD}/confirm", json={**LI, "revision": 1}
    )

    assert (answer.status_code, answer.json()["verdict"]) == (202, "confirmed")
    (row,) = service.outbox(DECISIONS_TOPIC)
    sent = msgspec.json.decode(row.value or b"", type=Decision)
    assert (row.key or b"").decode() == f"enterprise|{credit_code(1)}|gross_output|2026-05"
    assert (sent.who, sent.why, sent.revision) == ("李四", LI["why"], 1)
    (line,) = audit(service.engine)
    assert (line.actor, line.action) == ("李四", "report_confirmed")
    assert LI["why"] in line.detail
    assert credit_code(1) not in line.detail

    take_decisions(service)
    assert (items(service), service.summary()["held"]) == ([], 0)
    body = client(service).get(f"/api/v1/held/{HELD}").json()
    assert (body["state"], body["decisions"][0]["who"]) == ("applied", "李四")


def test_a_rejected_report_is_listed_apart_and_may_still_be_confirmed(service: Ingest) -> None:
    page = client(service)
    page.request("POST", f"/api/v1/held/{HELD}/reject", json=LI)
    take_decisions(service)

    assert items(service) == []
    assert [item["state"] for item in items(service, "rejected")] == ["rejected"]
    assert page.request("POST", f"/api/v1/held/{HELD}/reject", json=LI).status_code == 409
    assert page.request("POST", f"/api/v1/held/{HELD}/confirm", json=LI).status_code == 202


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (HELD, {"who": "李四"}, 422, "why"),
        (HELD, {"who": " ", "why": "x"}, 422, "who"),
        (HELD, {**LI, "revision": 2}, 409, "revision 1 stands"),
        (f"{TOKEN}.gross_output.2025-05", LI, 409, "not held"),
        (f"{TOKEN}.gross_output.2026-06", LI, 409, "no such report"),
        (f"{TOKENS.token(enterprise(credit_code(7)))}.gross_output.2026-05", LI, 409, "register"),
        ("e-nobody.gross_output.2026-05", LI, 404, "no report"),
        (f"{TOKEN}.gross_output.May", LI, 404, "no report"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_with_the_reason(
    service: Ingest, path: str, body: Body, status: int, words: str
) -> None:
    answer = client(service).request("POST", f"/api/v1/held/{path}/confirm", json=body)

    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert words in answer.json()["detail"]
    assert service.outbox(DECISIONS_TOPIC) == []
    assert audit(service.engine) == []


def test_those_who_wait_for_the_register_are_listed_by_token(service: Ingest) -> None:
    (waiting,) = client(service).get("/api/v1/parked/subjects").json()["items"]

    assert waiting == {
        "subject": TOKENS.token(enterprise(credit_code(7))),
        "topic": "stats.output.v1",
        "lines": 1,
        "first_period": "2026-05",
        "last_period": "2026-05",
    }


def test_names_are_told_only_where_that_is_turned_on_and_every_look_is_audited(
    service: Ingest,
) -> None:
    path = f"/api/v1/subjects/{TOKEN}"
    assert client(service).get(path, {"who": "alerts"}).status_code == 403
    assert client(service, named=True).get(path).status_code == 422
    assert client(service, named=True).get("/api/v1/subjects/e-x", {"who": "a"}).status_code == 404

    body = client(service, named=True).get(path, {"who": "alerts"}).json()

    assert (body["name"], body["code"], body["kind"]) == (
        "示例企业1",
        credit_code(1),
        "enterprise",
    )
    assert [(line.actor, line.action) for line in audit(service.engine)] == [
        ("alerts", "subject_named")
    ]
