"""Scores and ranks: what the rules promise, for any figures."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.alerts.domain.papers.ranking import Entry, Ranked, Raw, half_up, ranking, score_of
from services.alerts.domain.papers.ranking_rules import (
    Criterion,
    Goalposts,
    RankingRules,
    frozen_rules,
    rules_from,
)

RULES = RankingRules()
CRITERIA = tuple(RULES.criteria)
VALUES = st.integers(-2000, 2000).map(lambda number: Fraction(number, 1000))
RAWS = st.one_of(VALUES.map(Raw), st.just(Raw(None, "no_status")))
FIELDS = st.tuples(*[RAWS] * len(CRITERIA)).map(
    lambda found: dict(zip(CRITERIA, found, strict=True))
)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    raws = draw(st.lists(FIELDS, min_size=1, max_size=5))
    return [Entry(f"unit-{number}", f"县{number}", found) for number, found in enumerate(raws)]


def place_of(found: tuple[Ranked, ...], unit: str) -> Ranked:
    return next(one for one in found if one.unit == unit)


def entry(unit: str, **values: str) -> Entry:
    raws = {name: Raw(Fraction(Decimal(values.get(str(name), "0")))) for name in CRITERIA}
    return Entry(unit, unit, raws)


@given(entries())
def test_contributions_shown_add_up_to_the_total_shown(found: list[Entry]) -> None:
    for one in ranking(found, RULES):
        points = [part.contribution for part in one.parts if part.contribution is not None]
        assert sum(points, Decimal(0)) == (one.total or Decimal(0))
        assert (one.total is None) == (not points)


@given(entries())
def test_no_contribution_is_further_than_a_cent_from_its_exact_value(found: list[Entry]) -> None:
    for one in ranking(found, RULES):
        for part in one.parts:
            if part.contribution is None or part.effective_weight is None:
                continue
            assert part.raw.value is not None
            exact = part.effective_weight * score_of(part.raw.value, RULES.criteria[part.criterion])
            assert abs(Fraction(part.contribution) - exact) < Fraction(1, 100)


@given(entries(), st.randoms(use_true_random=False))
def test_the_order_in_which_regions_come_decides_nothing(
    found: list[Entry], chance: Random
) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert ranking(shuffled, RULES) == ranking(found, RULES)


@given(entries())
def test_who_shows_the_same_total_has_the_same_rank_and_the_next_is_left_out(
    found: list[Entry],
) -> None:
    ranked = [one for one in ranking(found, RULES) if one.rank is not None]
    for one in ranked:
        better = [other for other in ranked if (other.total or 0) > (one.total or 0)]
        assert one.rank == len(better) + 1


@given(entries(), st.sampled_from(CRITERIA), VALUES, VALUES.map(abs))
def test_a_better_raw_value_never_lowers_the_rank(
    found: list[Entry], criterion: Criterion, value: Fraction, more: Fraction
) -> None:
    first = replace(found[0], raws={**found[0].raws, criterion: Raw(value)})
    found = [first, *found[1:]]
    better = replace(first, raws={**first.raws, criterion: Raw(value + more)})
    before = place_of(ranking(found, RULES), first.unit)
    after = place_of(ranking([better, *found[1:]], RULES), first.unit)
    assert (before.rank is None) == (after.rank is None)
    if before.rank is not None and after.rank is not None:
        assert after.rank <= before.rank
        assert (after.total or 0) >= (before.total or 0)


@given(entries(), FIELDS)
def test_no_third_region_changes_a_score_or_turns_the_order_of_two(
    found: list[Entry], third: dict[Criterion, Raw]
) -> None:
    alone = [(one.unit, one.total) for one in ranking(found, RULES)]
    with_third = ranking([*found, Entry("third", "第三", third)], RULES)
    assert [(one.unit, one.total) for one in with_third if one.unit != "third"] == alone


@given(
    VALUES,
    VALUES,
    VALUES,
    st.integers(1, 5000).map(lambda number: Fraction(number, 50)),
    VALUES,
)
def test_the_unit_a_raw_value_is_measured_in_changes_no_score(
    value: Fraction, zero: Fraction, full: Fraction, factor: Fraction, shift: Fraction
) -> None:
    """Goalposts measured in the same unit move along."""
    assume(zero != full)

    def posts(lower: Fraction, upper: Fraction) -> Goalposts:
        return Goalposts(Decimal(1), lower, upper)  # type: ignore[arg-type]

    moved = posts(zero * factor + shift, full * factor + shift)
    assert score_of(value * factor + shift, moved) == score_of(value, posts(zero, full))


@given(entries(), st.sampled_from(CRITERIA))
def test_what_cannot_be_assessed_is_never_taken_for_zero(
    found: list[Entry], criterion: Criterion
) -> None:
    """Without the figure the total is that of the other criteria, in their proportion."""
    unknown = [
        replace(one, raws={**one.raws, criterion: Raw(None, "growth_unknown")}) for one in found
    ]
    others = {name: posts for name, posts in RULES.criteria.items() if name != criterion}
    scale = sum(posts.weight for posts in others.values())
    for one in ranking(unknown, RULES):
        part = next(part for part in one.parts if part.criterion is criterion)
        assert part.score is None
        assert part.contribution is None
        assert one.assessable <= scale
        if one.total is not None:
            known = {p.criterion: p.raw.value for p in one.parts if p.raw.value is not None}
            weight = sum((RULES.criteria[name].weight for name in known), Decimal(0))
            points = sum(
                Fraction(RULES.criteria[name].weight) * score_of(value, RULES.criteria[name])
                for name, value in known.items()
            )
            assert one.total == half_up(points / Fraction(weight))


def test_under_half_of_the_weight_there_is_no_rank_and_exactly_half_is_enough() -> None:
    known = {Criterion.LEVEL: Raw(Fraction(1)), Criterion.GROWTH: Raw(Fraction(1))}
    half = Entry("half", "半", known)
    less = Entry(
        "less", "少", {Criterion.LEVEL: Raw(Fraction(1)), Criterion.FUNDS: Raw(Fraction(1))}
    )
    found = ranking([less, half], RULES)
    assert [(one.unit, one.rank, one.total) for one in found] == [
        ("half", 1, Decimal("100.00")),
        ("less", None, None),
    ]
    assert found[1].assessable == Decimal("0.45")


def test_the_worked_example_of_the_documentation() -> None:
    """Level 92 %, growth 8 %, a fifth of the gap closed, funds 12 of 15 %, data 98 %."""
    raws = {
        Criterion.LEVEL: Raw(Fraction("0.92")),
        Criterion.GROWTH: Raw(Fraction("0.08")),
        Criterion.GAP_CLOSED: Raw(Fraction("0.20")),
        Criterion.FUNDS: Raw(Fraction("0.80")),
        Criterion.PROJECTS: Raw(None, "no_projects"),
        Criterion.DATA_DISCIPLINE: Raw(Fraction("0.98")),
    }
    (found,) = ranking([Entry("a", "甲县", raws)], RULES)
    assert {part.criterion: (part.score, part.contribution) for part in found.parts} == {
        Criterion.LEVEL: (Decimal("80.00"), Decimal("26.67")),
        Criterion.GROWTH: (Decimal("65.00"), Decimal("14.44")),
        Criterion.GAP_CLOSED: (Decimal("70.00"), Decimal("11.67")),
        Criterion.FUNDS: (Decimal("80.00"), Decimal("13.33")),
        Criterion.PROJECTS: (None, None),
        Criterion.DATA_DISCIPLINE: (Decimal("90.00"), Decimal("10.00")),
    }
    assert found.total == Decimal("76.11")
    assert found.assessable == Decimal("0.90")


@pytest.mark.parametrize(("value", "points"), [("0.0", 100), ("0.2", 0), ("0.3", 0), ("0.05", 75)])
def test_goalposts_may_say_that_less_is_better(value: str, points: int) -> None:
    posts = Goalposts(Decimal(1), zero=Decimal("0.2"), full=Decimal(0))
    assert score_of(Fraction(value), posts) == points


def test_two_regions_of_one_total_share_their_rank() -> None:
    same = [entry(unit, level="0.8", growth="0.05") for unit in ("b", "a")]
    best, worst = entry("c", level="1", growth="0.15"), entry("d", level="0.6")
    found = ranking([worst, *same, best], RULES)
    assert [(one.unit, one.rank) for one in found] == [("c", 1), ("a", 2), ("b", 2), ("d", 4)]


def test_rules_that_were_frozen_are_the_same_rules_in_the_same_order() -> None:
    again = rules_from(json.loads(json.dumps(frozen_rules(RULES))))
    assert again == RULES
    assert list(again.criteria) == list(RULES.criteria)
