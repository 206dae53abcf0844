from typing import Any

import pytest
from msgspec.structs import replace

from services.ingest.domain.lines import Figures, Line, ProjectDetails
from services.ingest.domain.plausibility import (
    Doubt,
    HoldReason,
    Past,
    ReferenceKind,
    doubts,
    is_judged,
)
from services.ingest.domain.subjects import enterprise, project
from services.ingest.domain.versions import Version
from shared.events.facts import INVESTMENT
from shared.events.inputs import INVESTMENT_TOPIC, OUTPUT_TOPIC
from shared.events.period import Month
from shared.testing.load import credit_code

FACTOR = 4.0
MAY, LAST_MAY, LAST_DECEMBER = Month(2026, 5), Month(2025, 5), Month(2025, 12)


def line(period: Month = MAY, indicator: str = "gross_output", **figures: int | None) -> Line:
    version = Version(1, 0, "e", b"")
    who = enterprise(credit_code(1))
    return Line(who, OUTPUT_TOPIC, indicator, period, Figures(**figures), version, "s", 0)


def invested(period: Month, planned: int | None, ytd: int) -> Line:
    details = ProjectDetails("341323", "3451", planned_total=planned)
    made = replace(line(period, INVESTMENT, ytd=ytd), project=details)
    return replace(made, subject=project("p"), topic=INVESTMENT_TOPIC)


def only(found: tuple[Doubt, ...]) -> Doubt:
    (doubt,) = found
    return doubt


LAST_YEAR = Past(same_period=line(LAST_MAY, ytd=100), december=line(LAST_DECEMBER, ytd=250))


def test_ordinary_growth_and_decline_are_plausible() -> None:
    for ytd in (26, 70, 100, 130, 399, -120):
        assert doubts(line(ytd=ytd, ytd_last_year=100), LAST_YEAR, FACTOR) == ()


@pytest.mark.parametrize(
    ("ytd", "slip"),
    [(1000, 10), (700, 10), (100_000, 1000), (1_500_000, 10_000), (12, 10), (9000, None)],
)
def test_a_mixed_up_unit_shows_as_its_factor_upwards_or_downwards(
    ytd: int, slip: int | None
) -> None:
    doubt = only(doubts(line(ytd=ytd), LAST_YEAR, FACTOR))

    assert (doubt.field, doubt.value, doubt.expected) == ("ytd", ytd, 100)
    assert (doubt.reference, doubt.reference_period) == (ReferenceKind.SAME_PERIOD, LAST_MAY)
    assert doubt.slip == slip
    assert doubt.reason is (HoldReason.UNIT_SLIP if slip else HoldReason.WILD_VALUE)
    assert doubt.shift == abs(ytd - 100)


def test_a_slip_of_the_whole_line_is_seen_by_what_is_stored() -> None:
    found = doubts(line(ytd=100_000, ytd_last_year=98_000), LAST_YEAR, FACTOR)

    assert [(doubt.field, doubt.slip) for doubt in found] == [
        ("ytd", 1000),
        ("ytd_last_year", 1000),
    ]


def test_a_slip_of_last_years_figure_alone_is_seen() -> None:
    doubt = only(doubts(line(ytd=110, ytd_last_year=100_000), LAST_YEAR, FACTOR))

    assert (doubt.field, doubt.slip, doubt.shift) == ("ytd_last_year", 1000, 99_900)


def test_without_anything_stored_the_line_is_compared_with_what_it_says_of_last_year() -> None:
    doubt = only(doubts(line(ytd=100_000, ytd_last_year=100), Past(), FACTOR))

    assert doubt.reference is ReferenceKind.REPORTED
    assert doubts(line(ytd=100, ytd_last_year=95), Past(), FACTOR) == ()


def test_without_any_reference_nothing_is_doubted() -> None:
    for figures in ({"ytd": 10**12}, {"ytd": 10**12, "ytd_last_year": 0}, {"ytd": None}):
        assert doubts(line(**figures), Past(), FACTOR) == ()


def test_a_plant_that_opened_during_last_year_is_judged_by_its_last_month() -> None:
    opened = Past(
        same_period=line(LAST_MAY, ytd=0),
        december=line(LAST_DECEMBER, ytd=30, month=15),  # two months of production
    )

    assert doubts(line(ytd=80), opened, FACTOR) == ()
    assert only(doubts(line(ytd=80_000), opened, FACTOR)).slip == 1000


def test_a_plant_that_stands_still_is_doubted_and_one_that_stood_still_is_not() -> None:
    stopped = only(doubts(line(ytd=0), LAST_YEAR, FACTOR))

    assert (stopped.reason, stopped.shift) == (HoldReason.WILD_VALUE, 100)
    assert doubts(line(ytd=0), Past(same_period=line(LAST_MAY, ytd=0)), FACTOR) == ()
    assert doubts(line(ytd=50), Past(same_period=line(LAST_MAY, ytd=0)), FACTOR) == ()


def test_what_was_confirmed_this_year_speaks_for_later_months() -> None:
    grown = Past(
        confirmed=line(Month(2026, 4), ytd=800, ytd_last_year=90),
        same_period=LAST_YEAR.same_period,
        december=LAST_YEAR.december,
    )

    assert doubts(line(ytd=1000, ytd_last_year=100), grown, FACTOR) == ()
    assert only(doubts(line(ytd=1_000_000), grown, FACTOR)).slip == 1000


def test_a_month_far_above_its_own_year_to_date_is_doubted() -> None:
    doubt = only(doubts(line(ytd=110, month=20_000), LAST_YEAR, FACTOR))

    assert (doubt.field, doubt.reference) == ("month", ReferenceKind.YEAR_TO_DATE)
    assert doubt.months == 1
    assert doubts(line(ytd=110, month=1), LAST_YEAR, FACTOR) == ()


def test_levels_are_compared_as_levels() -> None:
    past = Past(december=line(LAST_DECEMBER, "employees", month=200))

    assert doubts(line(indicator="employees", month=260), past, FACTOR) == ()
    doubt = only(doubts(line(indicator="employees", month=2_100), past, FACTOR))
    assert (doubt.field, doubt.slip, doubt.months) == ("month", 10, 12)


def test_investment_is_judged_by_what_is_planned_because_it_has_no_pace() -> None:
    past = Past(december=invested(LAST_DECEMBER, 5_000, 10))

    assert doubts(invested(MAY, 5_000, 4_000), past, FACTOR) == ()
    doubt = only(doubts(invested(MAY, 50_000_000, 4_000_000), past, FACTOR))
    assert (doubt.field, doubt.slip, doubt.shift) == ("planned_total", 10_000, 3_999_600)
    assert doubts(invested(MAY, None, 4_000), past, FACTOR) == ()


def test_profits_and_funds_tell_nothing_of_slips() -> None:
    judged: dict[str, Any] = {
        name: is_judged(name) for name in ("total_profit", "funds.CNY.31", "revenue", INVESTMENT)
    }

    assert judged == {
        "total_profit": False, "funds.CNY.31": False, "revenue": True, INVESTMENT: True
    }  # fmt: skip


def test_the_share_of_a_unit_counts_the_weight_and_the_months() -> None:
    doubt = only(doubts(line(ytd=1000), LAST_YEAR, FACTOR))

    assert doubt.share(10_000, 2_160) == pytest.approx(1.0)  # five months of 2160 a year are 900
    assert doubt.share(2_500, 2_160) == pytest.approx(0.25)
