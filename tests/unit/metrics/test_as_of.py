"""Figures as they were known on a day: old versions of reports count again."""

from collections.abc import Callable
from itertools import permutations

import pytest

from services.metrics.testing import Service
from shared.events.facts import Fact
from shared.testing.facts import fact, membership
from shared.testing.http import AppClient

BEARINGS = "szah-lb-bearings"
MEMBERS = [membership(BEARINGS, firm, "2023-01", as_of="2026-01-05T00:00:00Z") for firm in "abc"]


def report(firm: str, ytd: int, version: int, known: str, *, deleted: bool = False) -> Fact:
    amount = None if deleted else ytd * 10**6
    return fact(
        BEARINGS, firm, "2026-05", ytd=amount, version=version, as_of=known, deleted=deleted
    )


REPORTS = [
    report("a", 100, 1, "2026-06-08T02:00:00Z"),
    report("b", 200, 1, "2026-06-09T02:00:00Z"),
    report("c", 300, 1, "2026-06-09T03:00:00Z"),
    report("a", 110, 2, "2026-06-20T02:00:00Z"),
    report("b", 0, 2, "2026-07-01T02:00:00Z", deleted=True),
]


def ytd(client: AppClient, as_of: str) -> int | None:
    body = client.get(f"/api/v1/clusters/{BEARINGS}?as_of={as_of}").json()
    return None if body["ytd"] is None else int(body["ytd"]) // 10**6


def test_each_day_shows_the_reports_that_had_arrived_by_its_end(service: Service) -> None:
    service.feed([*MEMBERS, *REPORTS])
    client = service.api(masking=False)

    days = ["2026-06-07", "2026-06-08", "2026-06-09", "2026-06-19", "2026-06-20", "2026-07-01"]
    found = [ytd(client, day) for day in days]

    assert found == [None, 100, 600, 600, 610, 410]
    assert client.get(f"/api/v1/clusters/{BEARINGS}").json()["ytd"] == 410 * 10**6


def test_a_day_ends_at_midnight_in_beijing(service: Service) -> None:
    service.feed([*MEMBERS, report("a", 100, 1, "2026-06-08T15:59:59Z")])
    client = service.api(masking=False)

    assert ytd(client, "2026-06-08") == 100
    assert ytd(client, "2026-06-08T23:59:58%2B08:00") is None


def test_views_of_the_past_do_not_depend_on_the_order_of_arrival(
    make_service: Callable[[], Service],
) -> None:
    seen = set()
    for order in list(permutations(REPORTS))[::17]:
        service = make_service()
        for each in [*MEMBERS, *order, order[0]]:
            service.feed([each])
        client = service.api(masking=False)
        days = ["2026-06-08", "2026-06-09", "2026-06-20", "2026-07-01"]
        seen.add(tuple(ytd(client, day) for day in days))

    assert seen == {(100, 600, 610, 410)}


def test_the_list_the_history_and_the_ranking_know_the_past_too(service: Service) -> None:
    service.feed([*MEMBERS, *REPORTS])
    client = service.api(masking=False)

    listed = client.get("/api/v1/clusters?as_of=2026-06-09&plan=suzhou-2027").json()["items"]
    history = client.get(f"/api/v1/clusters/{BEARINGS}/history?as_of=2026-06-09").json()["items"]
    ranking = client.get("/api/v1/ranking?as_of=2026-06-09&plan=suzhou-2027").json()["items"]

    of_list = next(item for item in listed if item["cluster"] == BEARINGS)
    of_ranking = next(i["cluster"] for i in ranking if i["cluster"]["cluster"] == BEARINGS)
    assert [of_list["ytd"], history[-1]["ytd"], of_ranking["ytd"]] == [600 * 10**6] * 3
    assert of_list["enterprises"] == {"expected": 3, "reporting": 3}
    assert of_list["data_age_days"] == 0


def test_the_past_is_masked_as_the_present_is(service: Service) -> None:
    service.feed([*MEMBERS, *REPORTS])
    body = service.api().get(f"/api/v1/clusters/{BEARINGS}?as_of=2026-06-08").json()

    assert body["suppressed"] is True
    assert body["ytd"] is None


@pytest.mark.parametrize(
    ("as_of", "says"),
    [("yesterday", "neither"), ("2026-06-08T10:00:00", "neither"), ("2126-01-01", "future")],
)
def test_a_wrong_moment_is_explained(service: Service, as_of: str, says: str) -> None:
    answer = service.api().get(f"/api/v1/clusters/{BEARINGS}?as_of={as_of}")

    assert answer.status_code == 422
    assert says in answer.json()["detail"]
