"""The verdict table, its worked figures, and every reason for grey."""

from dataclasses import replace
from typing import Any

import pytest

from services.metrics.domain.assessment import Assessment, Goal, Judgement, Latest, Why
from services.metrics.domain.paths import Point
from services.metrics.domain.verdicts import judge
from shared.events.status import Colour, Verdict
from shared.plans.comparing import meets
from shared.plans.targets import PathKind

HUNDRED_MILLION = 100_000_000

BEARINGS = Assessment(
    goal=Goal(100 * HUNDRED_MILLION, 2027, ">"),
    base=Point(2024, 2_490_000_000),
    latest=Latest(3_000_000_000, 2025),
)


def bearings(
    value: float,
    *,
    coverage: float | None = None,
    probability: float | None = None,
    forecast_is_current: bool = False,
) -> Judgement:
    return judge(
        replace(
            BEARINGS,
            latest=Latest(round(value * HUNDRED_MILLION), 2025),
            coverage=coverage,
            probability=probability,
            forecast_is_current=forecast_is_current,
        )
    )


@pytest.mark.parametrize(
    ("value", "ratio", "verdict", "colour"),
    [
        (24.0, -0.0613, Verdict.MOVING_AWAY, Colour.RED),
        (30.0, 0.3474, Verdict.FAR_BEHIND, Colour.ORANGE),
        (33.7075, 0.6000, Verdict.BEHIND, Colour.YELLOW),
        (38.8452, 0.9500, Verdict.ON_TRACK, Colour.GREEN),
        (39.5791, 1.0000, Verdict.ON_TRACK, Colour.GREEN),
        (100.0, None, Verdict.ON_TRACK, Colour.GREEN),
        (100.1, None, Verdict.ACHIEVED, Colour.GREEN),
    ],
)
def test_the_bearings_cluster_is_judged_as_in_the_worked_table(
    value: float, ratio: float | None, verdict: Verdict, colour: Colour
) -> None:
    judgement = bearings(value)
    assert (judgement.verdict, judgement.colour) == (verdict, colour)
    if ratio is not None:
        assert judgement.ratio == pytest.approx(ratio, abs=6e-5)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (PathKind.CAGR, {2025: 39.579, 2026: 62.912, 2027: 100}),
        (PathKind.LINEAR, {2025: 49.933, 2026: 74.967, 2027: 100}),
    ],
)
def test_required_year_values_follow_the_path(shape: PathKind, expected: dict[int, float]) -> None:
    for year, level in expected.items():
        latest = Latest(3_000_000_000, year)
        required = judge(replace(BEARINGS, path=shape, latest=latest)).required_year
        assert required is not None
        assert required / HUNDRED_MILLION == pytest.approx(level, abs=6e-4)


def test_a_rolling_year_in_may_is_compared_with_the_path_in_may() -> None:
    judgement = judge(replace(BEARINGS, latest=Latest(4_500_000_000, 2026, 5)))
    assert judgement.required is not None
    assert judgement.required / HUNDRED_MILLION == pytest.approx(
        24.9 * (100 / 24.9) ** (17 / 36), abs=1e-6
    )
    assert judgement.gap == 4_500_000_000 - judgement.required


def test_the_catch_up_rate_leads_exactly_to_the_target() -> None:
    judgement = bearings(30.0)
    assert judgement.catch_up_rate == pytest.approx((100 / 30) ** 0.5 - 1)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"goal": None}, Verdict.NO_TARGET, Why.NO_TARGET_VALUE),
        ({"goal": Goal(None, 2027)}, Verdict.NO_TARGET, Why.NO_TARGET_VALUE),
        ({"base": None}, Verdict.NO_BASE, Why.NO_BASE_VALUE),
        ({"base": Point(2024, None)}, Verdict.NO_BASE, Why.NO_BASE_VALUE),
        ({"latest": Latest(10**12, 2025, 11)}, Verdict.TOO_EARLY, Why.FIRST_YEAR),
        ({"latest": Latest(None, 2025)}, Verdict.INCOMPLETE, Why.NO_LATEST_VALUE),
        ({"coverage": 0.9499}, Verdict.INCOMPLETE, Why.COVERAGE_BELOW_GATE),
        ({"latest": Latest(-1, 2025)}, Verdict.NOT_ASSESSABLE, Why.MIXED_SIGNS),
        ({"goal": Goal(10**10, None)}, Verdict.NOT_ASSESSABLE, Why.NO_TARGET_YEAR),
        ({"goal": Goal(10**10, 2024)}, Verdict.NOT_ASSESSABLE, Why.TARGET_YEAR_NOT_AFTER_BASE),
    ],
)
def test_what_cannot_be_judged_is_grey_and_says_why(
    changes: dict[str, Any], verdict: Verdict, reason: Why
) -> None:
    judgement = judge(replace(BEARINGS, **changes))
    assert (judgement.verdict, judgement.colour) == (verdict, Colour.GREY)
    assert judgement.reasons[0] == reason
    assert judgement.ratio is None


def test_grey_reasons_are_tested_in_their_order() -> None:
    nothing_known = replace(BEARINGS, base=None, latest=Latest(None, 2024), coverage=0.1)
    assert judge(nothing_known).verdict is Verdict.NO_BASE
    early = replace(BEARINGS, latest=Latest(None, 2024), coverage=0.1)
    assert judge(early).verdict is Verdict.TOO_EARLY


def test_coverage_exactly_at_the_gate_is_judged() -> None:
    assert bearings(40, coverage=0.95).verdict is Verdict.ON_TRACK


def test_reports_that_are_still_to_come_do_not_count_against_a_unit() -> None:
    complete = judge(replace(BEARINGS, latest=Latest(3_884_520_000, 2025)))
    reported = replace(BEARINGS, latest=Latest(3_730_000_000, 2025), coverage=0.96)
    partly = judge(replace(reported, outstanding=154_520_000))
    counted_as_missing = judge(reported)

    assert (partly.verdict, partly.ratio) == (complete.verdict, complete.ratio)
    assert complete.verdict is Verdict.ON_TRACK
    assert counted_as_missing.verdict is Verdict.BEHIND


def test_what_has_not_been_reported_meets_no_target() -> None:
    nearly = replace(BEARINGS, latest=Latest(9_900_000_000, 2025), outstanding=400_000_000)

    assert judge(nearly).verdict is Verdict.ON_TRACK


def test_on_track_with_a_poor_forecast_is_an_early_warning() -> None:
    judgement = bearings(40, probability=0.6599, forecast_is_current=True)
    assert (judgement.verdict, judgement.colour) == (Verdict.ON_TRACK, Colour.BLUE)
    assert Why.UNLIKELY_TO_ARRIVE in judgement.reasons
    assert bearings(40, probability=0.66, forecast_is_current=True).colour is Colour.GREEN


def test_far_behind_with_a_hopeless_forecast_is_red() -> None:
    judgement = bearings(30, probability=0.0999, forecast_is_current=True)
    assert (judgement.verdict, judgement.colour) == (Verdict.FAR_BEHIND, Colour.RED)
    assert bearings(30, probability=0.10, forecast_is_current=True).colour is Colour.ORANGE


def test_a_hopeless_forecast_does_not_redden_what_is_merely_behind() -> None:
    assert bearings(35, probability=0.01, forecast_is_current=True).colour is Colour.YELLOW


@pytest.mark.parametrize("value", [30, 40])
def test_a_forecast_for_other_inputs_changes_no_colour(value: float) -> None:
    stale = bearings(value, probability=0.01, forecast_is_current=False)
    assert stale.colour is bearings(value).colour
    assert Why.FORECAST_NOT_CURRENT in stale.reasons


def test_a_met_target_stays_green_whatever_the_forecast() -> None:
    assert bearings(101, probability=0.0, forecast_is_current=True).colour is Colour.GREEN


def test_a_zero_base_takes_the_straight_line_and_says_so() -> None:
    listed = Assessment(Goal(20, 2025, "="), Point(2020, 0), Latest(6, 2022))
    judgement = judge(listed)
    assert judgement.path is PathKind.LINEAR
    assert Why.ZERO_BASE_LINEAR in judgement.reasons
    assert judgement.ratio == pytest.approx(0.75)
    assert judgement.verdict is Verdict.BEHIND


def test_a_loss_that_shall_become_a_profit_is_judged_on_the_straight_line() -> None:
    judgement = judge(Assessment(Goal(100, 2024), Point(2020, -100), Latest(0, 2022)))
    assert (judgement.verdict, judgement.ratio) == (Verdict.ON_TRACK, 1.0)
    assert Why.THROUGH_ZERO_LINEAR in judgement.reasons


def test_r_of_a_target_next_to_its_base_is_decided_by_sign_and_clipped() -> None:
    waste = Assessment(Goal(100_0, 2030), Point(2015, 100_1), Latest(109_7, 2023), direction=-1)
    judgement = judge(waste)
    assert (judgement.verdict, judgement.ratio) == (Verdict.MOVING_AWAY, -9.99)
    assert Why.CLIPPED in judgement.reasons
    better = judge(replace(waste, latest=Latest(1001 - 10**-9, 2023), goal=Goal(1000, 2030, "<=")))
    assert better.verdict is Verdict.ON_TRACK


def test_exact_hundred_does_not_exceed_hundred() -> None:
    assert not meets(100, ">", 100)
    assert meets(100, ">=", 100)
    assert meets(100, "=", 100)
    assert meets(101, "=", 100)
    assert meets(99, "=", 100, direction=-1)


def test_milestones_are_followed_in_straight_lines() -> None:
    plan = replace(
        BEARINGS,
        goal=Goal(100, 2025),
        base=Point(2020, 0),
        path=PathKind.MILESTONES,
        milestones=(Point(2023, 20), Point(2022, 10)),
    )
    at_2024 = judge(replace(plan, latest=Latest(60, 2024)))
    assert (at_2024.required, at_2024.ratio, at_2024.verdict) == (60, 1.0, Verdict.ON_TRACK)
    assert judge(replace(plan, latest=Latest(14, 2022, 12))).required == 10
    assert judge(replace(plan, latest=Latest(14, 2023, 6))).required == 15


def test_milestones_that_require_nothing_yet_are_kept_by_standing_still() -> None:
    plan = replace(
        BEARINGS,
        goal=Goal(100, 2025),
        base=Point(2020, 50),
        latest=Latest(50, 2022),
        path=PathKind.MILESTONES,
        milestones=(Point(2022, 50),),
    )
    assert judge(plan).verdict is Verdict.ON_TRACK
    assert judge(replace(plan, latest=Latest(49, 2022))).verdict is not Verdict.ACHIEVED


def test_after_the_target_year_the_judgement_says_so() -> None:
    judgement = judge(replace(BEARINGS, latest=Latest(9_000_000_000, 2028)))
    assert Why.TARGET_YEAR_PAST in judgement.reasons
    assert judgement.required_year == 10_000_000_000
    assert judgement.catch_up_rate is None
