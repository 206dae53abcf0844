"""A published month stays as it was said; what comes later appears as a correction."""

import pytest

from services.metrics.testing import Service
from shared.testing.facts import fact, membership
from shared.testing.http import AppClient

BEARINGS = "szah-lb-bearings"
BODY = {"plan": "suzhou-2027", "period": "2026-05", "by": "王工", "note": "通报第5期"}
PUBLISHED = "/api/v1/publications/suzhou-2027/2026-05"


@pytest.fixture
def client(service: Service) -> AppClient:
    members = [membership(BEARINGS, firm, "2023-01") for firm in "abcd"]
    reports = [fact(BEARINGS, firm, "2026-05", ytd=100 * 10**6) for firm in "abcd"]
    service.feed([*members, *reports])
    return service.api(masking=False)


def publish(client: AppClient) -> None:
    assert client.request("POST", "/api/v1/publications", json=BODY).status_code == 201


def restate(service: Service, ytd: int) -> None:
    service.feed([fact(BEARINGS, "a", "2026-05", ytd=ytd * 10**6, version=2)])


def test_a_correction_shows_beside_what_was_published(service: Service, client: AppClient) -> None:
    publish(client)
    restate(service, 160)

    then = client.get(PUBLISHED).json()["items"]
    corrections = client.get(f"{PUBLISHED}/corrections").json()["items"]

    assert next(v for v in then if v["cluster"] == BEARINGS)["ytd"] == 400 * 10**6
    assert client.get(f"/api/v1/clusters/{BEARINGS}").json()["ytd"] == 460 * 10**6
    (bearings,) = (c for c in corrections if c["cluster"] == BEARINGS)
    assert {
        "field": "ytd",
        "published": 400 * 10**6,
        "current": 460 * 10**6,
        "difference": 60 * 10**6,
    } in bearings["changes"]


def test_without_a_change_there_is_no_correction(client: AppClient) -> None:
    publish(client)

    assert client.get(f"{PUBLISHED}/corrections").json()["items"] == []


def test_a_month_is_published_once(service: Service, client: AppClient) -> None:
    publish(client)
    restate(service, 160)

    again = client.request("POST", "/api/v1/publications", json=BODY)

    assert again.status_code == 409
    assert "王工" in again.json()["detail"]
    assert client.get(PUBLISHED).json()["items"][0]["period"] == "2026-05"
    assert len(client.get("/api/v1/publications").json()["items"]) == 1


def test_a_month_without_reports_is_not_published(client: AppClient) -> None:
    answer = client.request("POST", "/api/v1/publications", json={**BODY, "period": "2026-04"})

    assert answer.status_code == 404
    assert "nothing was reported" in answer.json()["detail"]


def test_what_was_not_published_names_what_was(client: AppClient) -> None:
    publish(client)

    answer = client.get("/api/v1/publications/suzhou-2027/2026-04")

    assert answer.status_code == 404
    assert answer.json()["near"] == ["2026-05"]


def test_publishing_needs_a_name(client: AppClient) -> None:
    answer = client.request("POST", "/api/v1/publications", json={**BODY, "by": "  "})

    assert answer.status_code == 422
    assert "by" in answer.json()["detail"]


def test_what_is_masked_now_is_masked_in_what_was_published(service: Service) -> None:
    service.feed([membership(BEARINGS, "a", "2023-01"), fact(BEARINGS, "a", "2026-05", ytd=10**8)])
    masked = service.api()
    publish(masked)

    then = masked.get(PUBLISHED).json()["items"]

    bearings = next(v for v in then if v["cluster"] == BEARINGS)
    assert bearings["suppressed"] is True
    assert bearings["ytd"] is None
