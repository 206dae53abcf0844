"""docs/operations/capacity.md says what the model makes of the committed measurements."""

from dataclasses import replace
from itertools import pairwise

import pytest

from clusterwatch.capacity.costs import Costs
from clusterwatch.capacity.delays import UTILISATIONS, at_utilisation, on_deadline_day
from clusterwatch.capacity.model import (
    NATION,
    PREFECTURE,
    PROVINCE,
    SCALES,
    SERVICES,
    Need,
    limits,
)
from clusterwatch.capacity.queueing import batch_delay
from clusterwatch.capacity.tables import PAGE, number, renewed, tables

COSTS = Costs.read()
TEXT = PAGE.read_text(encoding="utf-8")
NEEDS = tuple(Need(scale, COSTS) for scale in SCALES)


def test_the_page_shows_the_tables_of_the_model() -> None:
    assert renewed(TEXT, COSTS) == TEXT


def test_the_page_shows_every_table() -> None:
    for name in tables(COSTS):
        assert f"<!-- table: {name} -->" in TEXT


def test_other_measurements_make_another_page() -> None:
    dearer = replace(COSTS, cpu=COSTS.cpu | {"event": 2 * COSTS.cpu["event"]})
    assert renewed(TEXT, dearer) != TEXT


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.00123, "0.0012"), (1.26, "1.3"), (12, "12"), (123_456, "120,000"), (99.6, "100")],
)
def test_numbers_have_two_digits_that_count(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.scale.name)
def test_no_replica_is_busier_than_assumed_and_each_has_a_partition(need: Need) -> None:
    for service in SERVICES:
        replicas = need.replicas(service)
        assert need.peak_cores(service) / replicas <= need.assumed.most_used
        assert need.assumed.fewest_replicas <= replicas <= need.partitions
    assert need.rebuild_hours(need.partitions) <= need.assumed.rebuild_hours


def test_more_enterprises_need_no_less_of_anything() -> None:
    for less, more in pairwise(NEEDS):
        assert less.peak_rate < more.peak_rate
        assert less.store_bytes < more.store_bytes
        assert less.kafka_bytes < more.kafka_bytes
        assert less.partitions <= more.partitions
        assert less.connections <= more.connections


def test_twice_the_enterprises_make_twice_the_events_and_bytes() -> None:
    double = Need(replace(PREFECTURE, enterprises=2 * PREFECTURE.enterprises), COSTS)
    single = Need(PREFECTURE, COSTS)
    assert double.peak_rate == pytest.approx(2 * single.peak_rate)
    assert double.store_bytes == pytest.approx(2 * single.store_bytes)


def test_a_prefecture_passes_no_limit() -> None:
    assert all(limit.used[SCALES.index(PREFECTURE)] < 1 for limit in limits(NEEDS))


def test_limits_come_with_the_first_to_break_on_top() -> None:
    most = [max(limit.used) for limit in limits(NEEDS)]
    assert most == sorted(most, reverse=True)


@pytest.mark.parametrize("utilisation", UTILISATIONS)
def test_the_simulated_delay_is_at_most_that_of_large_batches_and_a_batch_of_one(
    utilisation: float,
) -> None:
    setup, each = COSTS.cpu["batch, beside its events"], COSTS.cpu["event"]
    found = at_utilisation(COSTS, utilisation).mean
    assert setup + each <= found
    assert found <= 1.1 * (batch_delay(utilisation / each, setup, each) + setup + each)


@pytest.mark.parametrize("scale", [PROVINCE, NATION], ids=lambda scale: scale.name)
def test_on_deadline_day_a_report_waits_for_less_than_a_few_batches(scale: object) -> None:
    need = next(one for one in NEEDS if one.scale is scale)
    alone = COSTS.cpu["batch, beside its events"] + COSTS.cpu["event"]
    assert on_deadline_day(need).late < 10 * alone
