"""Totals against an oracle: shuffled, duplicated, revised, and killed again and again."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import Cell, Load, Place, build_load
from shared.testing.waiting import wait_until

EVENTS = 50_000
STEPS = 8
PERIODS = ("2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08")
PLACES = (
    Place(
        "341323",
        "3451",
        ("szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi"),
        "suzhou-ah-lingbi",
    ),
    Place(
        "341324",
        "3670",
        ("szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian"),
        "suzhou-ah-sixian",
    ),
    Place(
        "341371",
        "2221",
        ("szah-suma-paper", "szah-new-materials", "suzhou-ah-suma"),
        "suzhou-ah-suma",
    ),
    Place("341321", "1392", ("szah-ds-green-food", "szah-green-food", "suzhou-ah-dangshan")),
    # In no county cluster, but in a city industry by its industry code.
    Place("341324", "1392", ("szah-green-food", "suzhou-ah-sixian")),
)
CITY = "suzhou-ah"


def _load(seed: int, events: int) -> Load:
    places = tuple(place._replace(units=(*place.units, CITY)) for place in PLACES)
    return build_load(seed, events=events, places=places, periods=PERIODS)


def _totals(system: Any, wanted: set[tuple[str, str]]) -> dict[Cell, tuple[int, int]]:
    """Month and year-to-date of units' indicators, as metrics has them."""
    found = {}
    for unit, indicator in wanted:
        page = system.get(
            "metrics", f"/api/v1/clusters/{unit}/history", indicator=indicator, limit="100"
        )
        for item in page["items"]:
            if item["period"] in PERIODS:
                found[Cell(unit, indicator, item["period"])] = (item["month"], item["ytd"])
    return found


def _check(load: Load, system: Any) -> None:
    wanted = {(cell.unit, cell.indicator) for cell in load.totals}
    assert {"gross_output", "funds"} == {indicator for _, indicator in wanted}

    def equal() -> bool:
        assert _totals(system, wanted) == load.totals
        return True

    wait_until(equal, seconds=240, what="the totals equal the oracle's")


def _run(load: Load, system: Any, seed: int) -> None:
    """Send in steps; in each of them one service, or both, are killed at some point."""
    rng = random.Random(seed)
    size = -(-len(load.events) // STEPS)
    system.start("ingest", "metrics")
    for step in range(STEPS):
        system.send(load.events[step * size : (step + 1) * size])
        sent = min((step + 1) * size, len(load.events))
        for service in rng.choice((("ingest",), ("metrics",), ("ingest", "metrics"))):
            reached = sent - rng.randrange(size) if service == "ingest" else 0
            system.wait_consumed(service, reached)
            system.kill(service)
            system.start(service)
        system.wait_consumed("ingest", sent)
    counts = system.get("ingest", "/api/v1/reconciliation")
    assert counts["consumed"] == len(load.events)
    assert counts["parked"] == counts["dead_lettered"] == 0
    _check(load, system)
    facts = system.get("metrics", "/api/v1/reconciliation")
    assert facts["consumed"] == facts["applied"] + facts["duplicate"] + facts["stale"]


SETTINGS = {
    "confidentiality": "off",
    "confidentiality_off_reason": "simulated figures are compared with an oracle",
    "batch_size": "700",
}


@pytest.mark.kafka
def test_totals_equal_the_oracle_on_sqlite_however_often_services_are_killed(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    load = _load(seed=20270101, events=EVENTS)
    _run(load, make_system(empty_topics.bootstrap, **SETTINGS), seed=1)


@pytest.mark.kafka
@pytest.mark.postgres
def test_totals_equal_the_oracle_on_postgresql_however_often_services_are_killed(
    empty_topics: LocalKafka, make_system: Callable[..., Any], database_url: str
) -> None:
    load = _load(seed=20270102, events=EVENTS // 4)
    system = make_system(empty_topics.bootstrap, database_url=database_url, **SETTINGS)
    _run(load, system, seed=2)
    system.stop()
