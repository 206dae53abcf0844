"""Pages of the console without a browser: who may post, what is shown, what links do."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine

from services.alerts.console.feeds import feed_states
from services.alerts.console.ingest import Answer, IngestPages
from services.alerts.domain.ack_link import Acknowledgeable
from services.alerts.domain.notice_rules import FeedSilentRule
from shared.access.tokens import csrf_of
from shared.events.notices import Notice, NoticeKind
from shared.testing.http import AppClient
from tests.unit.alerts.conftest import application

World = Any
LATE = Notice(
    "n1", NoticeKind.FEED_REPORTED, "szah-city", "2026-04-09T01:00:00Z",
    source="tjj-suzhou", topic="stats.output.v1", period="2026-03",
)  # fmt: skip


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


@pytest.fixture
def app(live: World, tmp_path: Path) -> Iterator[FastAPI]:
    """A console over a world with one alert, in the world's time; nobody signs in."""
    live.told("2026-04", "yellow")
    live.told("2026-05", "yellow")
    nobody = "http://127.0.0.1:9"
    found = application(tmp_path, live.clock, alerts_ingest_url=nobody, alerts_metrics_url=nobody)
    yield found
    found.state.alerts.engine.dispose()


class Browser:
    """Keeps the cookie and the proof that a page gave it."""

    def __init__(self, app: FastAPI) -> None:
        self.http = AppClient(app)
        self.headers: dict[str, str] = {}
        self.csrf = ""

    def get(self, path: str) -> httpx.Response:
        answer = self.http.get(path, headers=self.headers)
        if answer.cookies:
            self.headers = {"cookie": "; ".join(f"{k}={v}" for k, v in answer.cookies.items())}
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def post(self, path: str, **fields: str) -> httpx.Response:
        form = {"csrf": self.csrf, **fields}
        return self.http.request("POST", path, data=form, headers=self.headers)


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    return Browser(app)


SUBSCRIPTION = {
    "owner": "轴承专班", "role": "task_force", "plan": "suzhou-2027", "region": "", "unit": "",
    "rule": "", "minimum_colour": "yellow", "cadence": "at_once", "language": "zh",
    "repeat_hours": "", "quiet_starts": "", "quiet_ends": "", "do": "save",
    "type0": "webhook", "target0": "http://127.0.0.1:9/robot?key=secret", "secret0": "",
}  # fmt: skip


def test_every_page_forbids_scripts_and_frames(browser: Browser, live: World) -> None:
    alert = live.alert()["fingerprint"]
    for path in (
        "alerts", f"alerts/{alert}", "subscriptions", "subscriptions/new", "silences",
        "deliveries", "intake", "audit", "a/unknown",
    ):  # fmt: skip
        answer = browser.get(f"/console/{path}")
        assert answer.status_code == (404 if path == "a/unknown" else 200), path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_styles_come_from_the_package(browser: Browser) -> None:
    answer = browser.get("/console/static/pico.min.css")
    assert answer.headers["content-type"].startswith("text/css")
    tag = {"if-none-match": answer.headers["etag"]}
    assert browser.http.get("/console/static/pico.min.css", headers=tag).status_code == 304
    assert browser.get("/console/static/..%2Fpages.py").status_code == 404


def test_a_form_that_does_not_come_from_a_page_of_ours_changes_nothing(browser: Browser) -> None:
    assert browser.post("/console/subscriptions/new", **SUBSCRIPTION).status_code == 403
    browser.get("/console/subscriptions/new")
    browser.headers["sec-fetch-site"] = "cross-site"
    assert browser.post("/console/subscriptions/new", **SUBSCRIPTION).status_code == 403
    browser.headers["sec-fetch-site"] = "same-origin"
    wrong = {**SUBSCRIPTION, "csrf": "x" * 43}
    assert browser.post("/console/subscriptions/new", **wrong).status_code == 403
    assert browser.post("/console/subscriptions/new", **SUBSCRIPTION).status_code == 303


def test_a_subscription_is_made_changed_and_ended(browser: Browser) -> None:
    browser.get("/console/subscriptions/new")
    browser.post("/console/subscriptions/new", **SUBSCRIPTION)
    listed = browser.http.get("/api/v1/subscriptions").json()["items"]
    assert [one["owner"] for one in listed] == ["轴承专班"]
    place = f"/console/subscriptions/{listed[0]['id']}"
    page = browser.get(place).text
    assert "secret" not in page.replace('name="secret', "")
    shown = listed[0]["channels"][0]["target"]
    assert shown in page
    changed = {**SUBSCRIPTION, "target0": shown, "quiet_starts": "20:00", "quiet_ends": "08:00"}
    assert browser.post(place, **changed).status_code == 303
    after = browser.http.get("/api/v1/subscriptions").json()["items"][0]
    assert after["channels"] == listed[0]["channels"]
    assert after["quiet"]["starts"] == "20:00:00"
    assert browser.post(place, do="end").status_code == 303
    assert browser.http.get("/api/v1/subscriptions").json()["items"] == []


def test_what_is_wrong_with_a_form_is_said_and_what_was_typed_stays(browser: Browser) -> None:
    browser.get("/console/subscriptions/new")
    answer = browser.post("/console/subscriptions/new", **{**SUBSCRIPTION, "target0": ""})
    assert answer.status_code == 422
    assert "发到哪里：至少要有一个" in answer.text
    assert 'value="轴承专班"' in answer.text
    refused = browser.post("/console/subscriptions/new", **{**SUBSCRIPTION, "target0": "ftp://x"})
    assert refused.status_code == 422
    silence = {"matchers": "nonsense", "owner": "a", "comment": "b", "hours": "24"}
    assert browser.post("/console/silences", **silence).status_code == 422


def test_the_preview_shows_what_would_have_come(browser: Browser) -> None:
    browser.get("/console/subscriptions/new")
    answer = browser.post("/console/subscriptions/new", **{**SUBSCRIPTION, "do": "preview"})
    assert re.search("过去 24 个月会收到 [1-9] 条", answer.text)
    assert "灵璧县轴承产业集群" in answer.text
    assert browser.http.get("/api/v1/subscriptions").json()["items"] == []


def test_a_link_shows_and_acknowledges_its_alert_until_the_episode_ends(
    browser: Browser, live: World, app: FastAPI
) -> None:
    alert = live.alert()
    wanted = Acknowledgeable(alert["fingerprint"], alert["episode"])
    code = app.state.alerts.ack_links._ready().code(wanted, live.clock.now())
    page = browser.get(f"/console/a/{code}")
    assert "灵璧县轴承产业集群" in page.text
    until = (live.clock.now() + timedelta(days=5)).date().isoformat()
    done = browser.post(f"/console/a/{code}", by="王工", action="约谈企业", until=until)
    assert done.status_code == 303
    assert live.alert()["acknowledgement"]["by"] == "王工"
    incomplete = browser.post(f"/console/a/{code}", by="", action="", until=until)
    assert incomplete.status_code == 422
    live.told("2026-06", "achieved")
    again = browser.post(f"/console/a/{code}", by="李工", action="再谈", until=until)
    assert again.status_code == 422
    for period in ("2026-07", "2026-08"):
        live.told(period, "yellow")
    assert browser.get(f"/console/a/{code}").status_code == 404


def test_feeds_say_what_is_missing_and_since_when(live: World) -> None:
    days = live.upkeep.tell.working_days
    on_time = msgspec.structs.replace(LATE, notice_id="n2", source="fgw", period="2026-04")
    today = live.clock.now().date().replace(day=20)
    late, good = feed_states([on_time, LATE], FeedSilentRule(), today, days)
    assert (late.source, late.missing, str(late.due)) == ("tjj-suzhou", "2026-04", "2026-05-12")
    assert late.late == 6
    assert (good.source, good.missing) == ("fgw", None)


def test_ingest_is_asked_with_the_rights_of_whoever_is_signed_in() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status = 403 if "audit" in request.url.path else 200
        return httpx.Response(status, json={"items": [{"id": 7}], "detail": "no"})

    pages = IngestPages("http://ingest", "http://metrics", httpx.MockTransport(answer))
    request = Request({"type": "http", "headers": [(b"authorization", b"Bearer cwt_1")]})
    assert pages.get(request, "/api/v1/dead-letters", limit=1).items == [{"id": 7}]
    assert asked[0].headers["authorization"] == "Bearer cwt_1"
    assert [problem for _, _, problem in pages.audit(request, 5)] == ["您的令牌无权查看。"] * 2


HELD = {
    "id": "tok.gross_output.2026-05",
    "subject": "tok",
    "indicator": "gross_output",
    "period": "2026-05",
    "revision": 2,
    "suspected_factor": 10_000,
    "share_of_unit": 3.5,
    "unit": "szah-lb-bearings",
    "received_at": "2026-06-09T08:20:00Z",
}


def test_a_held_report_is_confirmed_in_the_name_of_whoever_has_signed_in() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(202, json={})

    pages = IngestPages("http://ingest", "http://metrics", httpx.MockTransport(answer))
    request = Request({"type": "http", "headers": [(b"cookie", b"clusterwatch_session=cws_1")]})
    body = {"who": "王工", "why": "电话核实", "revision": "2"}
    assert pages.post(request, "/api/v1/held/x/confirm", body).problem is None
    assert asked[0].headers["authorization"] == "Bearer cws_1"
    assert asked[0].headers["x-csrf-token"] == csrf_of("cws_1")
    assert msgspec.json.decode(asked[0].content) == body


def test_the_page_of_what_comes_in_lists_held_reports_with_a_form(
    app: FastAPI, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[tuple[str, Any]] = []

    def get(_self: Any, _request: Any, path: str, **_query: Any) -> Answer:
        return Answer({"items": [HELD] if path == "/api/v1/held" else []})

    def post(_self: Any, _request: Any, path: str, body: Any) -> Answer:
        posted.append((path, body))
        return Answer({}) if body["why"] else Answer(None, "不能提供")

    monkeypatch.setattr(IngestPages, "get", get)
    monkeypatch.setattr(IngestPages, "post", post)
    page = browser.get("/console/intake").text
    assert "约 10,000 倍" in page
    assert "变动 350 %" in page
    place = "/console/intake/held/tok.gross_output.2026-05"
    fields = {"who": "王工", "why": "电话核实", "revision": "2", "do": "reject"}
    assert browser.post(place, **fields).status_code == 303
    assert posted[0][0] == "/api/v1/held/tok.gross_output.2026-05/reject"
    assert browser.post(place, **{**fields, "why": ""}).status_code == 409
