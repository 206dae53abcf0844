"""The read API over a real store."""

import pytest

from services.metrics.testing import Service
from shared.testing.facts import fact, membership
from shared.testing.http import AppClient

BEARINGS, EQUIPMENT = "szah-lb-bearings", "szah-equipment"


def client_of(service: Service, *, masking: bool = True) -> AppClient:
    return service.api(masking=masking)


@pytest.fixture
def client(service: Service) -> AppClient:
    facts = [
        fact(unit, firm, period, ytd=ytd, ytd_last_year=ytd // 2)
        for unit, firms in ((BEARINGS, "abcd"), (EQUIPMENT, "abcdefg"), ("szah-sx-auto-parts", "e"))
        for firm in firms
        for period, ytd in (("2024-12", 600_000_000), ("2025-12", 840_000_000))
    ]
    members = [membership(BEARINGS, firm, "2023-01") for firm in "abcd"]
    service.feed([*members, *facts])
    return client_of(service)


def test_a_cluster_has_all_fields_of_the_contract(client: AppClient) -> None:
    body = client.get(f"/api/v1/clusters/{BEARINGS}").json()

    assert body["cluster"] == BEARINGS
    assert body["plan"] == "suzhou-2027"
    assert body["period"] == "2025-12"
    assert body["unit"] == "CNY"
    assert body["ytd"] == body["rolling_year"] == 3_360_000_000
    assert body["ytd_growth"] == 1.0
    assert body["target"] == {"year": 2027, "value": 10_000_000_000, "comparator": ">"}
    assert body["base"] == {"year": 2024, "value": 2_400_000_000, "source": "feed"}
    assert body["enterprises"] == {"expected": 4, "reporting": 4}
    assert body["verdict"] == "behind"
    assert body["suppressed"] is False
    assert body["data_age_days"] == 158
    missing = {"month", "required_ytd", "required_year", "ratio", "colour", "forecast"} - set(body)
    assert not missing


def test_an_earlier_period_can_be_asked_for(client: AppClient) -> None:
    body = client.get(f"/api/v1/clusters/{BEARINGS}?period=2024-12").json()

    assert body["ytd"] == 2_400_000_000
    assert body["verdict"] == "too_early"


def test_an_alias_finds_its_unit(client: AppClient) -> None:
    name = client.get(f"/api/v1/clusters/{BEARINGS}").json()["name"]

    assert client.get(f"/api/v1/clusters/{name}").json()["cluster"] == BEARINGS


def test_an_unknown_cluster_is_a_problem_document_that_names_near_ids(client: AppClient) -> None:
    answer = client.get("/api/v1/clusters/szah-lb-bearing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert BEARINGS in answer.json()["near"]


def test_a_period_nothing_is_known_of_names_the_newest(client: AppClient) -> None:
    answer = client.get(f"/api/v1/clusters/{BEARINGS}?period=2026-03")

    assert answer.status_code == 404
    assert answer.json()["near"] == ["2025-12"]


def test_january_alone_is_refused_with_its_reason(client: AppClient) -> None:
    answer = client.get(f"/api/v1/clusters/{BEARINGS}?period=2026-01")

    assert answer.status_code == 422
    assert answer.json()["reason"] == "january_not_collected"


def test_a_suppressed_cluster_shows_on_or_off_track_only(client: AppClient) -> None:
    body = client.get("/api/v1/clusters/szah-sx-auto-parts").json()

    assert body["suppressed"] is True
    shown = ("month", "ytd", "rolling_year", "ratio", "gap", "forecast", "ytd_growth", "coverage")
    assert all(body[name] is None for name in shown)
    assert body["base"]["value"] is None
    assert body["target"]["value"] == 10_000_000_000
    assert body["verdict"] == "off_track"
    assert body["on_track"] is False


def test_with_masking_off_everything_is_shown(client: AppClient, service: Service) -> None:
    body = client_of(service, masking=False).get("/api/v1/clusters/szah-sx-auto-parts").json()

    assert body["suppressed"] is False
    assert body["ytd"] == 840_000_000


def test_lists_are_pages_with_a_cursor(client: AppClient) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/clusters", params=params).json()
        seen += [item["cluster"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 30
    assert client.get("/api/v1/clusters?cursor=%3F").status_code == 422


def test_a_unit_nothing_was_reported_of_says_so_and_is_not_zero(client: AppClient) -> None:
    body = client.get("/api/v1/clusters/szah-suma-paper").json()

    assert body["ytd"] is None
    assert body["colour"] == "grey"
    assert body["reasons"] == ["no_reports"]
    assert body["target"]["value"] == 50_000_000_000


def test_history_is_oldest_first(client: AppClient) -> None:
    items = client.get(f"/api/v1/clusters/{BEARINGS}/history").json()["items"]

    assert [item["period"] for item in items] == ["2024-12", "2025-12"]


def test_a_ranking_leaves_suppressed_units_unranked(client: AppClient) -> None:
    items = client.get("/api/v1/ranking?plan=suzhou-2027&period=2025-12").json()["items"]

    assert items[0]["rank"] == 1
    assert items[0]["cluster"]["cluster"] == BEARINGS
    hidden = [item for item in items if item["cluster"]["suppressed"]]
    assert hidden
    assert all(item["rank"] is None for item in hidden)


def test_an_unchanged_list_is_not_sent_again(client: AppClient, service: Service) -> None:
    tag = client.get("/api/v1/clusters").headers["etag"]
    assert client.get("/api/v1/clusters", headers={"If-None-Match": tag}).status_code == 304

    service.feed([fact(BEARINGS, "a", "2025-12", version=2, ytd=1)])

    assert client.get("/api/v1/clusters", headers={"If-None-Match": tag}).status_code == 200


def test_plans_are_listed(client: AppClient) -> None:
    items = client.get("/api/v1/plans").json()["items"]

    suzhou = next(item for item in items if item["plan"] == "suzhou-2027")
    assert suzhou["units"] == 30


def test_the_wall_is_one_document_that_asks_no_other_host(client: AppClient) -> None:
    page = client.get("/wall")

    assert page.status_code == 200
    assert "http://" not in page.text.replace("http://www.w3.org/", "")
    assert "https://" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
