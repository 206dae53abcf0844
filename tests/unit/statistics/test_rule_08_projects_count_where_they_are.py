"""Rule 8: investment and funds count at the project's place, and are never added to each other."""

from itertools import combinations
from pathlib import Path

import pytest

from services.ingest.testing import Ingest
from shared.events.facts import INVESTMENT, Fact
from shared.plans import load_catalogue
from shared.testing.events import Body, funds, investment, records, registration, stage
from shared.testing.plans import BEARINGS, CITY, EQUIPMENT, LINGBI, PARK, PARTS, YONGQIAO

HERE: Body = {"region": "341323", "cluster": BEARINGS}
THERE: Body = {"region": "341302", "cluster": PARTS}


def facts(ingest: Ingest, indicator: str) -> list[Fact]:
    return [f for f in ingest.live_facts().values() if f.indicator == indicator]


@pytest.mark.parametrize("build", [investment, funds, stage])
@pytest.mark.parametrize(
    ("place", "units"),
    [
        (HERE, {BEARINGS, EQUIPMENT, LINGBI, CITY}),
        (THERE, {PARTS, EQUIPMENT, YONGQIAO, CITY}),
        ({"region": "341302", "cluster": None, "park": "park", "industry": "9999"}, {PARK, CITY}),
    ],
)
def test_a_project_needs_no_register_and_counts_at_its_own_place(
    ingest: Ingest, build: object, place: Body, units: set[str]
) -> None:
    assert callable(build)
    fields = place if build is investment else {k: v for k, v in place.items() if k != "industry"}
    ingest.take(records([build(**fields)]))
    assert {fact.unit for fact in ingest.live_facts().values()} == units
    assert ingest.summary()["parked"] == 0


def test_a_project_of_a_cluster_in_a_park_without_a_code_lies_in_that_park(tmp_path: Path) -> None:
    plan = load_catalogue().plan("suzhou-2027")
    ingest = Ingest(tmp_path / "suzhou", [plan], limits=None)
    ingest.take(records([funds(region="341302", cluster="szah-htz-it")]))
    units = {fact.unit for fact in ingest.live_facts().values()}
    assert {"szah-htz-it", "suzhou-ah-htz", "suzhou-ah"} <= units
    assert "suzhou-ah-yongqiao" not in units
    ingest.engine.dispose()


def test_the_place_of_its_owner_means_nothing(ingest: Ingest) -> None:
    ingest.take(records([registration(region="341302"), investment(**HERE)]))
    assert YONGQIAO not in {fact.unit for fact in facts(ingest, INVESTMENT)}


def test_funds_are_never_added_to_investment(ingest: Ingest) -> None:
    ingest.take(records([investment(**HERE), funds(**HERE)]))
    invested = facts(ingest, INVESTMENT)
    received = facts(ingest, "funds.CNY.31")
    assert {fact.ytd for fact in invested} == {96_205_000}
    assert {fact.ytd for fact in received} == {43_002_500}
    keys = [{fact.key for fact in part} for part in (invested, received)]
    assert keys[0].isdisjoint(keys[1])


def test_origins_and_currencies_are_lines_of_their_own(ingest: Ingest) -> None:
    parts = [
        funds(ytd=1),
        funds(ytd=2, origin="32"),
        funds(ytd=3, origin="foreign"),
        funds(ytd=4, origin="foreign", currency="USD"),
    ]
    ingest.take(records(parts))
    found = {(f.indicator, f.ytd) for f in ingest.live_facts().values() if f.unit == CITY}
    assert found == {
        ("funds.CNY.31", 10_000),
        ("funds.CNY.32", 20_000),
        ("funds.CNY.foreign", 30_000),
        ("funds.USD.foreign", 40_000),
    }
    assert all(first[0] != second[0] for first, second in combinations(found, 2))


def test_computing_services_report_revenue(ingest: Ingest) -> None:
    ingest.take(records([registration(industry="6550")]))
    assert {f.expected for f in ingest.live_facts().values()} == {("revenue",)}
