"""Every kind of target, and the traps of the plan documents."""

from decimal import Decimal

import pytest

from services.metrics.domain.assessment import Judgement, Latest, Why
from services.metrics.domain.paths import Point
from services.metrics.domain.target_kinds import (
    RULES,
    Figure,
    assessment_of,
    growth_of,
    multiple_of,
    rule_of,
    since_base,
)
from services.metrics.domain.verdicts import judge
from shared.events.status import Colour, Verdict
from shared.plans.model import PlanIndicator
from shared.plans.targets import Comparator, PathKind, Target, TargetKind

YI = 100_000_000
PERCENT = 10_000


def indicator(
    kind: TargetKind,
    target: str | None,
    *,
    year: int | None = 2025,
    measure: str = "家",
    path: PathKind = PathKind.LINEAR,
    comparator: Comparator = Comparator.EQUAL,
    direction: int = 1,
    multiple: str | None = None,
) -> PlanIndicator:
    value = None if target is None else Decimal(target)
    return PlanIndicator(
        id="example",
        unit="zone",
        indicator="example",
        name="例",
        measure=measure,
        kind=kind,
        targets=(Target(year, value, comparator, measure),),
        path=path,
        direction=direction,
        multiple=None if multiple is None else Decimal(multiple),
    )


def judged(
    plan: PlanIndicator, base: int | None, level: int | None, at: tuple[int, int] = (2022, 12)
) -> Judgement:
    return judge(assessment_of(plan, 2020, base, Latest(level, *at)))


def test_every_kind_has_a_rule() -> None:
    assert set(RULES) == set(TargetKind)


def test_an_annual_flow_follows_its_growth_path_with_the_rolling_year() -> None:
    plan = indicator(TargetKind.ANNUAL_FLOW, "147", measure="亿元", path=PathKind.CAGR)
    level = round(95.3 * (147 / 95.3) ** 0.4 * YI) + 1
    judgement = judged(plan, 9_530_000_000, level)
    assert judgement.verdict is Verdict.ON_TRACK
    assert judgement.ratio == pytest.approx(1, abs=1e-6)
    assert RULES[plan.kind].figure is Figure.ROLLING_YEAR
    assert RULES[plan.kind].paced


def test_a_stock_is_what_stands_there_and_has_no_year_to_date() -> None:
    plan = indicator(TargetKind.STOCK, "160", path=PathKind.CAGR)
    assert judged(plan, 111, 160).verdict is Verdict.ACHIEVED
    assert judged(plan, 111, 112).verdict is Verdict.FAR_BEHIND
    assert RULES[plan.kind].figure is Figure.STAND
    assert not RULES[plan.kind].paced


def test_a_share_moves_in_a_straight_line() -> None:
    plan = indicator(TargetKind.SHARE, "65", measure="%")
    judgement = judged(plan, 60 * PERCENT, 612_000)
    assert judgement.required == 62 * PERCENT
    assert judgement.ratio == pytest.approx(0.6)
    assert judgement.verdict is Verdict.BEHIND


def test_a_rate_that_shall_fall_is_judged_downwards() -> None:
    plan = indicator(TargetKind.RATE, "3", measure="%", comparator=Comparator.AT_MOST, direction=-1)
    assert judged(plan, 5 * PERCENT, 42_000).ratio == pytest.approx(1.0)
    assert judged(plan, 5 * PERCENT, 52_000).verdict is Verdict.MOVING_AWAY


def test_a_figure_per_inhabitant_grows_like_a_level() -> None:
    plan = indicator(TargetKind.PER_CAPITA, "14", measure="件/万人", path=PathKind.CAGR)
    assert judged(plan, 6_000_000, 9_800_000).verdict is Verdict.ON_TRACK
    assert judged(plan, 6_000_000, None).verdict is Verdict.INCOMPLETE


def test_an_increment_is_counted_from_zero_and_never_compared_with_one_year() -> None:
    plan = indicator(TargetKind.INCREMENT, "600", measure="亿元")
    years = {2021: 120 * YI, 2022: 120 * YI}
    cumulative = since_base(years, 2020, 2022)
    assert cumulative == 240 * YI
    judgement = judged(plan, 200 * YI, cumulative)
    assert (judgement.verdict, judgement.ratio) == (Verdict.ON_TRACK, 1.0)
    assert judged(plan, 200 * YI, years[2022]).verdict is Verdict.FAR_BEHIND


def test_an_increment_with_a_missing_year_is_not_known() -> None:
    assert since_base({2021: 5}, 2020, 2022) is None
    assert since_base({2021: 5, 2022: None}, 2020, 2022) is None


def test_a_yearly_count_is_due_in_full_every_year_without_a_base() -> None:
    plan = indicator(TargetKind.YEARLY_COUNT, "100", year=None, path=PathKind.YEARLY)
    assert judged(plan, None, 100).verdict is Verdict.ACHIEVED
    judgement = judged(plan, None, 80)
    assert (judgement.verdict, judgement.ratio, judgement.required_year) == (
        Verdict.BEHIND,
        0.8,
        100,
    )
    assert judged(plan, 500, 30).verdict is Verdict.FAR_BEHIND


def test_doubling_is_measured_on_the_base() -> None:
    plan = indicator(TargetKind.MULTIPLE, None, path=PathKind.CAGR, multiple="2")
    judgement = judged(plan, 252, 333)
    assert judgement.required_year == round(252 * 2**0.4)
    assert judgement.verdict is Verdict.ON_TRACK
    assert judged(plan, 252, 504).verdict is Verdict.ACHIEVED
    assert judged(plan, None, 504).verdict is Verdict.NO_BASE
    assert multiple_of(Point(2020, 252), Decimal("1.5")) == 378


def test_a_multiple_that_is_reported_in_times_began_as_one() -> None:
    plan = indicator(
        TargetKind.MULTIPLE, None, measure="倍", path=PathKind.CAGR, multiple="2", year=2025
    )
    assert rule_of(plan).figure is Figure.STAND
    assert judged(plan, None, 1_320_000).verdict is Verdict.ON_TRACK
    assert judged(plan, None, 1_319_000).required_year == round(1_000_000 * 2**0.4)
    assert judged(plan, None, 2_000_000).verdict is Verdict.ACHIEVED


def test_in_a_ranking_the_lower_place_is_better() -> None:
    plan = indicator(
        TargetKind.RANK, "30", measure="位", comparator=Comparator.AT_MOST, direction=-1
    )
    assert judged(plan, 43, 30).verdict is Verdict.ACHIEVED
    assert judged(plan, 43, 38).verdict is Verdict.ON_TRACK
    assert judged(plan, 43, 45).verdict is Verdict.MOVING_AWAY


def test_coverage_of_an_empty_population_is_not_known() -> None:
    plan = indicator(TargetKind.COVERAGE, "100", measure="%")
    assert judged(plan, 50 * PERCENT, None).verdict is Verdict.INCOMPLETE
    assert judged(plan, 50 * PERCENT, 70 * PERCENT).verdict is Verdict.ON_TRACK


def test_coverage_without_a_year_cannot_be_late() -> None:
    plan = indicator(TargetKind.COVERAGE, "100", measure="%", year=None)
    judgement = judged(plan, 50 * PERCENT, 70 * PERCENT)
    assert judgement.verdict is Verdict.NOT_ASSESSABLE
    assert judgement.reasons[0] == Why.NO_TARGET_YEAR
    assert judged(plan, 50 * PERCENT, 100 * PERCENT).verdict is Verdict.ACHIEVED


def test_a_grain_floor_equal_to_its_base_divides_by_nothing() -> None:
    plan = indicator(
        TargetKind.FLOOR,
        "0.64",
        measure="倍",
        comparator=Comparator.AT_LEAST,
        path=PathKind.CONSTANT,
    )
    assert judged(plan, 640_000, 640_000).verdict is Verdict.ACHIEVED
    broken = judged(plan, 640_000, 630_000)
    assert (broken.verdict, broken.colour) == (Verdict.MOVING_AWAY, Colour.RED)
    assert broken.required == 640_000


def test_a_floor_that_is_kept_needs_no_base() -> None:
    plan = indicator(TargetKind.FLOOR, "40", comparator=Comparator.AT_LEAST, path=PathKind.CONSTANT)
    assert judged(plan, None, 41).verdict is Verdict.ACHIEVED
    assert judged(plan, None, 39).verdict is Verdict.NO_BASE


def test_an_unemployment_ceiling_looser_than_its_base_makes_no_progress_of_a_rise() -> None:
    plan = indicator(
        TargetKind.CEILING,
        "4.5",
        measure="%",
        comparator=Comparator.AT_MOST,
        path=PathKind.CONSTANT,
        direction=-1,
    )
    within = judged(plan, 18_700, 30_000)
    assert within.verdict is Verdict.ACHIEVED
    assert within.required == 45_000
    assert Why.TARGET_NOT_BEYOND_BASE in within.reasons
    assert judged(plan, 18_700, 46_000).verdict is Verdict.MOVING_AWAY


@pytest.mark.parametrize("path", [PathKind.LINEAR, PathKind.CAGR])
def test_drifting_to_a_looser_target_is_not_progress_on_any_path(path: PathKind) -> None:
    plan = indicator(
        TargetKind.RATE,
        "4.5",
        measure="%",
        comparator=Comparator.AT_MOST,
        path=path,
        direction=-1,
    )
    assert judged(plan, 18_700, 46_000).verdict is Verdict.MOVING_AWAY
    assert judged(plan, 18_700, 30_000).verdict is Verdict.ACHIEVED


def test_growth_a_year_is_held_against_the_growth_of_the_year() -> None:
    plan = indicator(
        TargetKind.GROWTH,
        "15",
        measure="%",
        year=None,
        comparator=Comparator.GROWTH,
        path=PathKind.YEARLY,
    )
    assert judged(plan, None, growth_of(115, 100)).verdict is Verdict.ACHIEVED
    nine_tenths = judged(plan, None, growth_of(1135, 1000))
    assert nine_tenths.ratio == pytest.approx(0.9)
    assert nine_tenths.verdict is Verdict.BEHIND
    assert judged(plan, None, growth_of(99, 100)).verdict is Verdict.MOVING_AWAY


def test_growth_after_a_year_of_nothing_is_not_known() -> None:
    assert growth_of(5, 0) is None
    assert growth_of(5, -3) is None


def test_a_level_of_570_and_growth_of_15_per_cent_are_two_different_targets() -> None:
    by_growth = 285 * YI * Decimal("1.15") ** 5
    plan = indicator(
        TargetKind.ANNUAL_FLOW,
        "570",
        measure="亿元",
        path=PathKind.CAGR,
        comparator=Comparator.AT_LEAST,
    )
    assert judged(plan, 285 * YI, 571 * YI, (2025, 12)).verdict is Verdict.ACHIEVED
    assert by_growth > 571 * YI


def test_exactly_one_hundred_does_not_meet_a_target_beyond_one_hundred() -> None:
    beyond = indicator(TargetKind.ANNUAL_FLOW, "100", measure="亿元", comparator=Comparator.ABOVE)
    reached = indicator(
        TargetKind.ANNUAL_FLOW, "100", measure="亿元", comparator=Comparator.AT_LEAST
    )
    assert judged(beyond, 25 * YI, 100 * YI).verdict is Verdict.ON_TRACK
    assert judged(beyond, 25 * YI, 100 * YI + 1).verdict is Verdict.ACHIEVED
    assert judged(reached, 25 * YI, 100 * YI).verdict is Verdict.ACHIEVED


def test_a_zero_base_grows_in_a_straight_line() -> None:
    plan = indicator(TargetKind.STOCK, "20", path=PathKind.CAGR)
    judgement = judged(plan, 0, 8)
    assert (judgement.verdict, judgement.path) == (Verdict.ON_TRACK, PathKind.LINEAR)
    assert Why.ZERO_BASE_LINEAR in judgement.reasons


def test_a_redacted_target_never_becomes_a_number() -> None:
    plan = indicator(TargetKind.ANNUAL_FLOW, None, measure="亿元", path=PathKind.CAGR)
    judgement = judged(plan, 25 * YI, 30 * YI)
    assert (judgement.verdict, judgement.colour) == (Verdict.NO_TARGET, Colour.GREY)
    assert judgement.required_year is None


def test_a_milestone_is_grey_until_it_is_due_and_orange_after() -> None:
    plan = indicator(TargetKind.MILESTONE, None, measure="", path=PathKind.NONE)
    early = judged(plan, None, 0)
    assert (early.verdict, early.reasons[0]) == (Verdict.TOO_EARLY, Why.NOT_DUE_YET)
    assert judged(plan, None, 1).verdict is Verdict.ACHIEVED
    assert judged(plan, None, 0, (2025, 12)).verdict is Verdict.FAR_BEHIND


def test_a_milestone_without_a_year_is_never_late() -> None:
    plan = indicator(TargetKind.MILESTONE, None, year=None, measure="", path=PathKind.NONE)
    assert judged(plan, None, 0, (2030, 12)).colour is Colour.GREY


def test_words_are_shown_and_never_judged() -> None:
    plan = indicator(TargetKind.TEXT, None, measure="", path=PathKind.NONE)
    assert judged(plan, None, None).verdict is Verdict.NO_TARGET


def test_dated_targets_are_the_stations_of_a_milestones_path() -> None:
    stations = tuple(
        Target(year, Decimal(value), Comparator.AT_LEAST, "家")
        for year, value in ((2022, 120), (2025, 200))
    )
    plan = indicator(TargetKind.STOCK, "200", path=PathKind.MILESTONES)
    plan = PlanIndicator(
        **{name: getattr(plan, name) for name in PlanIndicator.__slots__} | {"targets": stations}
    )
    assert judged(plan, 100, 110).ratio == pytest.approx(0.5)
    assert judged(plan, 100, 160, (2024, 6)).required == 160
