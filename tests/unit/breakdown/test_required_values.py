"""What targets require of each year and month."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from clusterwatch.breakdown import KnownBase, KnownFigures, TargetBreakdown, break_down
from clusterwatch.breakdown.known import Share, share_of_history
from shared.plans import Catalogue, PathKind, Plan, load_catalogue
from shared.plans.targets import Base, Comparator, Target

BEARINGS = "szah-lb-bearings-output"
NOTHING = KnownFigures()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def suzhou(catalogue: Catalogue) -> Plan:
    return catalogue.plan("suzhou-2027")


def of(plan: Plan, indicator: str, known: KnownFigures = NOTHING) -> TargetBreakdown:
    return next(t for t in break_down(plan, known) if t.indicator.id == indicator)


def with_base(indicator: str, value: int, **shares: str) -> KnownFigures:
    by_month = {("", int(k[1:])): Share(Fraction(v), "share.csv") for k, v in shares.items()}
    return KnownFigures({indicator: KnownBase(value, "bases.csv")}, by_month)


def required(target: TargetBreakdown) -> dict[int, int | None]:
    return {year.year: year.required for year in target.years}


def test_bearings_need_39_579_then_62_912_then_100(suzhou: Plan) -> None:
    target = of(suzhou, BEARINGS, with_base(BEARINGS, 2_490_000_000))

    yi = {year: round((value or 0) / 1e8, 3) for year, value in required(target).items()}
    assert yi == {2025: 39.579, 2026: 62.912, 2027: 100.0}
    assert target.growth == pytest.approx(0.58952, abs=5e-6)


def test_a_straight_line_needs_49_933_then_74_967_then_100(suzhou: Plan) -> None:
    lined = replace(suzhou, indicators=(replace(suzhou.indicator(BEARINGS), path=PathKind.LINEAR),))

    target = of(lined, BEARINGS, with_base(BEARINGS, 2_490_000_000))

    yi = [round((value or 0) / 1e8, 3) for value in required(target).values()]
    assert yi == [49.933, 74.967, 100.0]


def test_stations_are_met_in_their_years(suzhou: Plan) -> None:
    stations = (
        Target(2025, Decimal(40), Comparator.AT_LEAST, "亿元"),
        Target(2027, Decimal(100), Comparator.ABOVE, "亿元"),
    )
    indicator = suzhou.indicator(BEARINGS)
    plan = replace(
        suzhou, indicators=(replace(indicator, targets=stations, path=PathKind.MILESTONES),)
    )

    rows = break_down(plan, with_base(BEARINGS, 2_490_000_000))

    assert len(rows) == 1
    assert required(rows[0]) == {2025: 4_000_000_000, 2026: 7_000_000_000, 2027: 10_000_000_000}


def test_every_indicator_of_all_plans_has_a_row_and_every_blank_its_reason(
    catalogue: Catalogue,
) -> None:
    for plan in catalogue.plans:
        rows = break_down(plan, NOTHING)
        assert {row.indicator.id for row in rows} == {i.id for i in plan.indicators}
        assert len(rows) == sum(max(1, len(i.targets)) for i in plan.indicators)
        for row in rows:
            for year in row.years:
                assert year.required is not None or year.reasons
                assert None not in year.months or year.reasons


def test_a_base_that_is_not_supplied_leaves_blanks_and_says_so(suzhou: Plan) -> None:
    target = of(suzhou, BEARINGS)

    assert set(required(target).values()) == {None}
    assert target.reasons == ("缺少基数（取2024年统计数据）",)


def test_a_redacted_target_stays_blank_even_with_a_base(suzhou: Plan) -> None:
    known = with_base("szah-green-food-output", 20_000_000_000, m2="0.1")

    target = of(suzhou, "szah-green-food-output", known)

    assert set(required(target).values()) == {None}
    assert all(set(year.months) == {None} for year in target.years)
    assert target.reasons == ("目标未公布",)


def test_months_follow_the_share_and_never_the_calendar(suzhou: Plan) -> None:
    target = of(suzhou, BEARINGS, with_base(BEARINGS, 2_490_000_000, m2="0.13", m6="0.475"))

    last = target.years[-1].months
    assert last[0] == 1_300_000_000
    assert last[4] == 4_750_000_000
    assert last[10] == 10_000_000_000
    assert [last[i] for i in (1, 2, 3, 5, 6, 7, 8, 9)] == [None] * 8
    assert any("缺少历史累计占比" in reason for reason in target.years[-1].reasons)


def test_what_stands_has_levels_at_the_end_of_each_month(catalogue: Catalogue) -> None:
    target = of(catalogue.plan("zibo-htz-2025"), "zibo-htz-national-hitech-zone-rank")

    assert required(target) == {2021: 40, 2022: 38, 2023: 35, 2024: 33, 2025: 30}
    assert target.years[0].months[0] == 43
    assert target.years[0].months[-1] == 40


def test_a_yearly_growth_is_due_in_full_every_year(suzhou: Plan) -> None:
    target = of(suzhou, "suzhou-ah-yongqiao-sz-zj-sh-funds-growth")

    assert required(target) == {2025: 150_000, 2026: 150_000, 2027: 150_000}


def test_an_increment_is_counted_from_zero(catalogue: Catalogue) -> None:
    target = of(catalogue.plan("anshan-htz-2025"), "anshan-htz-new-key-schools")

    assert target.base is not None
    assert target.base.value == 0
    assert target.base_source == "自基年末起累计，从零计"
    assert required(target)[2025] == 4


def test_a_target_looser_than_its_base_is_required_as_it_is(catalogue: Catalogue) -> None:
    target = of(catalogue.plan("zibo-htz-2025"), "zibo-htz-registered-unemployment-rate")

    assert set(required(target).values()) == {45_000}


def test_a_zero_base_is_followed_on_a_straight_line(suzhou: Plan) -> None:
    indicator = replace(suzhou.indicator(BEARINGS), base=Base(2024, Decimal(0), "亿元"))
    target = of(replace(suzhou, indicators=(indicator,)), BEARINGS)

    assert [round((value or 0) / 1e8, 3) for value in required(target).values()] == [
        33.333,
        66.667,
        100.0,
    ]
    assert target.reasons == ("基数为零，改按等量增长",)


def test_years_outside_the_term_are_blank(suzhou: Plan) -> None:
    rows = break_down(suzhou, with_base(BEARINGS, 2_490_000_000), (2023, 2027, 2030))
    target = next(row for row in rows if row.indicator.id == BEARINGS)

    assert required(target) == {2023: None, 2027: 10_000_000_000, 2030: None}


def test_the_share_is_the_mean_of_three_closed_years_and_else_the_parents() -> None:
    own = {(2022, 12): 100, (2023, 2): 10, (2023, 12): 100, (2024, 2): 14, (2024, 12): 100}
    parent = {(2024, 2): 30, (2024, 12): 200}

    mean = share_of_history(2026, 2, own, parent)
    assert mean is not None
    assert mean.value == Fraction(12, 100)
    assert mean.source == "本单元前2年累计占比均值"
    fallback = share_of_history(2026, 2, {}, parent)
    assert fallback is not None
    assert fallback.value == Fraction(15, 100)
    assert fallback.source == "上级单元前1年累计占比均值"
    assert share_of_history(2026, 2, {}, {}) is None
    assert share_of_history(2024, 2, {(2024, 2): 14, (2024, 12): 100}, {}) is None
