"""The HTTP application with its real store; Kafka is away, which it can live with."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from services.alerts.main import audit_masking
from services.alerts.wiring.parts import has_caught_up
from shared.messaging.progress import Progress
from shared.storage import reading
from shared.testing.http import AppClient
from shared.testing.loopback import collecting
from shared.testing.waiting import wait_until
from tests.unit.alerts.conftest import application

World = Any
BODY = {
    "owner": "轴承专班",
    "channels": [{"type": "webhook", "target": "http://127.0.0.1:9/robot"}],
}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


def call(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    return AppClient(app).request(method, path, **options)


def test_a_subscription_is_created_read_replaced_and_ended(app: FastAPI) -> None:
    created = call(app, "POST", "/api/v1/subscriptions", json=BODY)
    assert created.status_code == 201
    path = created.headers["location"]
    assert call(app, "GET", path).json() == created.json()
    (channel,) = created.json()["channels"]
    assert channel["target"].startswith("http://127.0.0.1:9/…")
    change = {"language": "en", "filter": {"rule": "trajectory"}, "channels": [channel]}
    changed = call(app, "PUT", path, json={**BODY, **change})
    assert changed.json()["channels"] == [channel]
    assert (changed.json()["language"], changed.json()["id"]) == ("en", created.json()["id"])
    listed = call(app, "GET", "/api/v1/subscriptions").json()
    assert listed == {"items": [changed.json()], "next": None}
    assert call(app, "DELETE", path).status_code == 204
    assert call(app, "GET", path).status_code == 404
    assert call(app, "DELETE", path).status_code == 404
    assert call(app, "PUT", path, json=BODY).status_code == 404


def test_url_and_address_are_other_names_of_the_target(app: FastAPI) -> None:
    channels = [
        {"type": "webhook", "url": "http://127.0.0.1:9/robot"},
        {"type": "email", "address": "zhuanban@office.gov.cn"},
    ]
    created = call(app, "POST", "/api/v1/subscriptions", json={**BODY, "channels": channels})
    shown = [channel["target"] for channel in created.json()["channels"]]
    assert shown[0].startswith("http://127.0.0.1:9/…")
    assert shown[1] == "zhuanban@office.gov.cn"


def test_keys_and_secrets_of_robots_are_never_shown_again(app: FastAPI) -> None:
    robot = {
        "type": "dingtalk",
        "url": "http://127.0.0.1:9/robot/send?access_token=token-abc",
        "secret": "SECabc",
    }
    path = "/api/v1/subscriptions"
    created = call(app, "POST", path, json={**BODY, "channels": [robot]})
    assert created.status_code == 201
    shown = created.json()["channels"]
    kept = call(app, "PUT", created.headers["location"], json={**BODY, "channels": shown})
    wrong = {"type": "wecom", "url": "http://127.0.0.1:9/?token=token-abc", "secret": "SECabc"}
    refused = call(app, "POST", path, json={**BODY, "channels": [wrong]})
    assert (kept.status_code, refused.status_code) == (200, 422)
    call(app, "POST", f"{created.headers['location']}/test")
    said = [created, kept, refused, *(call(app, "GET", at) for at in (path, "/api/v1/deliveries"))]
    for answer in said:
        assert "token-abc" not in answer.text
        assert "SECabc" not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channels": []}, "channels"),
        ({"owner": ""}, "owner"),
        ({"colour": "red"}, "colour"),
        ({"filter": {"minimum_colour": "green"}}, "minimum_colour"),
        ({"filter": {"rule": "weather"}}, "rule"),
        ({"channels": [{"type": "webhook", "target": "ftp://x/y"}]}, "channels.0.target"),
        ({"channels": [{"type": "email", "target": "nobody"}]}, "channels.0.target"),
        ({"channels": [{"type": "pigeon", "target": "loft"}]}, "channels.0.type"),
    ],
)
def test_a_wrong_subscription_is_a_problem_that_names_the_field(
    app: FastAPI, change: dict[str, Any], field: str
) -> None:
    answer = call(app, "POST", "/api/v1/subscriptions", json={**BODY, **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail"]


def test_private_targets_are_refused_unless_allowed(live: World, tmp_path: Path) -> None:
    assert live is not None
    app = application(tmp_path, alerts_private_targets=[])
    answer = call(app, "POST", "/api/v1/subscriptions", json=BODY)
    app.state.alerts.engine.dispose()
    assert answer.status_code == 422
    assert "not a public address" in answer.json()["detail"]


def test_alerts_are_listed_filtered_and_paged(live: World, app: FastAPI) -> None:
    live.fire()
    other = {"unit": "szah-htz-it", "indicator": "revenue"}
    live.receive(*(live.status(f"2026-0{m}", "red", **other) for m in (3, 4, 5)))
    everything = call(app, "GET", "/api/v1/alerts?state=firing&rule=trajectory").json()
    assert len(everything["items"]) == 2
    first = call(app, "GET", "/api/v1/alerts?rule=trajectory&limit=1").json()
    second = call(app, "GET", f"/api/v1/alerts?rule=trajectory&limit=1&next={first['next']}").json()
    assert first["items"] + second["items"] == everything["items"]
    assert second["next"] is None
    one = call(app, "GET", "/api/v1/alerts?unit=szah-htz-it&rule=trajectory").json()["items"]
    assert [alert["colour"] for alert in one] == ["red"]


def test_one_alert_shows_its_transitions(live: World, app: FastAPI) -> None:
    live.fire()
    fingerprint = live.alert()["fingerprint"]
    found = call(app, "GET", f"/api/v1/alerts/{fingerprint}").json()
    assert [step["kind"] for step in found["transitions"]] == ["firing"]
    assert found["figures"]["ratio"] == 0.8
    assert call(app, "GET", "/api/v1/alerts/0000000000000000").status_code == 404


def test_a_foreign_cursor_is_a_problem(app: FastAPI) -> None:
    for cursor in ("x", "eyJ9", "é"):
        answer = call(app, "GET", "/api/v1/alerts", params={"next": cursor})
        assert answer.status_code == 400


def test_deliveries_and_explain_account_for_an_alert(live: World, app: FastAPI) -> None:
    subscription = call(app, "POST", "/api/v1/subscriptions", json=BODY).json()["id"]
    live.fire()
    asyncio.run(live.send())
    fingerprint = live.alert()["fingerprint"]
    (row,) = call(app, "GET", f"/api/v1/deliveries?alert={fingerprint}").json()["items"]
    assert row["status"] == "sent"
    assert row["target"].startswith("http://127.0.0.1:9/…")
    assert "robot" not in row["target"]
    query = f"alert={fingerprint}&subscription={subscription}"
    told = call(app, "GET", f"/api/v1/explain?{query}").json()["items"]
    assert [(item["told"], item["reason"]) for item in told] == [(True, "matched")]
    assert told[0]["deliveries"] == [row]
    assert call(app, "GET", "/api/v1/explain?alert=x&subscription=y").status_code == 404


def test_the_metrics_page_counts_alerts_and_deliveries(live: World, app: FastAPI) -> None:
    live.subscribe()
    live.fire()
    page = call(app, "GET", "/metrics").text
    assert "clusterwatch_alerts_live 1.0" in page
    assert (
        'clusterwatch_alerts_alerts{plan="suzhou-2027",rule="trajectory",state="firing"} 1.0'
        in page
    )
    assert 'clusterwatch_alerts_deliveries{channel="webhook",status="pending"} 1.0' in page
    assert call(app, "GET", "/api/v1/reconciliation").json()["applied"] == live.counts()["applied"]


# FastStream does not close the producer of a broker that could not be reached.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_started_service_sends_a_test_the_whole_way(live: World, tmp_path: Path) -> None:
    assert live is not None
    app = application(tmp_path, alerts_delivery_seconds=0.05)

    async def run(address: str, bodies: list[Any]) -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://alerts") as client,
        ):
            channels = [{"type": "webhook", "target": f"{address}/robot"}]
            body = {**BODY, "channels": channels, "filter": {"rule": "trajectory"}}
            created = (await client.post("/api/v1/subscriptions", json=body)).json()
            answer = await client.post(f"/api/v1/subscriptions/{created['id']}/test")
            assert answer.status_code == 202
            await asyncio.to_thread(wait_until, lambda: bodies, seconds=60, what="it arrives")
            unknown = await client.post("/api/v1/subscriptions/nobody/test")
            assert unknown.status_code == 404

    with collecting() as (address, bodies):
        asyncio.run(run(address, bodies))
    assert bodies[0]["alerts"][0]["labels"]["alertname"] == "subscription_test"


def test_masking_that_is_off_is_in_the_audit_log(live: World, tmp_path: Path) -> None:
    reason = "head of office: internal deployment"
    app = application(tmp_path, confidentiality="off", confidentiality_off_reason=reason)
    audit_masking(app.state.alerts)
    app.state.alerts.engine.dispose()
    with reading(live.engine) as connection:
        rows = connection.execute(text("select action, detail from audit")).all()
    assert ("masking_off", reason) in [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("lag", "waiting", "expected"),
    [({}, None, True), ({("t", 0): 0}, None, True), ({("t", 0): 3}, None, False), ({}, 1.0, False)],
)
def test_caught_up_means_that_nothing_waits(
    lag: dict[tuple[str, int], int], waiting: float | None, *, expected: bool
) -> None:
    assert has_caught_up(Progress(lag=lag, pending_since=waiting)) is expected


def test_times_are_rfc_3339(live: World, app: FastAPI) -> None:
    live.fire()
    (alert,) = call(app, "GET", "/api/v1/alerts?rule=trajectory").json()["items"]
    assert datetime.fromisoformat(alert["starts_at"]) == live.clock.now()
    assert datetime.fromisoformat(alert["starts_at"]).tzinfo == UTC


def test_an_alert_is_acknowledged_over_the_api(live: World, app: FastAPI) -> None:
    live.fire()
    path = f"/api/v1/alerts/{live.alert()['fingerprint']}/ack"
    body = {"by": "王工", "action": "约谈企业", "until": "2999-01-01T00:00:00+08:00"}
    assert call(app, "POST", path, json=body).json()["acknowledgement"]["action"] == "约谈企业"
    past = {**body, "until": "2020-01-01T00:00:00+08:00"}
    assert call(app, "POST", path, json=past).status_code == 409
    assert call(app, "POST", path, json={"by": "x"}).status_code == 422
    assert call(app, "POST", "/api/v1/alerts/0/ack", json=body).status_code == 404


def test_silences_are_made_changed_and_ended_over_the_api(app: FastAPI) -> None:
    body = {
        "matchers": ["unit=~szah-.*", 'alertname!="report_late"'],
        "owner": "值班员",
        "comment": "检修",
        "ends_at": "2999-01-01T00:00:00Z",
    }
    made = call(app, "POST", "/api/v1/silences", json=body)
    assert (made.status_code, made.json()["state"]) == (201, "active")
    assert made.json()["matchers"] == ['unit=~"szah-.*"', 'alertname!="report_late"']
    path = f"/api/v1/silences/{made.json()['id']}"
    changed = call(app, "PUT", path, json={**body, "ends_at": "2998-01-01T00:00:00Z"})
    assert changed.json()["id"] == made.json()["id"]
    assert call(app, "DELETE", path).status_code == 204
    assert call(app, "GET", path).json()["state"] == "expired"
    assert len(call(app, "GET", "/api/v1/silences").json()["items"]) == 1
    bad = call(app, "POST", "/api/v1/silences", json={**body, "matchers": ["unit=~("]})
    assert bad.status_code == 422
    for method in ("GET", "DELETE"):
        assert call(app, method, "/api/v1/silences/x").status_code == 404
    assert call(app, "PUT", "/api/v1/silences/x", json=body).status_code == 404


def test_quiet_hours_and_repeats_are_part_of_a_subscription(app: FastAPI) -> None:
    quiet = {"starts": "20:00:00", "ends": "08:00:00", "working_days_only": True}
    body = {**BODY, "quiet": quiet, "repeat_hours": 168}
    made = call(app, "POST", "/api/v1/subscriptions", json=body).json()
    assert (made["quiet"], made["repeat_hours"]) == (quiet, 168)


def test_a_subscription_is_tried_before_it_is_made(live: World, app: FastAPI) -> None:
    live.receive(live.status("2025-11", "yellow"), live.status("2025-12", "yellow"))
    body = {**BODY, "filter": {"rule": "trajectory"}}
    found = call(app, "POST", "/api/v1/subscriptions/preview?months=24", json=body).json()
    assert found["told"] == sum(item["told"] for item in found["items"])
    assert call(app, "GET", "/api/v1/subscriptions").json()["items"] == []
    assert (
        call(app, "POST", "/api/v1/subscriptions/preview?months=99", json=body).status_code == 422
    )
