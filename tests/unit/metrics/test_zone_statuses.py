"""Figures of zones and clusters as a whole: each kind of target by its own figure and scale."""

import pytest

from services.metrics.testing import Service
from shared.events.facts import Fact
from shared.events.status import BaseFigure, Status, TargetFigure, Verdict
from shared.plans import Catalogue
from shared.plans.measures import decimals_of
from shared.testing.facts import fact

HTZ, ANSHAN, ZIBO, LYG = "suzhou-ah-htz", "anshan-htz", "zibo-htz", "lyg-htz"
PLANS = {
    HTZ: "suzhou-htz-2025",
    ANSHAN: "anshan-htz-2025",
    ZIBO: "zibo-htz-2025",
    LYG: "lianyungang-htz-2025",
}
PERCENT = 10_000
YI = 100_000_000


def figure(unit: str, indicator: str, period: str, value: int, version: int = 1) -> Fact:
    return fact(unit, f"series-{unit}", period, indicator=indicator, month=value, version=version)


def judged(service: Service, unit: str, indicator: str, period: str) -> Status:
    return service.statuses()[f"{PLANS[unit]}|{unit}|{indicator}|{period}"]


def fed(service: Service, unit: str, indicator: str, values: dict[str, int]) -> Status:
    """The status of the last period, after all are told."""
    service.feed([figure(unit, indicator, period, value) for period, value in values.items()])
    return judged(service, unit, indicator, max(values))


def test_a_number_of_enterprises_stands_and_grows_along_its_path(service: Service) -> None:
    status = fed(service, HTZ, "szah-htz-hightech-enterprises", {"2022-12": 31})
    assert (status.month, status.level, status.ytd, status.measure) == (31, 31, None, "count")
    assert status.required_year == round(22 * (50 / 22) ** 0.4)
    assert status.gap == 31 - 31
    assert status.verdict is Verdict.ON_TRACK
    assert status.coverage is None
    assert not status.confidential
    assert status.reasons == ()


def test_a_share_is_kept_in_millionths_and_moves_in_a_straight_line(service: Service) -> None:
    status = fed(
        service, HTZ, "szah-htz-strategic-emerging-output-share", {"2023-12": 62 * PERCENT}
    )
    assert status.measure == "1"
    assert decimals_of(status.measure) == 6
    assert status.base == BaseFigure(2020, 60 * PERCENT, "document")
    assert status.target == TargetFigure(2025, 65 * PERCENT, ">=")
    assert status.ratio == pytest.approx(2 / 3)
    assert status.gap == -1 * PERCENT
    assert status.verdict is Verdict.BEHIND


def test_a_figure_per_inhabitant_keeps_its_decimals(service: Service) -> None:
    status = fed(service, HTZ, "szah-htz-invention-patents-per-10k", {"2025-12": 14_000_000})
    assert status.measure == "count_per_万人"
    assert decimals_of(status.measure) == 6
    assert status.verdict is Verdict.ACHIEVED


def test_a_quarter_stands_at_its_own_moment(service: Service) -> None:
    indicator = "szah-htz-strategic-emerging-output-share"
    status = fed(service, HTZ, indicator, {"2023-06": 625_000})
    assert status.ratio == pytest.approx((2.5 / 5) * (5 / 2.5))
    assert status.period == "2023-06"


def test_the_first_year_after_the_base_is_too_early(service: Service) -> None:
    status = fed(service, HTZ, "szah-htz-strategic-emerging-output-share", {"2021-06": 600_000})
    assert status.verdict is Verdict.TOO_EARLY


def test_a_years_total_is_judged_as_the_annual_flow_it_is(service: Service) -> None:
    status = fed(service, ANSHAN, "anshan-htz-gdp", {"2022-12": 120 * YI})
    assert (status.ytd, status.rolling_year, status.measure) == (120 * YI, 120 * YI, "CNY")
    assert status.required_year is not None
    assert status.required_ytd == status.required_year
    assert status.gap == 120 * YI - status.required_year
    assert status.verdict is Verdict.ON_TRACK
    assert status.forecast is not None
    assert status.forecast.method == "reported"


def test_quarters_of_a_flow_say_what_the_year_has_brought_so_far(service: Service) -> None:
    quarters = {"2022-06": 50 * YI, "2022-12": 110 * YI, "2023-06": 60 * YI}
    status = fed(service, ANSHAN, "anshan-htz-gdp", quarters)
    assert status.rolling_year == (110 - 50 + 60) * YI
    assert status.level == status.rolling_year
    assert status.required_ytd == round((status.required_year or 0) * 50 / 110)
    assert status.ytd_growth is None
    assert status.probability is None


def test_a_quarter_without_the_year_before_is_not_judged(service: Service) -> None:
    status = fed(service, ANSHAN, "anshan-htz-gdp", {"2023-06": 60 * YI})
    assert status.verdict is Verdict.INCOMPLETE
    assert {"no_latest_value", "rolling_year_incomplete"} <= set(status.reasons)


def test_an_increment_is_the_sum_of_the_years_since_the_base(service: Service) -> None:
    indicator = "szah-htz-new-provincial-innovation-platforms"
    status = fed(service, HTZ, indicator, {"2021-12": 2, "2022-12": 1, "2023-06": 2})
    assert (status.ytd, status.level) == (2, 5)
    assert status.base == BaseFigure(2020, 0, "by_definition")
    assert status.ratio == pytest.approx(5 / (10 * 2.5 / 5))
    assert status.gap == 0


def test_an_increment_with_a_year_missing_is_not_known(service: Service) -> None:
    indicator = "szah-htz-new-provincial-innovation-platforms"
    status = fed(service, HTZ, indicator, {"2021-12": 2, "2023-12": 2})
    assert status.level is None
    assert status.verdict is Verdict.INCOMPLETE
    assert "years_since_base_missing" in status.reasons
    service.feed([figure(HTZ, indicator, "2022-12", 2)])
    assert judged(service, HTZ, indicator, "2023-12").level == 6


def test_a_yearly_count_is_due_in_full_every_year(service: Service) -> None:
    indicator = "szah-htz-annual-incubated-small-micro-enterprises"
    status = fed(service, HTZ, indicator, {"2022-12": 120, "2023-12": 80})
    assert status.ratio == pytest.approx(0.8)
    assert status.verdict is Verdict.BEHIND
    assert judged(service, HTZ, indicator, "2022-12").verdict is Verdict.ACHIEVED


def test_a_multiple_in_times_of_its_base_began_as_one(service: Service) -> None:
    status = fed(service, HTZ, "szah-htz-resident-basic-pension", {"2022-12": 1_350_000})
    assert status.base == BaseFigure(2020, 1_000_000, "by_definition")
    assert status.target == TargetFigure(2025, 2_000_000, "=")
    assert status.verdict is Verdict.ON_TRACK


def test_a_rank_is_better_when_it_is_lower(service: Service) -> None:
    indicator = "zibo-htz-national-hitech-zone-rank"
    status = fed(service, ZIBO, indicator, {"2022-12": 45})
    assert status.measure == "rank"
    assert status.verdict is Verdict.MOVING_AWAY
    assert status.gap == round(43 - 13 * 2 / 5) - 45
    assert fed(service, ZIBO, indicator, {"2023-12": 30}).verdict is Verdict.ACHIEVED


def test_a_ceiling_holds_from_the_start(service: Service) -> None:
    indicator = "zibo-htz-registered-unemployment-rate"
    status = fed(service, ZIBO, indicator, {"2022-12": 4 * PERCENT})
    assert status.verdict is Verdict.ACHIEVED
    assert status.gap == PERCENT // 2
    broken = fed(service, ZIBO, indicator, {"2023-12": 5 * PERCENT})
    assert (broken.verdict, broken.gap) == (Verdict.MOVING_AWAY, -PERCENT // 2)
    assert broken.catch_up_rate is None


def test_a_floor_equal_to_its_base_is_kept(service: Service) -> None:
    indicator = "zibo-htz-grain-capacity"
    assert fed(service, ZIBO, indicator, {"2022-12": 6_400}).verdict is Verdict.ACHIEVED
    assert fed(service, ZIBO, indicator, {"2023-12": 6_399}).verdict is not Verdict.ACHIEVED


def test_a_growth_that_a_zone_reports_is_compared_with_the_growth_wanted(
    service: Service,
) -> None:
    status = fed(service, ZIBO, "zibo-htz-gdp-growth", {"2022-06": 12 * PERCENT})
    assert (status.level, status.measure) == (120_000, "1")
    assert status.required_year == 150_000
    assert status.verdict is Verdict.BEHIND
    assert status.gap == -30_000
    assert status.catch_up_rate is None


def test_a_yes_or_no_comes_in_as_one_or_nothing(service: Service) -> None:
    indicator = "lyg-htz-national-ip-park"
    assert fed(service, LYG, indicator, {"2023-12": 0}).verdict is Verdict.TOO_EARLY
    assert fed(service, LYG, indicator, {"2024-12": 1}).verdict is Verdict.ACHIEVED
    assert fed(service, LYG, indicator, {"2025-12": 0}).verdict is Verdict.FAR_BEHIND


def test_a_coverage_without_a_target_is_shown_and_not_judged(service: Service) -> None:
    status = fed(service, ANSHAN, "anshan-htz-talent-policy-coverage", {"2023-12": 90 * PERCENT})
    assert status.month == 900_000
    assert status.verdict is Verdict.NO_TARGET


def test_a_zones_figure_concerns_only_the_plan_that_states_it(service: Service) -> None:
    fed(service, HTZ, "szah-htz-hightech-enterprises", {"2022-12": 31})
    plans = {key.split("|")[0] for key in service.statuses()}
    assert plans == {"suzhou-htz-2025"}


def test_a_corrected_figure_replaces_the_one_before(service: Service) -> None:
    indicator = "szah-htz-hightech-enterprises"
    service.feed([figure(HTZ, indicator, "2022-12", 31), figure(HTZ, indicator, "2022-12", 30, 2)])
    assert judged(service, HTZ, indicator, "2022-12").month == 30


def test_every_indicator_that_only_zones_have_gets_a_status(
    service: Service, catalogue: Catalogue
) -> None:
    followed = [(plan, i) for plan in catalogue.plans for i in plan.indicators if i.own_feed]
    service.feed([figure(i.unit, i.id, "2023-12", 1_000_000) for _, i in followed])

    statuses = service.statuses()

    assert set(statuses) == {f"{plan.id}|{i.unit}|{i.id}|2023-12" for plan, i in followed}
    assert len(statuses) > 150
    for plan, stated in followed:
        status = statuses[f"{plan.id}|{stated.unit}|{stated.id}|2023-12"]
        assert status.measure
        assert status.probability is None
        assert status.enterprises.expected == 0
