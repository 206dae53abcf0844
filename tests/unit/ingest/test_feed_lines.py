"""Funds, project stages and figures of zones: what is taken, and what is refused with a remedy."""

from typing import Any

import pytest

from services.ingest.domain.lines import Figures
from services.ingest.domain.reading import Reader
from services.ingest.domain.subjects import project, series
from services.ingest.testing import READER, line
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.testing.events import Body, figure, funds, investment, record, stage, without
from shared.testing.plans import BEARINGS, PARTS, small_plan

MAY = Month(2026, 5)
PATENTS = {
    "indicator": "bearings-patents",
    "region": "341300",
    "cluster": BEARINGS,
    "unit": "件",
    "value": 12,
}


def refusal(body: Body) -> Refused:
    with pytest.raises(Refused) as caught:
        READER.read(record(body))
    return caught.value


def test_funds_are_in_whole_units_of_their_own_currency_by_origin() -> None:
    received = line(funds())
    assert (received.subject, received.indicator) == (project("2603-341323-0001"), "funds.CNY.31")
    assert received.period == MAY
    assert received.figures == Figures(8_000_000, 43_002_500, None, 0)


@pytest.mark.parametrize("unit", ["万元", "万美元"])
def test_dollars_stay_dollars(unit: str) -> None:
    received = line(funds(currency="USD", origin="foreign", unit=unit, ytd=12))
    assert received.indicator == "funds.USD.foreign"
    assert received.figures.ytd == 120_000


@pytest.mark.parametrize("origin", ["31", "310000", "50", "81"])
def test_origins_are_provinces(origin: str) -> None:
    assert line(funds(origin=origin)).indicator == f"funds.CNY.{origin[:2]}"


@pytest.mark.parametrize("origin", ["30", "310115", "上海", "0000", "FOREIGN", "310000310000"])
def test_what_is_no_province_is_refused_with_a_remedy(origin: str) -> None:
    refused = refusal(funds(origin=origin))
    assert (refused.reason, refused.field) == (Reason.OUT_OF_RANGE, "origin")
    assert "such as 31" in refused.detail


def test_a_stage_is_a_line_of_its_own_for_each_day() -> None:
    signed = line(stage())
    assert (signed.indicator, signed.period) == ("project.signed.18", Month(2026, 1))
    assert signed.project is not None
    assert (signed.project.contracted_total, signed.project.currency) == (520_000_000, "CNY")
    assert line(stage(occurred_on="2026-01-19")).indicator != signed.indicator


def test_a_stage_without_an_amount_needs_no_unit() -> None:
    details = line(without(stage(), "contracted_total", "unit", "currency")).project
    assert details is not None
    assert (details.contracted_total, details.currency) == (None, None)


BAD: list[tuple[Body, Reason, str]] = [
    (funds(unit="万美元"), Reason.UNKNOWN_UNIT, "unit"),
    (funds(unit="CNY", currency="USD"), Reason.UNKNOWN_UNIT, "unit"),
    (funds(currency="EUR"), Reason.OUT_OF_RANGE, "currency"),
    (funds(period="2026-01"), Reason.JANUARY_NOT_COLLECTED, "period"),
    (funds(period="2026-Q1"), Reason.BAD_PERIOD, "period"),
    (funds(ytd="0.00001"), Reason.NOT_REPRESENTABLE, "ytd"),
    (funds(region="999999"), Reason.UNKNOWN_REGION, "region"),
    (funds(cluster="nowhere"), Reason.OUT_OF_RANGE, "cluster"),
    (without(funds(), "ytd"), Reason.MISSING_FIELD, "ytd"),
    (funds(reported_at="2027-01-01T00:00:00Z"), Reason.REPORTED_IN_FUTURE, "reported_at"),
    (without(stage(), "unit"), Reason.MISSING_FIELD, "unit"),
    (stage(stage="dreamt"), Reason.OUT_OF_RANGE, "stage"),
    (stage(occurred_on="2026-02-30"), Reason.WRONG_TYPE, "occurred_on"),
    (stage(occurred_on="1900-02-03"), Reason.BAD_PERIOD, "occurred_on"),
    (stage(investor_origin="99"), Reason.OUT_OF_RANGE, "investor_origin"),
    (figure(indicator="nonsense"), Reason.UNKNOWN_INDICATOR, "indicator"),
    (figure(region="999999"), Reason.UNKNOWN_REGION, "region"),
    (figure(region="341323"), Reason.OUT_OF_RANGE, "region"),
    (figure(cluster=BEARINGS), Reason.OUT_OF_RANGE, "cluster"),
    (without(figure(**PATENTS), "cluster"), Reason.MISSING_FIELD, "cluster"),
    (figure(**(PATENTS | {"cluster": PARTS})), Reason.OUT_OF_RANGE, "cluster"),
    (figure(unit="件"), Reason.UNKNOWN_UNIT, "unit"),
    (figure(**(PATENTS | {"unit": "%"})), Reason.UNKNOWN_UNIT, "unit"),
    (figure(**(PATENTS | {"value": "1.5"})), Reason.NOT_REPRESENTABLE, "value"),
    (figure(period="2026-Q5"), Reason.BAD_PERIOD, "period"),
    (figure(period="2026-01"), Reason.JANUARY_NOT_COLLECTED, "period"),
    (figure(reported_at="2027-01-01T00:00:00Z"), Reason.REPORTED_IN_FUTURE, "reported_at"),
]


@pytest.mark.parametrize(("body", "reason", "field"), BAD)
def test_a_bad_line_is_refused_by_its_field(body: Body, reason: Reason, field: str) -> None:
    refused = refusal(body)
    assert (refused.reason, refused.field) == (reason, field)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({}, 832_500),
        ({"value": "0.8325", "unit": "1"}, 832_500),
        ({"value": "832.5", "unit": "‰"}, 832_500),
        ({**PATENTS, "value": "1.2", "unit": "万件"}, 12_000),
        ({"indicator": "park-firms", "region": "park", "value": 61, "unit": "个"}, 61),
    ],
)
def test_figures_of_zones_are_scaled_as_their_plan_measures(
    fields: dict[str, Any], value: int
) -> None:
    assert line(figure(**fields)).figures == Figures(month=value)


def test_a_series_is_a_place_and_a_park_without_a_code_goes_by_its_id() -> None:
    assert line(figure()).subject == series("341300", None)
    assert line(figure(**PATENTS)).subject == series("341300", BEARINGS)
    there = figure(indicator="park-firms", region="park", unit="家", value=1)
    assert line(there).subject == series("park", None)
    assert "write the region as 'park'" in refusal({**there, "region": "341302"}).detail


@pytest.mark.parametrize(
    ("period", "month"),
    [
        ("2026-05", MAY),
        ("2026-Q2", Month(2026, 6)),
        ("2026", Month(2026, 12)),
        ("2026-01/02", Month(2026, 2)),
    ],
)
def test_months_quarters_and_years_end_in_their_last_month(period: str, month: Month) -> None:
    assert line(figure(period=period)).period == month


def test_figures_that_other_feeds_have_are_not_taken_twice() -> None:
    plan = small_plan()
    flow = next(item for item in plan.indicators if item.unit == BEARINGS)
    object.__setattr__(flow, "indicator", "gross_output")
    with pytest.raises(Refused) as caught:
        Reader([plan]).read(record(figure(**PATENTS)))
    assert caught.value.reason is Reason.UNKNOWN_INDICATOR
    assert "gross_output" in caught.value.detail


def test_investment_may_name_a_park() -> None:
    details = line(investment(park="park", started_on="2025-11-18")).project
    assert details is not None
    assert (details.park, details.started_on) == ("park", "2025-11-18")
