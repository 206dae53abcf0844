"""Several replicas of each service on one database give the figures of one, also when one dies."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import Cell, Load, Place, build_load
from shared.testing.waiting import wait_until

PERIODS = ("2026-02", "2026-03", "2026-04")
CITY = "suzhou-ah"
PLACES = tuple(
    Place(region, industry, (*units, CITY))
    for region, industry, units in (
        ("341323", "3451", ("szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi")),
        ("341324", "3670", ("szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian")),
        ("341371", "2221", ("szah-suma-paper", "szah-new-materials", "suzhou-ah-suma")),
        ("341321", "1392", ("szah-ds-green-food", "szah-green-food", "suzhou-ah-dangshan")),
    )
)
SETTINGS = {
    "confidentiality": "off",
    "confidentiality_off_reason": "simulated figures are compared with an oracle",
    "batch_size": "200",
}
PATIENCE = 240


def totals(replica: Any, load: Load) -> dict[Cell, tuple[int, int]]:
    """Month and year-to-date of the load's cells, as one replica of metrics tells them."""
    found = {}
    for unit, indicator in {(cell.unit, cell.indicator) for cell in load.totals}:
        page = replica.get("metrics", f"/api/v1/clusters/{unit}/history", indicator=indicator)
        for item in page["items"]:
            cell = Cell(unit, indicator, item["period"])
            if cell in load.totals:
                found[cell] = (item["month"], item["ytd"])
    return found


def tells(replica: Any, load: Load) -> bool:
    """Whether a replica tells the oracle's totals."""
    return totals(replica, load) == load.totals


def series(replica: Any) -> Iterator[str]:
    """Series of clusters on one replica's page of metrics, as name and labels."""
    for family in text_string_to_metric_families(replica.text("metrics", "/metrics")):
        for sample in family.samples:
            if sample.name.startswith("clusterwatch_cluster_"):
                yield f"{sample.name}{sorted(sample.labels.items())}"


def each_once(replicas: list[Any], load: Load) -> Counter[str] | None:
    """All series of all replicas, once none is there twice and every unit's are there."""
    try:
        shown = Counter(name for replica in replicas for name in series(replica))
    except httpx.HTTPError:
        return None
    units = {cell.unit for cell in load.totals}
    complete = all(any(f"'{unit}'" in name for name in shown) for unit in units)
    return shown if complete and set(shown.values()) == {1} else None


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.parametrize("number", [2, 4])
def test_replicas_of_which_one_dies_give_the_figures_of_one_and_show_each_series_once(
    number: int, empty_topics: LocalKafka, make_system: Callable[..., Any], database_url: str
) -> None:
    load = build_load(20270103, events=3000, places=PLACES, periods=PERIODS)
    replicas = [
        make_system(empty_topics.bootstrap, database_url=database_url, **SETTINGS)
        for _ in range(number)
    ]
    for replica in replicas:
        replica.start("ingest", "metrics")
    half = len(load.events) // 2
    replicas[0].send(load.events[:half])
    replicas[0].wait_consumed("ingest", half // 2)
    victim, survivors = replicas[-1], replicas[:-1]
    victim.kill("ingest")
    victim.kill("metrics")
    survivors[0].send(load.events[half:])

    counts = survivors[0].wait_consumed("ingest", len(load.events), seconds=PATIENCE)
    assert counts["consumed"] == len(load.events)
    assert counts["parked"] == counts["dead_lettered"] == 0
    for replica in survivors:
        wait_until(
            partial(tells, replica, load),
            seconds=PATIENCE,
            what="each replica tells the totals of the oracle",
        )
    wait_until(
        lambda: each_once(survivors, load),
        seconds=PATIENCE,
        what="the replicas together show each series once",
    )
    facts = survivors[0].get("metrics", "/api/v1/reconciliation")
    assert facts["consumed"] == facts["applied"] + facts["duplicate"] + facts["stale"]
