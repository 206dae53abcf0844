"""Units, indicators, currencies, origins and series that must stay apart do."""

from services.metrics.testing import Service
from shared.events.facts import INVESTMENT, ProjectState, funds_indicator
from shared.plans import Catalogue
from shared.testing.facts import fact

COUNTY, CLUSTER, CITY = "suzhou-ah-lingbi", "szah-lb-bearings", "suzhou-ah"


def test_a_county_is_not_the_sum_of_its_clusters(service: Service) -> None:
    service.feed(
        [
            fact(CLUSTER, "a", "2026-05", ytd=700),
            fact(COUNTY, "b", "2026-05", ytd=40),
            fact(CITY, "c", "2026-05", ytd=1),
        ]
    )
    assert service.status(COUNTY, "2026-05").ytd == 40
    assert service.status(CITY, "2026-05").ytd == 1


def test_output_and_revenue_are_never_one_figure(service: Service) -> None:
    service.feed(
        [
            fact(CLUSTER, "a", "2026-05", ytd=700),
            fact(CLUSTER, "a", "2026-05", indicator="revenue", ytd=900),
        ]
    )
    assert service.status(CLUSTER, "2026-05").ytd == 700
    assert service.status(CLUSTER, "2026-05", "revenue").ytd == 900


def test_funds_received_are_no_part_of_investment(service: Service) -> None:
    service.feed(
        [
            fact(COUNTY, "p", "2026-05", ytd=10),
            fact(COUNTY, "p", "2026-05", indicator=funds_indicator("CNY", "31"), ytd=300),
            fact(
                COUNTY,
                "p",
                "2026-05",
                indicator=INVESTMENT,
                ytd=20,
                project=ProjectState("building"),
            ),
        ]
    )
    status = service.status(COUNTY, "2026-05")
    assert status.ytd == 10
    assert status.investment is not None
    assert status.investment.ytd == 20
    assert status.funds[0].total.ytd == 300


def test_currencies_are_neither_added_nor_converted(service: Service) -> None:
    service.feed(
        [
            fact(COUNTY, "p", "2026-05", indicator=funds_indicator(currency, "31"), ytd=ytd)
            for currency, ytd in (("CNY", 300), ("USD", 50))
        ]
    )
    judged = service.status(COUNTY, "2026-05", "funds")
    assert judged.ytd == 300
    assert {f.currency: f.total.ytd for f in judged.funds} == {"CNY": 300, "USD": 50}


def test_a_subset_is_not_added_to_its_whole(service: Service, catalogue: Catalogue) -> None:
    plan = catalogue.plan("lianyungang-htz-2025")
    part = next(indicator for indicator in plan.indicators if indicator.part_of)
    whole = plan.indicator(part.part_of or "")
    service.feed(
        [
            fact(i.unit, "z", f"{year}-12", indicator=i.id, month=amount)
            for i, amount in ((whole, 1000), (part, 400))
            for year in (2021, 2022)
        ]
    )
    statuses = service.statuses()
    assert statuses[f"{plan.id}|{whole.unit}|{whole.id}|2022-12"].level == 2000
    assert statuses[f"{plan.id}|{part.unit}|{part.id}|2022-12"].level == 800


def test_the_shares_of_two_zones_stay_two_figures(service: Service) -> None:
    shares = {
        "suzhou-ah-htz": "szah-htz-hightech-output-share",
        "zibo-htz": "zibo-htz-hightech-output-share",
    }
    service.feed(
        [
            fact(unit, f"series-{unit}", "2022-12", indicator=indicator, month=600_000)
            for unit, indicator in shares.items()
        ]
    )
    assert {status.month for status in service.statuses().values()} == {600_000}
    assert len(service.statuses()) == 2


def test_a_year_and_its_quarters_are_not_added(service: Service) -> None:
    gdp = "anshan-htz-gdp"
    service.feed(
        [
            fact("anshan-htz", "z", period, indicator=gdp, month=amount)
            for period, amount in (("2022-06", 50), ("2022-12", 110))
        ]
    )
    status = service.statuses()[f"anshan-htz-2025|anshan-htz|{gdp}|2022-12"]
    assert status.rolling_year == 110
