"""What the gate does with tokens, sessions, browsers and a store that fails."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine

from shared.access.gate import COOKIE, Gate, Readers, reader_of
from shared.access.readers import LOCAL, Reader, Role, Scope
from shared.access.sign_in import local_place, sign_in_router
from shared.access.store import AccessStore
from shared.access.tokens import csrf_of
from shared.settings import CommonSettings
from shared.testing.clock import FixedClock
from shared.testing.http import AppClient

PAGE = {"accept": "text/html"}


def app_with(readers: Readers | None) -> FastAPI:
    """Two routes of alerts that answer with whoever asks."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/v1/alerts")
    def who(request: Request) -> str:
        return reader_of(request).name

    @app.post("/api/v1/silences")
    def change(request: Request) -> str:
        return reader_of(request).name

    app.add_middleware(Gate, routes=app, service="alerts", readers=readers)
    return app


@pytest.fixture
def http(store: AccessStore, clock: FixedClock) -> AppClient:
    readers = Readers(lambda text: store.reader(text, clock.now()))
    app = app_with(readers)
    app.include_router(sign_in_router(store, readers, clock.now, secure=False))
    return AppClient(app)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def cookie(session: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={session}"}


def signed_in(http: AppClient, token: str) -> str:
    answer = http.request("POST", "/sign-in", data={"token": token, "next": "/console"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/"))
    return answer.cookies[COOKIE]


def test_a_bearer_token_is_known_by_name(http: AppClient, make_token: Any) -> None:
    assert http.get("/api/v1/alerts", headers=bearer(make_token(Role.VIEWER))).json() == "viewer"


def test_without_a_token_programs_get_a_problem_that_says_what_is_wanted(http: AppClient) -> None:
    answer = http.get("/api/v1/alerts")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_session_a_browser_is_sent_to_the_sign_in_page(http: AppClient) -> None:
    answer = http.get("/api/v1/alerts?state=firing", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fapi%2Fv1%2Falerts%3Fstate%3Dfiring"
    page = http.get(answer.headers["location"]).text
    assert 'value="/api/v1/alerts?state=firing"' in page


def test_a_link_from_elsewhere_gets_a_second_try_with_the_strict_cookie(http: AppClient) -> None:
    headers = {**PAGE, "sec-fetch-site": "cross-site"}
    answer = http.get('/api/v1/alerts?x="><script>', headers=headers)
    assert answer.status_code == 200
    assert "url=/api/v1/alerts?x=" in answer.text
    assert "<script" not in answer.text


def test_a_browser_that_has_signed_in_reads(http: AppClient, make_token: Any) -> None:
    session = signed_in(http, make_token(Role.VIEWER))
    answer = http.request("GET", "/api/v1/alerts", headers=cookie(session))
    assert answer.json() == "viewer"


def test_a_wrong_token_does_not_sign_in(http: AppClient) -> None:
    answer = http.request("POST", "/sign-in", data={"token": "cwt_wrong", "next": "/console"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_another_site_cannot_make_a_signed_in_browser_change_anything(
    http: AppClient, make_token: Any
) -> None:
    session = signed_in(http, make_token(Role.TASK_FORCE))
    own = cookie(session)
    assert http.request("POST", "/api/v1/silences", headers=own).status_code == 403
    wrong = {**own, "x-csrf-token": csrf_of("another")}
    assert http.request("POST", "/api/v1/silences", headers=wrong).status_code == 403
    proven = {**own, "x-csrf-token": csrf_of(session)}
    assert http.request("POST", "/api/v1/silences", headers=proven).json() == "task_force"
    foreign = {**own, "sec-fetch-site": "cross-site"}
    assert http.request("POST", "/sign-in", headers=foreign).status_code == 403
    assert http.request("POST", "/sign-out", headers=foreign).status_code == 403


def test_signing_out_ends_the_session_at_once(http: AppClient, make_token: Any) -> None:
    own = cookie(signed_in(http, make_token(Role.VIEWER)))
    assert http.get("/api/v1/alerts", headers=own).status_code == 200
    http.request("POST", "/sign-out", headers=own)
    assert http.get("/api/v1/alerts", headers=own).status_code == 401


@pytest.mark.parametrize(
    "place", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:x", "/a\nb", ""]
)
def test_after_signing_in_nobody_is_sent_to_another_site(place: str) -> None:
    assert local_place(place) == "/"


def test_what_is_written_into_the_page_stays_text(http: AppClient) -> None:
    page = http.request("GET", "/sign-in", params={"next": '/"><script>alert(1)</script>'}).text
    assert "<script" not in page


def test_a_store_that_fails_lets_nobody_in(engine: Engine) -> None:
    def fails(_text: str) -> Reader | None:
        raise OSError("disk")

    http = AppClient(app_with(Readers(fails)))
    assert http.get("/api/v1/alerts", headers=bearer("cwt_x")).status_code == 503


def test_a_token_is_asked_for_again_after_a_few_seconds() -> None:
    answers: list[Reader | None] = [Reader("a", Role.VIEWER), None]
    moments = iter([0.0, 1.0, 6.0])
    http = AppClient(app_with(Readers(lambda _text: answers.pop(0), lambda: next(moments))))
    found = [http.get("/api/v1/alerts", headers=bearer("cwt_x")).status_code for _ in range(3)]
    assert found == [200, 200, 401]


def test_without_access_control_everybody_is_local() -> None:
    http = AppClient(app_with(None))
    assert http.get("/api/v1/alerts").json() == LOCAL.name
    assert http.request("POST", "/api/v1/silences").json() == LOCAL.name


def test_a_scope_covers_what_lies_in_its_units_and_no_more() -> None:
    county = Scope(frozenset({"p"}), frozenset({"lingbi"}))
    assert county.covers("p", {"bearings", "lingbi", "city"})
    assert not county.covers("q", {"bearings", "lingbi", "city"})
    assert not county.covers("p", {"city"})
    assert not county.covers(None, ())
    assert Scope().covers(None, ())


def test_complete_figures_are_a_right_within_the_scope() -> None:
    scope = Scope(units=frozenset({"lingbi"}))
    reader = Reader("x", Role.TASK_FORCE, scope, complete=True)
    assert reader.sees_complete("p", {"lingbi"})
    assert not reader.sees_complete("p", {"dangshan"})
    assert not Reader("x", Role.ADMINISTRATOR).sees_complete("p", {"lingbi"})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_this_machine_no_access_control_is_needed(host: str) -> None:
    assert CommonSettings(host=host).access == "off"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "alerts.internal"])  # noqa: S104 - refused
def test_nobody_else_is_let_in_without_access_control_or_a_reason(
    host: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="CLUSTERWATCH_ACCESS=on"):
        CommonSettings(host=host)
    assert CommonSettings(host=host, access="on").host == host
    assert CommonSettings(host=host, access_off_reason="王工：内网演示").host == host
