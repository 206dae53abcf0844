"""Who has a limited token sees and changes what lies in its scope, and nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.access.readers import Reader, Role, Scope
from shared.access.store import DATABASE, AccessStore
from shared.clock import SystemClock
from shared.testing.http import AppClient
from shared.testing.stores import migrated_store
from tests.unit.alerts.conftest import application

World = Any
PLAN = "suzhou-2027"
OWN, OTHER = "szah-lb-bearings", "szah-ds-green-food"
TARGET = {"type": "webhook", "target": "http://127.0.0.1:9/robot"}
UNTIL = "2030-01-01T00:00:00Z"


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


class Service:
    """The application with access control, and tokens for it."""

    def __init__(self, app: FastAPI, store: AccessStore) -> None:
        self.http = AppClient(app)
        self.store = store

    def token(self, role: Role, scope: Scope, *, complete: bool = False) -> str:
        now = SystemClock().now()
        reader = Reader(f"{role} of a test", role, scope, complete)
        return self.store.create(reader, timedelta(days=1), now, "test")[1]

    def call(self, token: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.http.request(method, path, headers=headers, **options)


@pytest.fixture
def service(live: World, tmp_path: Path) -> Iterator[Service]:
    """Two clusters have an alert."""
    for unit, region in ((OWN, "suzhou-ah-lingbi"), (OTHER, "suzhou-ah-dangshan")):
        for period in ("2026-04", "2026-05"):
            live.told(period, "yellow", unit=unit, region=region)
    with migrated_store(DATABASE, tmp_path) as opened:
        app = application(tmp_path, access="on")
        yield Service(app, AccessStore(opened))
        app.state.alerts.engine.dispose()


@pytest.fixture
def own(service: Service) -> str:
    """Token of the bearings cluster's task force."""
    return service.token(Role.TASK_FORCE, Scope(frozenset({PLAN}), frozenset({OWN})))


@pytest.fixture
def everything(service: Service) -> str:
    return service.token(Role.TASK_FORCE, Scope())


def subscription(unit: str | None, **fields: Any) -> dict[str, Any]:
    wanted = {"plan": PLAN, "unit": unit} if unit else {}
    return {"owner": "专班", "filter": wanted, "channels": [TARGET], **fields}


def fingerprints(service: Service, token: str) -> dict[str, str]:
    """Fingerprint by unit, of the alerts that a token shows."""
    items = service.call(token, "GET", "/api/v1/alerts").json()["items"]
    return {item["labels"]["unit"]: item["fingerprint"] for item in items}


def test_alerts_of_other_clusters_are_not_there(
    service: Service, own: str, everything: str
) -> None:
    both = fingerprints(service, everything)
    assert set(both) == {OWN, OTHER}
    assert set(fingerprints(service, own)) == {OWN}
    assert service.call(own, "GET", f"/api/v1/alerts/{both[OWN]}").status_code == 200
    assert service.call(own, "GET", f"/api/v1/alerts/{both[OTHER]}").status_code == 404
    acknowledgement = {"by": "王工", "action": "约谈", "until": UNTIL}
    for unit, status in ((OWN, 200), (OTHER, 404)):
        path = f"/api/v1/alerts/{both[unit]}/ack"
        assert service.call(own, "POST", path, json=acknowledgement).status_code == status
    shown = service.call(own, "GET", "/api/v2/alerts").json()
    assert {item["labels"]["unit"] for item in shown} == {OWN}


def test_a_regions_token_covers_the_clusters_in_it(service: Service) -> None:
    county = service.token(Role.VIEWER, Scope(units=frozenset({"suzhou-ah-lingbi"})))
    assert set(fingerprints(service, county)) == {OWN}


def test_subscriptions_reach_no_further_than_the_token(
    service: Service, own: str, everything: str
) -> None:
    path = "/api/v1/subscriptions"
    assert service.call(own, "POST", path, json=subscription(OTHER)).status_code == 403
    assert service.call(own, "POST", path, json=subscription(None)).status_code == 403
    preview = service.call(own, "POST", f"{path}/preview", json=subscription(None))
    assert preview.status_code == 403
    mine = service.call(own, "POST", path, json=subscription(OWN)).json()["id"]
    foreign = service.call(everything, "POST", path, json=subscription(OTHER)).json()["id"]
    shown = service.call(own, "GET", path).json()["items"]
    assert [item["id"] for item in shown] == [mine]
    for method, at, body in (
        ("GET", f"{path}/{foreign}", None),
        ("PUT", f"{path}/{foreign}", subscription(OWN)),
        ("DELETE", f"{path}/{foreign}", None),
        ("POST", f"{path}/{foreign}/test", None),
    ):
        assert service.call(own, method, at, json=body).status_code == 404, method
    widened = service.call(own, "PUT", f"{path}/{mine}", json=subscription(None))
    assert widened.status_code == 403


def test_deliveries_and_explanations_of_others_are_not_there(
    service: Service, own: str, everything: str
) -> None:
    path = "/api/v1/subscriptions"
    mine = service.call(own, "POST", path, json=subscription(OWN)).json()["id"]
    foreign = service.call(everything, "POST", path, json=subscription(OTHER)).json()["id"]
    for one in (mine, foreign):
        assert service.call(everything, "POST", f"{path}/{one}/test").status_code == 202
    sent = service.call(own, "GET", "/api/v1/deliveries").json()["items"]
    assert {item["subscription"] for item in sent} == {mine}
    alert = fingerprints(service, everything)
    for unit, subscriber, status in ((OWN, mine, 200), (OTHER, mine, 404), (OWN, foreign, 404)):
        asked = {"alert": alert[unit], "subscription": subscriber}
        answer = service.call(own, "GET", "/api/v1/explain", params=asked)
        assert answer.status_code == status, (unit, subscriber)


def silence(*matchers: str) -> dict[str, Any]:
    return {"matchers": list(matchers), "owner": "值班", "comment": "检修", "ends_at": UNTIL}


def test_silences_mute_no_more_than_may_be_seen(
    service: Service, own: str, everything: str
) -> None:
    path = "/api/v1/silences"
    for beyond in (
        silence("alertname=trajectory"),
        silence(f"plan={PLAN}", f"unit={OTHER}"),
        silence(f"plan={PLAN}", f"unit=~{OWN}|{OTHER}"),
        silence(f"plan={PLAN}", f"unit!={OWN}"),
        silence(f"unit={OWN}"),
    ):
        assert service.call(own, "POST", path, json=beyond).status_code == 403, beyond
    inside = silence(f"plan={PLAN}", f"unit={OWN}")
    mine = service.call(own, "POST", path, json=inside).json()["id"]
    foreign = service.call(everything, "POST", path, json=silence("alertname=x")).json()["id"]
    shown = service.call(own, "GET", path).json()["items"]
    assert [item["id"] for item in shown] == [mine]
    for one, status in ((foreign, 404), (mine, 204)):
        assert service.call(own, "DELETE", f"{path}/{one}").status_code == status
    for one, status in ((foreign, 404), (mine, 200)):
        assert service.call(own, "GET", f"/api/v2/silence/{one}").status_code == status


def test_complete_figures_are_told_only_to_those_who_have_the_right(service: Service) -> None:
    body = subscription(OWN, role="internal")
    for complete, status in ((False, 403), (True, 201)):
        token = service.token(Role.ADMINISTRATOR, Scope(), complete=complete)
        answer = service.call(token, "POST", "/api/v1/subscriptions", json=body)
        assert answer.status_code == status


def test_a_feed_of_reports_may_not_send_alerts(service: Service) -> None:
    alert = [{"labels": {"alertname": "DiskFull"}}]
    for feeds, status in (({"tjj-suzhou"}, 403), ({"alerts"}, 200)):
        token = service.token(Role.FEED, Scope(feeds=frozenset(feeds)))
        assert service.call(token, "POST", "/api/v2/alerts", json=alert).status_code == status


def test_the_audit_log_names_the_token_that_made_a_change(
    service: Service, everything: str
) -> None:
    service.call(everything, "POST", "/api/v1/subscriptions", json=subscription(OWN))
    service.call(everything, "POST", "/api/v1/silences", json=silence("alertname=x"))
    administrator = service.token(Role.ADMINISTRATOR, Scope())
    lines = service.call(administrator, "GET", "/api/v1/audit").json()["items"]
    assert [(line["actor"], line["action"]) for line in lines[:2]] == [
        ("task_force of a test", "silence_made"),
        ("task_force of a test", "subscription_created"),
    ]
    first = service.call(administrator, "GET", "/api/v1/audit", params={"limit": 1}).json()
    assert first["items"] == lines[:1]
    following = {"limit": 1, "cursor": first["next"]}
    second = service.call(administrator, "GET", "/api/v1/audit", params=following).json()
    assert second["items"] == lines[1:2]
