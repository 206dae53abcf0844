"""Secondary suppression in one table: whatever is hidden cannot be computed from the rest."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.confidentiality import ConfidentialityLimits, Hierarchy
from shared.confidentiality.cells import Cell
from shared.confidentiality.hierarchy import Relation
from shared.confidentiality.loops import protected
from shared.events.period import Month
from shared.plans import UnitKind
from tests.unit.confidentiality.table_attacker import TableAttacker

LIMITS = ConfidentialityLimits()
MAY = Month(2026, 5)
TOLD = 0.10


def cell(unit: str, amount: int, contributors: int = 9, *, sensitive: bool = False) -> Cell:
    return Cell(unit, "gross_output", MAY, (amount, amount, None, None), contributors, sensitive)


def clusters_first(unit: str) -> float:
    return 1.0 if " " in unit and not unit.startswith(("county", "industry")) else 4.0


def hidden_in(
    cells: Mapping[str, Cell], *relations: Relation, also: frozenset[str] = frozenset()
) -> frozenset[str]:
    primary = frozenset(unit for unit, each in cells.items() if each.sensitive)
    return protected(cells, Hierarchy(relations, {}), primary, also, LIMITS, clusters_first)


def table(*cells: Cell) -> dict[str, Cell]:
    return {each.unit: each for each in cells}


COUNTIES = Relation("city", ("north", "south", "west"))


def test_nothing_is_hidden_where_nothing_is_sensitive() -> None:
    cells = table(cell("city", 100), cell("north", 30), cell("south", 70))
    assert hidden_in(cells, COUNTIES) == frozenset()


def test_a_hidden_county_needs_a_second_one_where_the_city_is_their_sum() -> None:
    cells = table(
        cell("city", 100, 20),
        cell("north", 10, 2, sensitive=True),
        cell("south", 40),
        cell("west", 50),
    )
    assert len(hidden_in(cells, COUNTIES)) == 2


def test_a_rest_that_nobody_publishes_is_enough_protection() -> None:
    cells = table(
        cell("city", 100, 25),
        cell("north", 10, 2, sensitive=True),
        cell("south", 40, 9),
        cell("west", 30, 9),
    )
    assert hidden_in(cells, COUNTIES) == {"north"}


def test_a_rest_of_less_than_a_tenth_is_none() -> None:
    cells = table(
        cell("city", 1_000, 30),
        cell("north", 500, 2, sensitive=True),
        cell("south", 300, 9),
        cell("west", 190, 9),
    )
    assert len(hidden_in(cells, COUNTIES)) == 2


def test_the_rest_itself_is_hidden_where_it_is_of_one_enterprise() -> None:
    cells = table(cell("city", 100, 19), cell("north", 40), cell("south", 50))
    assert len(hidden_in(cells, COUNTIES)) == 1


def test_two_enterprises_behind_all_hidden_cells_would_know_each_other() -> None:
    cells = table(
        cell("city", 100, 20),
        cell("north", 10, 1, sensitive=True),
        cell("south", 12, 1, sensitive=True),
        cell("west", 78, 18),
    )
    assert hidden_in(cells, COUNTIES) >= {"north", "south"}
    assert len(hidden_in(cells, COUNTIES)) == 3


def test_a_cluster_of_two_sums_needs_a_loop_through_both() -> None:
    relations = (
        Relation("east", ("food east", "steel east")),
        Relation("west", ("food west", "steel west")),
        Relation("food", ("food east", "food west")),
        Relation("steel", ("steel east", "steel west")),
        Relation("city", ("east", "west")),
        Relation("city", ("food", "steel")),
    )
    cells = table(
        cell("food east", 10, 2, sensitive=True),
        cell("steel east", 20),
        cell("food west", 30),
        cell("steel west", 40),
        cell("east", 30, 11),
        cell("west", 70, 18),
        cell("food", 40, 11),
        cell("steel", 60, 18),
        cell("city", 100, 29),
    )
    found = hidden_in(cells, *relations)
    assert found == {"food east", "steel east", "food west", "steel west"}


def test_the_same_unit_in_two_plans_is_the_same_secret() -> None:
    cells = table(cell("zone", 50, 2, sensitive=True), cell("zone of the other plan", 50, 2))
    assert len(hidden_in(cells, Relation("zone", ("zone of the other plan",)))) == 2


def test_a_cell_that_can_rise_along_one_loop_and_fall_along_another_needs_both() -> None:
    """A great cluster beside small ones: in the industry they cannot make room for it to rise."""
    cells = table(
        cell("east cluster", 100, 1, sensitive=True),
        cell("north cluster", 1, 1, sensitive=True),
        cell("west cluster", 1, 1, sensitive=True),
        cell("county east", 201, 5),
        cell("county north", 1, 1, sensitive=True),
        cell("county west", 1, 1, sensitive=True),
        cell("industry one", 102, 3),
        cell("industry two", 1, 3),
        cell("city", 203, 7),
    )
    hierarchy = Hierarchy(
        (
            Relation("county east", ("east cluster",)),
            Relation("county north", ("north cluster",)),
            Relation("county west", ("west cluster",)),
            Relation("industry one", ("east cluster", "north cluster", "west cluster")),
            Relation("city", ("county east", "county north", "county west")),
            Relation("city", ("industry one", "industry two")),
        ),
        {},
    )
    hidden = hidden_in(cells, *hierarchy.relations)
    bounds = TableAttacker(cells, hierarchy, hidden).bounds("east cluster")
    assert bounds.low <= 90 + 1e-6
    assert bounds.high >= 110 - 1e-6


@st.composite
def cities(draw: st.DrawFn) -> tuple[dict[str, Cell], Hierarchy]:
    """Counties and industries over clusters, with rests here and there."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    amounts = st.one_of(st.integers(1, 30), st.integers(100, 10_000))
    counts = st.integers(1, 9)
    cells: dict[str, Cell] = {}

    def add(unit: str, amount: int, contributors: int) -> None:
        sensitive = amount > 0 and contributors < LIMITS.min_contributors
        cells[unit] = cell(unit, amount, contributors, sensitive=sensitive)

    inner = {
        (row, column): (draw(amounts), draw(counts))
        for row in range(rows)
        for column in range(columns)
        if draw(st.booleans()) or draw(st.booleans())
    }
    # Enterprises outside clusters, in a county and perhaps in an industry.
    outside = {
        (row, column): (draw(amounts), draw(counts)) if draw(st.integers(0, 3)) == 0 else (0, 0)
        for row in range(rows)
        for column in range(columns + 1)
    }
    for (row, column), (amount, count) in inner.items():
        add(f"cluster {row}{column}", amount, count)
    everything = {
        **{("c", *k): v for k, v in inner.items()},
        **{("o", *k): v for k, v in outside.items()},
    }

    def total(chosen: object) -> tuple[int, int]:
        parts = [v for k, v in everything.items() if chosen(k)]  # type: ignore[operator]
        return sum(a for a, _ in parts), sum(n for _, n in parts)

    for row in range(rows):
        add(f"county {row}", *total(lambda k, row=row: k[1] == row))
    for column in range(columns):
        add(f"industry {column}", *total(lambda k, column=column: k[2] == column))
    add("city", *total(lambda _: True))
    kinds = {
        unit: UnitKind.CLUSTER if unit.startswith("cluster") else UnitKind.REGION for unit in cells
    }
    relations = (
        *(
            Relation(f"county {row}", tuple(f"cluster {row}{c}" for c in range(columns)))
            for row in range(rows)
        ),
        *(
            Relation(f"industry {c}", tuple(f"cluster {row}{c}" for row in range(rows)))
            for c in range(columns)
        ),
        Relation("city", tuple(f"county {row}" for row in range(rows))),
        Relation("city", tuple(f"industry {c}" for c in range(columns))),
    )
    return cells, Hierarchy(relations, kinds)


@settings(deadline=None, max_examples=100)
@given(cities())
def test_no_hidden_cell_can_be_told_to_within_a_tenth(
    city: tuple[dict[str, Cell], Hierarchy],
) -> None:
    cells, hierarchy = city
    primary = frozenset(unit for unit, each in cells.items() if each.sensitive)
    hidden = protected(cells, hierarchy, primary, (), LIMITS, clusters_first)
    assert primary <= hidden
    if hidden == cells.keys():
        return
    attacker = TableAttacker(cells, hierarchy, hidden)
    for unit in hidden:
        amount = cells[unit].amounts[0] or 0
        bounds = attacker.bounds(unit)
        if unit in primary:
            assert bounds.low <= (1 - TOLD) * amount + 1e-6
            assert bounds.high >= (1 + TOLD) * amount - 1e-6
        assert bounds.high - bounds.low >= 2 * TOLD * amount - 1e-6


@settings(deadline=None)
@given(cities(), st.randoms(use_true_random=False))
def test_the_decision_does_not_depend_on_the_order_of_the_cells(
    city: tuple[dict[str, Cell], Hierarchy], random: object
) -> None:
    cells, hierarchy = city
    primary = frozenset(unit for unit, each in cells.items() if each.sensitive)
    items = list(cells.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    one = protected(cells, hierarchy, primary, (), LIMITS, clusters_first)
    other = protected(dict(items), hierarchy, primary, (), LIMITS, clusters_first)
    assert one == other


def test_hiding_one_alone_is_what_the_attacker_waits_for() -> None:
    cells = table(
        cell("city", 100, 20),
        cell("north", 10, 2, sensitive=True),
        cell("south", 40),
        cell("west", 50),
    )
    bounds = TableAttacker(cells, Hierarchy((COUNTIES,), {}), {"north"}).bounds("north")
    assert bounds.high == pytest.approx(10)
