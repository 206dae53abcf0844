"""A plan's outline, and the whole path from base to target."""

import pytest

from services.metrics.testing import Service
from shared.testing.facts import fact, membership

BEARINGS, EQUIPMENT = "szah-lb-bearings", "szah-equipment"


@pytest.fixture
def fed(service: Service) -> Service:
    facts = [
        fact(BEARINGS, firm, period, ytd=ytd, ytd_last_year=ytd // 2)
        for firm in "abcd"
        for period, ytd in (("2024-12", 600_000_000), ("2025-12", 840_000_000))
    ]
    service.feed([*(membership(BEARINGS, firm, "2023-01") for firm in "abcd"), *facts])
    return service


def test_a_path_runs_from_the_base_to_the_target_month_by_month(fed: Service) -> None:
    body = fed.api().get(f"/api/v1/clusters/{BEARINGS}/path").json()

    points = body["points"]
    assert points[0] == {"period": "2024-12", "value": 2_400_000_000}
    assert points[-1] == {"period": "2027-12", "value": 10_000_000_000}
    assert len(points) == 37
    levels = [point["value"] for point in points]
    assert levels == sorted(levels)


def test_the_path_passes_through_what_the_statuses_require(fed: Service) -> None:
    client = fed.api()
    required = client.get(f"/api/v1/clusters/{BEARINGS}").json()["required_year"]
    points = client.get(f"/api/v1/clusters/{BEARINGS}/path").json()["points"]

    december = next(point for point in points if point["period"] == "2025-12")
    assert december["value"] == pytest.approx(required, abs=1)


def test_a_unit_without_a_target_has_no_path(fed: Service) -> None:
    body = fed.api().get("/api/v1/clusters/suzhou-ah-lingbi/path").json()

    assert body["points"] == []


def test_a_confidential_unit_shows_no_path_because_it_starts_from_its_figure(
    service: Service,
) -> None:
    facts = [
        fact(BEARINGS, "a", period, ytd=ytd)
        for period, ytd in (("2024-12", 2_400_000_000), ("2025-12", 3_000_000_000))
    ]
    service.feed([membership(BEARINGS, "a", "2023-01"), *facts])
    body = service.api().get(f"/api/v1/clusters/{BEARINGS}/path").json()

    assert body["suppressed"] is True
    assert body["points"] == []


def test_a_plans_outline_names_its_units_with_their_labels(service: Service) -> None:
    body = service.api().get("/api/v1/plans/suzhou-2027").json()

    units = {unit["unit"]: unit for unit in body["units"]}
    assert body["plan"]["target_year"] == 2027
    assert units["suzhou-ah-etdz"]["labels"] == ["市管园区"]
    assert units[BEARINGS]["region"] == "suzhou-ah-lingbi"
    assert units[BEARINGS]["accountable_body"] == "灵璧县人民政府"


def test_an_unknown_plan_is_a_problem_document(service: Service) -> None:
    assert service.api().get("/api/v1/plans/none").status_code == 404
