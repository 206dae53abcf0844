from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.reading import Reader
from services.ingest.domain.register import (
    ClusterShare,
    Entry,
    Registration,
    holding,
    timeline,
)
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.testing.events import record, registration, without
from shared.testing.plans import BEARINGS, CHEMISTRY, EQUIPMENT, FOOD, LINGBI, PARTS, small_plan

READER = Reader([small_plan()])
MONTHS = st.builds(Month, st.integers(2024, 2026), st.integers(1, 12))


def read(**fields: object) -> Registration:
    content = READER.read(record(registration(1, **fields))).content
    assert isinstance(content, Registration)
    return content


def refusal(**fields: object) -> Refused:
    with pytest.raises(Refused) as caught:
        read(**fields)
    return caught.value


def shares(**weights: int) -> list[dict[str, object]]:
    return [{"cluster": unit, "weight": weight} for unit, weight in weights.items()]


def entry(effective: str, action: str = "change", region: str = "341323") -> Entry:
    begin = Month.parse(effective)
    return Entry(begin, action, region, None, "3451", above_scale=True, memberships=None)


def test_without_memberships_the_rules_of_the_plan_decide() -> None:
    assert read().entry.memberships is None
    assert read(memberships=[]).entry.memberships == ()


def test_memberships_are_kept_as_one_ordered_list_without_empty_shares() -> None:
    found = read(memberships=shares(parts=4000, bearings=6000, chemistry=0, equipment=10_000))

    assert found.entry.memberships == (
        ClusterShare(BEARINGS, 6000),
        ClusterShare(PARTS, 4000),
        ClusterShare(EQUIPMENT, 10_000),
    )


def test_the_order_of_memberships_is_no_part_of_the_content() -> None:
    one = read(memberships=shares(parts=4000, bearings=6000))
    other = read(memberships=shares(bearings=6000, parts=4000))

    assert one.version == other.version
    assert one.version != read(memberships=shares(bearings=6000)).version


@pytest.mark.parametrize(
    "weights",
    [
        {BEARINGS: 7000, PARTS: 4000},
        {BEARINGS: 10_000, PARTS: 1},
        {EQUIPMENT: 6000, FOOD: 5000, BEARINGS: 1000},
    ],
)
def test_weights_of_one_level_above_one_are_refused(weights: dict[str, int]) -> None:
    refused = refusal(memberships=shares(**weights))

    assert (refused.reason, refused.field) == (Reason.WEIGHTS_ABOVE_ONE, "memberships")


def test_a_cluster_named_twice_counts_with_both_weights() -> None:
    twice = [{"cluster": BEARINGS, "weight": 5000}, {"cluster": BEARINGS, "weight": 5001}]

    assert refusal(memberships=twice).reason is Reason.WEIGHTS_ABOVE_ONE
    assert read(memberships=twice[:1] * 2).entry.memberships == (ClusterShare(BEARINGS, 10_000),)


def test_weights_of_different_levels_are_not_added() -> None:
    weights = {BEARINGS: 10_000, EQUIPMENT: 10_000}

    assert len(read(memberships=shares(**weights)).entry.memberships or ()) == 2


@pytest.mark.parametrize("unit", ["no-such-unit", LINGBI, "city"])
def test_only_clusters_and_industries_can_be_listed(unit: str) -> None:
    refused = refusal(memberships=[*shares(bearings=1), {"cluster": unit, "weight": 1}])

    assert (refused.reason, refused.field) == (Reason.OUT_OF_RANGE, "memberships[1].cluster")


@pytest.mark.parametrize("weight", [-1, 10_001])
def test_a_weight_is_between_nothing_and_one(weight: int) -> None:
    assert refusal(memberships=shares(bearings=weight)).reason is Reason.OUT_OF_RANGE


def test_a_register_entry_may_begin_in_january() -> None:
    assert read(effective="2026-01").entry.effective == Month(2026, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "another name"},
        {"industry": "3452"},
        {"park": "park"},
        {"above_scale": False},
        {"size": "small"},
        {"region": "341302"},
    ],
)
def test_every_field_of_the_register_is_content(change: dict[str, object]) -> None:
    assert read(**change).version.digest != read().version.digest


def test_an_absent_optional_field_is_the_same_as_null() -> None:
    explicit = READER.read(record(registration(1, park=None, size=None, memberships=None)))
    absent = READER.read(record(without(registration(1), "park")))

    assert isinstance(explicit.content, Registration)
    assert isinstance(absent.content, Registration)
    assert explicit.content.version == absent.content.version


def test_reports_are_expected_above_the_threshold_until_the_exit() -> None:
    assert read().entry.active
    assert not read(above_scale=False).entry.active
    assert not read(action="exit").entry.active


def test_actions_of_one_month_hold_in_their_rank_whatever_their_order() -> None:
    ranked = [entry("2026-01", a) for a in ("entry", "change", "reattribution", "exit")]

    for order in permutations(ranked):
        assert timeline(order) == tuple(ranked)


def test_the_newest_entry_that_has_begun_holds() -> None:
    dated = timeline([entry("2026-03"), entry("2025-01", "entry"), entry("2026-06", "exit")])

    begun = {
        "2024-05": "2025-01",  # before the first: like the first
        "2025-01": "2025-01",
        "2026-02": "2025-01",
        "2026-03": "2026-03",
        "2026-05": "2026-03",
        "2026-06": "2026-06",
        "2027-12": "2026-06",
    }

    held = {month: holding(dated, Month.parse(month)) for month in begun}

    assert {month: str(item.effective) for month, item in held.items() if item} == begun


def test_nothing_holds_without_an_entry() -> None:
    assert holding((), Month(2026, 5)) is None


@given(st.lists(MONTHS, min_size=1, max_size=6, unique=True), MONTHS)
def test_the_entry_that_holds_is_the_last_begun_or_else_the_first(
    begun: list[Month], month: Month
) -> None:
    held = holding(timeline([entry(str(each)) for each in begun]), month)

    assert held is not None
    assert held.effective == max((m for m in begun if m <= month), default=min(begun))


def test_the_chemistry_cluster_of_two_industries_can_be_listed() -> None:
    assert read(memberships=shares(chemistry=10_000)).entry.memberships == (
        ClusterShare(CHEMISTRY, 10_000),
    )
