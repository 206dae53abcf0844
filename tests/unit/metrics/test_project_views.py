"""What the read API says of funds, projects and indicators of a unit."""

import pytest

from services.metrics.testing import Service
from shared.events.facts import PROJECT, Fact, ProjectState, funds_indicator
from shared.testing.facts import fact

LINGBI, HTZ = "suzhou-ah-lingbi", "suzhou-ah-htz"


def funds(project: str, origin: str, ytd: int, before: int) -> Fact:
    indicator = funds_indicator("CNY", origin)
    return fact(LINGBI, project, "2026-05", indicator=indicator, ytd=ytd, ytd_last_year=before)


def signed(project: str, day: str, contracted: int) -> Fact:
    state = ProjectState("signed", occurred_on=day, contracted_total=contracted, currency="CNY")
    return fact(LINGBI, project, day[:7], indicator=PROJECT, project=state)


@pytest.fixture
def county(service: Service) -> Service:
    """Four projects with funds from two provinces, three contracts, one of them long signed."""
    service.feed(
        [
            *(funds(f"p{n}", "31" if n % 2 else "34", 112, 100) for n in range(8)),
            *(signed(f"p{n}", f"2026-{n + 6:02}-20", 50) for n in range(4)),
        ]
    )
    return service


def test_funds_are_given_by_currency_and_origin(county: Service) -> None:
    body = county.api().get(f"/api/v1/clusters/{LINGBI}?indicator=funds").json()
    (block,) = body["funds"]
    assert (block["currency"], block["total"]["ytd"], block["projects"]) == ("CNY", 896, 8)
    assert block["planned"]["ytd"] == block["by_origin"]["31"]["ytd"] == 448
    assert body["target"] == {"year": None, "value": 150_000, "comparator": "growth_pa"}
    assert (body["level"], body["verdict"]) == (120_000, "behind")


def test_stalled_projects_are_told_by_today(county: Service) -> None:
    api = county.api(masking=False)
    body = api.get(f"/api/v1/clusters/{LINGBI}?indicator=project").json()
    assert body["projects"]["by_stage"] == {"signed": 4}
    assert body["projects"]["contracted_total"] == {"CNY": 200}
    assert [(p["subject"], p["stalled"]) for p in body["projects"]["stalled"]] == [
        ("p0", ["not_started"]),
        ("p1", ["not_started"]),
    ]


def test_masked_funds_are_gone_and_say_why(service: Service) -> None:
    service.feed(
        [
            *(fact(LINGBI, f"firm-{n}", "2026-05", ytd=10) for n in range(9)),
            funds("p0", "31", 112, 100),
        ]
    )
    masked = service.api().get(f"/api/v1/clusters/{LINGBI}").json()
    assert masked["funds"] == []
    assert "funds_confidential" in masked["reasons"]
    complete = service.api(masking=False).get(f"/api/v1/clusters/{LINGBI}").json()
    assert complete["funds"][0]["total"]["ytd"] == 112


def test_the_growth_of_too_few_projects_gives_nothing_away(service: Service) -> None:
    service.feed([funds("p0", "31", 112, 100), funds("p1", "31", 112, 100)])
    body = service.api().get(f"/api/v1/clusters/{LINGBI}?indicator=funds").json()
    assert body["suppressed"]
    hidden = ("ytd", "ytd_last_year", "ytd_growth", "level", "ratio", "gap", "required_ytd")
    assert {name: body[name] for name in hidden} == dict.fromkeys(hidden)


def test_a_zone_figure_is_public_and_says_its_decimals(service: Service) -> None:
    share = "szah-htz-hightech-output-share"
    service.feed([fact(HTZ, "series", "2023-12", indicator=share, month=592_500)])
    path = f"/api/v1/clusters/{HTZ}?plan=suzhou-htz-2025&indicator={share}"
    body = service.api().get(path).json()
    assert (body["suppressed"], body["level"], body["decimals"], body["unit"]) == (
        False,
        592_500,
        6,
        "1",
    )


def test_a_units_indicators_are_listed_with_where_they_stand(service: Service) -> None:
    share = "szah-htz-hightech-output-share"
    service.feed(
        [
            fact(HTZ, "series", "2023-12", indicator=share, month=592_500),
            fact(HTZ, "firm", "2023-12", ytd=5),
        ]
    )
    path = f"/api/v1/clusters/{HTZ}/indicators?plan=suzhou-htz-2025"
    items = service.api().get(path).json()["items"]
    by_name = {item["indicator"]: item for item in items}
    assert by_name[share]["feed"] == "zone"
    assert (by_name[share]["kind"], by_name[share]["period"]) == ("share", "2023-12")
    assert (by_name[share]["level"], by_name[share]["verdict"]) == (592_500, "behind")
    assert by_name["gross_output"]["name"] == "工业总产值"
    assert by_name["gross_output"]["plan_indicator"] is None
    never = by_name["szah-htz-hightech-enterprises"]
    assert (never["period"], never["level"], never["colour"]) == (None, None, "grey")
    assert len(items) == len(by_name)


def test_funds_of_the_past_are_as_they_were_known(county: Service) -> None:
    later = fact(
        LINGBI,
        "p1",
        "2026-05",
        indicator=funds_indicator("CNY", "31"),
        ytd=1,
        ytd_last_year=100,
        version=2,
        as_of="2026-07-01T00:00:00Z",
    )
    county.feed([later])
    path = f"/api/v1/clusters/{LINGBI}?indicator=funds"
    assert county.api().get(path).json()["ytd"] == 337
    assert county.api().get(f"{path}&as_of=2026-06-20").json()["ytd"] == 448
