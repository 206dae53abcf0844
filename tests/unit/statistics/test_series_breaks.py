"""A dated break in the plan (borders changed): what does not compare is null with that reason."""

from dataclasses import replace

import pytest

from services.metrics.testing import Service
from shared.events.facts import INVESTMENT, Fact, ProjectState, funds_indicator
from shared.events.period import Month
from shared.events.status import Verdict
from shared.plans import Catalogue
from shared.plans.units import SeriesBreak
from shared.testing.facts import fact

LYG, LINGBI, BEARINGS, ANSHAN = "lyg-htz", "suzhou-ah-lingbi", "szah-lb-bearings", "anshan-htz"


def report(period: str, ytd: int, last_year: int | None = None, **fields: object) -> Fact:
    return fact(LYG, "firm", period, ytd=ytd, ytd_last_year=last_year, **fields)


def broken_in(service: Service, unit: str, month: str) -> Service:
    """The same with a break of one unit's series."""
    plans = []
    for plan in service.catalogue.plans:
        units = tuple(
            replace(each, series_breaks=(SeriesBreak(Month.parse(month), "borders"),))
            if each.id == unit
            else each
            for each in plan.units
        )
        plans.append(replace(plan, units=units))
    return replace(service, catalogue=Catalogue(tuple(plans)))


@pytest.mark.parametrize(
    ("period", "broken"), [("2020-06", False), ("2020-07", True), ("2021-06", True)]
)
def test_growth_across_the_break_of_lianyungang_is_null_with_that_reason(
    service: Service, period: str, *, broken: bool
) -> None:
    service.feed([report(period, 110, 100)])
    status = service.statuses()[f"lianyungang-htz-2025|{LYG}|gross_output|{period}"]
    assert (status.ytd_growth is None) is broken
    assert ("series_break" in status.reasons) is broken
    assert status.ytd == 110


def test_a_year_after_the_break_growth_is_known_again(service: Service) -> None:
    service.feed([report("2021-07", 110, 100)])
    status = service.statuses()[f"lianyungang-htz-2025|{LYG}|gross_output|2021-07"]
    assert status.ytd_growth == pytest.approx(0.1)
    assert "series_break" not in status.reasons


def test_no_sum_no_split_and_no_forecast_reach_across_a_break(service: Service) -> None:
    service.feed([report("2019-08", 50), report("2019-12", 100), report("2020-08", 30, 50)])
    status = service.statuses()[f"lianyungang-htz-2025|{LYG}|gross_output|2020-08"]
    assert status.rolling_year is None
    assert status.decomposition is None
    assert status.largest_fall is None
    assert status.forecast is None


def test_investment_and_funds_have_no_growth_across_it(service: Service) -> None:
    service = broken_in(service, LINGBI, "2026-03")
    projects = ("a", "b", "c", "d")
    service.feed(
        [
            fact(
                LINGBI,
                project,
                "2026-05",
                indicator=indicator,
                ytd=120,
                ytd_last_year=100,
                project=ProjectState("building") if indicator == INVESTMENT else None,
            )
            for indicator in (INVESTMENT, funds_indicator("CNY", "31"))
            for project in projects
        ]
    )
    status = service.status(LINGBI, "2026-05")
    assert status.investment is not None
    assert status.investment.growth is None
    assert status.funds[0].total.growth is None
    judged = service.status(LINGBI, "2026-05", "funds")
    assert (judged.ytd, judged.ytd_growth, judged.level) == (480, None, None)
    assert judged.verdict is Verdict.INCOMPLETE
    assert "series_break" in judged.reasons


def yearly(values: dict[str, int]) -> list[Fact]:
    return [
        fact(BEARINGS, "firm", period, ytd=ytd, ytd_last_year=1) for period, ytd in values.items()
    ]


def test_a_base_from_the_feed_is_not_compared_across_a_break(service: Service) -> None:
    service = broken_in(service, BEARINGS, "2025-02")
    service.feed(yearly({"2024-12": 10**9, "2025-12": 2 * 10**9, "2026-12": 3 * 10**9}))
    for period in ("2025-12", "2026-12"):
        status = service.status(BEARINGS, period)
        assert status.verdict in {Verdict.NOT_ASSESSABLE, Verdict.INCOMPLETE}
        assert "series_break" in status.reasons
    assert service.status(BEARINGS, "2026-12").verdict is Verdict.NOT_ASSESSABLE


def test_a_stated_base_lies_within_the_borders_of_its_document(service: Service) -> None:
    gdp = "anshan-htz-gdp"
    facts = [fact(ANSHAN, "z", "2022-12", indicator=gdp, month=12 * 10**9)]
    key = f"anshan-htz-2025|{ANSHAN}|{gdp}|2022-12"

    before = broken_in(service, ANSHAN, "2020-12")
    before.feed(facts)
    assert before.statuses()[key].verdict is Verdict.ON_TRACK

    after = broken_in(service, ANSHAN, "2021-06")
    after.feed([fact(ANSHAN, "z", "2022-12", indicator=gdp, month=12 * 10**9, version=2)])
    assert after.statuses()[key].verdict is Verdict.NOT_ASSESSABLE


def test_a_bound_that_holds_at_all_times_is_judged_across_it(service: Service) -> None:
    service = broken_in(service, "zibo-htz", "2022-06")
    rate = "zibo-htz-registered-unemployment-rate"
    service.feed([fact("zibo-htz", "z", "2022-12", indicator=rate, month=40_000)])
    status = service.statuses()[f"zibo-htz-2025|zibo-htz|{rate}|2022-12"]
    assert status.verdict is Verdict.ACHIEVED
