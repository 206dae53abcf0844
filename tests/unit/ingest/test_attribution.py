import itertools
from dataclasses import replace
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.attribution import Attribution, Attributor, areas, distribute
from services.ingest.domain.register import WHOLE, ClusterShare, Entry
from shared.events.period import Month
from shared.testing.plans import (
    BEARINGS,
    CHEMISTRY,
    CITY,
    EQUIPMENT,
    FOOD,
    LINGBI,
    PARK,
    PARTS,
    SNACKS,
    YONGQIAO,
    small_plan,
)

PLAN = small_plan()
MAY = Month(2026, 5)
AMOUNTS = st.integers(-(10**15), 10**15)


def entry(
    region: str = "341323",
    industry: str = "3451",
    park: str | None = None,
    memberships: dict[str, int] | None = None,
) -> Entry:
    shares = None
    if memberships is not None:
        shares = tuple(ClusterShare(unit, weight) for unit, weight in memberships.items())
    return Entry(MAY, "entry", region, park, industry, above_scale=True, memberships=shares)


def weights(item: Entry) -> dict[str, int]:
    return dict(Attribution(PLAN, item, MAY).weights)


@pytest.mark.parametrize(
    ("item", "units"),
    [
        (entry("341323", "3451"), {BEARINGS, EQUIPMENT, LINGBI, CITY}),
        (entry("341302", "3484"), {PARTS, EQUIPMENT, YONGQIAO, CITY}),
        (entry("341302", "1411", "park"), {SNACKS, FOOD, PARK, CITY}),
        (entry("341302", "1411"), {FOOD, YONGQIAO, CITY}),  # in no cluster: the industry's rules
        (entry("341323", "3484"), {EQUIPMENT, LINGBI, CITY}),
        (entry("341323", "2611"), {CHEMISTRY, EQUIPMENT, LINGBI, CITY}),  # the first of two parents
        (entry("341323", "1411", memberships={CHEMISTRY: WHOLE}), {CHEMISTRY, FOOD, LINGBI, CITY}),
        (entry("341323", "9999"), {LINGBI, CITY}),
        (entry("341300", "9999"), {CITY}),
        (entry("341302", "3484", "park"), {EQUIPMENT, PARK, CITY}),  # the park wins
        (entry("310000", "3451"), set()),
        (entry("310000", "3451", memberships={BEARINGS: WHOLE}), {BEARINGS, EQUIPMENT}),
    ],
)
def test_place_and_industry_decide_where_a_report_counts(item: Entry, units: set[str]) -> None:
    assert weights(item) == dict.fromkeys(units, WHOLE)


@pytest.mark.parametrize(
    ("region", "park", "expected"),
    [
        ("341302", None, (YONGQIAO, CITY)),
        ("341302", "park", (PARK, CITY)),
        ("341323", "park", (PARK, CITY)),
        ("341302", "another park", (YONGQIAO, CITY)),
        ("341300", None, (CITY,)),
        ("320500", None, ()),
    ],
)
def test_a_park_wins_over_the_county_around_it(
    region: str, park: str | None, expected: tuple[str, ...]
) -> None:
    assert areas(PLAN, region, park) == expected


def test_listed_weights_win_over_the_rules_and_reach_each_parent_once() -> None:
    found = weights(entry("341323", "3451", memberships={PARTS: 3000, BEARINGS: 2000}))

    assert found == {PARTS: 3000, BEARINGS: 2000, EQUIPMENT: 5000, LINGBI: WHOLE, CITY: WHOLE}


def test_an_empty_list_takes_an_enterprise_out_of_all_clusters_and_industries() -> None:
    assert weights(entry(memberships={})) == {LINGBI: WHOLE, CITY: WHOLE}


def test_a_listed_industry_counts_as_listed() -> None:
    found = weights(entry(memberships={BEARINGS: 6000, EQUIPMENT: 9000}))

    assert found == {BEARINGS: 6000, EQUIPMENT: 9000, LINGBI: WHOLE, CITY: WHOLE}


def test_units_of_other_plans_are_left_to_them() -> None:
    assert weights(entry(memberships={"elsewhere": WHOLE})) == {LINGBI: WHOLE, CITY: WHOLE}


def test_county_park_and_city_get_the_whole_amount_whatever_the_clusters_get() -> None:
    found = Attribution(PLAN, entry(memberships={BEARINGS: 2500}), MAY).amounts(1001)

    assert found == {BEARINGS: 250, EQUIPMENT: 250, LINGBI: 1001, CITY: 1001}


def test_null_stays_null_in_every_unit() -> None:
    found = Attribution(PLAN, entry(), MAY)

    assert found.amounts(None) == dict.fromkeys(found.weights)


@pytest.mark.parametrize(
    ("value", "part"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (2, 1), (0, 0)]
)
def test_half_a_yuan_is_rounded_to_even(value: int, part: int) -> None:
    assert distribute(value, {BEARINGS: 5000}) == {BEARINGS: part}


def test_the_largest_share_takes_the_remainder() -> None:
    assert distribute(100, {"a": 3333, "b": 3334, "c": 3333}) == {"a": 33, "b": 34, "c": 33}
    assert distribute(10, {"a": 2500, "b": 2500, "c": 5000}) == {"a": 2, "b": 2, "c": 6}


def test_of_equal_shares_always_the_same_one_takes_the_remainder() -> None:
    assert distribute(3, {"a": 5000, "b": 5000}) == {"a": 2, "b": 1}
    assert distribute(3, {"b": 5000, "a": 5000}) == {"a": 2, "b": 1}


def test_weights_below_one_leave_the_rest_to_nobody() -> None:
    assert distribute(100, {"a": 3333, "b": 3333}) == {"a": 33, "b": 33}


def test_an_industry_that_is_not_from_clusters_takes_the_remainder_of_the_level() -> None:
    shares = {BEARINGS: 5000, FOOD: 5000, EQUIPMENT: 5000}
    found = Attribution(PLAN, entry(memberships=shares), MAY).amounts(3)

    assert found[EQUIPMENT] == found[BEARINGS] == 2
    assert found[FOOD] == 1


@st.composite
def whole_shares(draw: st.DrawFn) -> dict[str, int]:
    cuts = draw(st.lists(st.integers(1, WHOLE - 1), max_size=5, unique=True))
    bounds = [0, *sorted(cuts), WHOLE]
    return {f"u{i}": high - low for i, (low, high) in enumerate(itertools.pairwise(bounds))}


@given(AMOUNTS, whole_shares())
def test_parts_of_a_whole_sum_to_the_amount_exactly(value: int, shares: dict[str, int]) -> None:
    parts = distribute(value, shares)

    assert sum(parts.values()) == value
    for unit, weight in shares.items():
        assert abs(parts[unit] - Fraction(value * weight, WHOLE)) <= Fraction(len(shares), 2)


@given(AMOUNTS, st.integers(0, WHOLE), st.integers(0, WHOLE), st.integers(0, WHOLE))
def test_an_industry_is_exactly_the_sum_of_its_clusters(
    value: int, bearings: int, parts: int, snacks: int
) -> None:
    listed: dict[str, int] = {}
    for unit, wanted in ((BEARINGS, bearings), (PARTS, parts), (SNACKS, snacks)):
        listed[unit] = min(wanted, WHOLE - sum(listed.values()))
    amounts = Attribution(PLAN, entry(memberships=listed), MAY).amounts(value)
    found = {unit: amount or 0 for unit, amount in amounts.items()}

    assert found[EQUIPMENT] == found[BEARINGS] + found[PARTS]
    assert found[FOOD] == found[SNACKS]
    if sum(listed.values()) == WHOLE:
        assert found[EQUIPMENT] + found[FOOD] == value
    assert found[CITY] == found[LINGBI] == value


@given(st.lists(AMOUNTS, max_size=20), whole_shares())
def test_sums_over_units_are_the_sum_of_the_reports(
    values: list[int], shares: dict[str, int]
) -> None:
    parts = [distribute(value, shares) for value in values]
    totals = reduce(lambda total, part: {u: total[u] + part[u] for u in total}, parts,
                    dict.fromkeys(shares, 0))  # fmt: skip

    assert sum(totals.values()) == sum(values)


def test_an_enterprise_is_attributed_in_every_plan_that_is_followed() -> None:
    attributor = Attributor([PLAN, replace(PLAN, id="another")])

    found = attributor.of(entry(), MAY)

    assert [attribution.weights for attribution in found] == [weights(entry())] * 2
    assert attributor.of(entry(), MAY) is found


def test_the_version_of_a_plan_that_decides_in_a_month_attributes_its_reports() -> None:
    units = tuple(
        replace(unit, membership=()) if unit.id == BEARINGS else unit for unit in PLAN.units
    )
    later = replace(PLAN, version="2", effective_from=Month(2026, 6), units=units)
    attributor = Attributor([later, PLAN])

    def found(month: Month) -> bool:
        return any(BEARINGS in item.weights for item in attributor.of(entry(), month))

    assert [found(Month(2026, month)) for month in (4, 5, 6, 7)] == [True, True, False, False]
