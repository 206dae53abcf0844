from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.measures import (
    INDICATORS,
    MAX_ABSOLUTE,
    MONEY,
    Indicator,
    expected_indicators,
    extended,
    ratio,
    to_base_units,
)
from shared.events.reasons import Reason, Refused

numbers = st.decimals(-(10**16), 10**16, places=6, allow_nan=False)


def refusal(number: str, unit: str = "元", indicator: str = "gross_output") -> Refused:
    with pytest.raises(Refused) as caught:
        to_base_units(Decimal(number), unit, indicator, "ytd")
    return caught.value


@pytest.mark.parametrize(
    ("number", "unit", "indicator", "amount"),
    [
        ("18250", "千元", "gross_output", 18_250_000),
        ("1825", "万元", "gross_output", 18_250_000),
        ("0.1825", "亿元", "gross_output", 18_250_000),
        ("18250", "kCNY", "revenue", 18_250_000),
        ("-3", "CNY", "total_profit", -3),
        ("1e3", "元", "investment", 1000),
        ("1.5", "万千瓦时", "electricity", 15_000),
        ("15000", "千瓦时", "electricity", 15_000),
        ("120", "人", "employees", 120),
        ("1000000000000000", "元", "gross_output", MAX_ABSOLUTE),
        ("0e999999999", "亿元", "gross_output", 0),
        ("1." + "0" * 100, "元", "gross_output", 1),
    ],
)
def test_reported_numbers_become_base_units(
    number: str, unit: str, indicator: str, amount: int
) -> None:
    assert to_base_units(Decimal(number), unit, indicator, "ytd") == amount


@pytest.mark.parametrize(
    ("number", "unit", "indicator", "reason", "field"),
    [
        ("1", "元", "happiness", Reason.UNKNOWN_INDICATOR, "indicator"),
        ("1", "人", "gross_output", Reason.UNKNOWN_UNIT, "unit"),
        ("1", "万元", "electricity", Reason.UNKNOWN_UNIT, "unit"),
        ("0.5", "元", "gross_output", Reason.NOT_REPRESENTABLE, "ytd"),
        ("0.0001", "千元", "gross_output", Reason.NOT_REPRESENTABLE, "ytd"),
        ("1e-999999999", "亿元", "gross_output", Reason.NOT_REPRESENTABLE, "ytd"),
        ("1." + "0" * 80 + "1", "元", "gross_output", Reason.NOT_REPRESENTABLE, "ytd"),
        ("1000000000000001", "元", "gross_output", Reason.OUT_OF_RANGE, "ytd"),
        ("-10000000.00000001", "亿元", "gross_output", Reason.OUT_OF_RANGE, "ytd"),
        ("1e999999999", "亿元", "gross_output", Reason.OUT_OF_RANGE, "ytd"),
        ("NaN", "元", "gross_output", Reason.WRONG_TYPE, "ytd"),
        ("Infinity", "元", "gross_output", Reason.WRONG_TYPE, "ytd"),
    ],
)
def test_what_has_no_exact_amount_is_refused(
    number: str, unit: str, indicator: str, reason: Reason, field: str
) -> None:
    refused = refusal(number, unit, indicator)

    assert (refused.reason, refused.field) == (reason, field)


@given(number=numbers, unit=st.sampled_from(sorted(MONEY)))
def test_amounts_agree_with_fraction_arithmetic(number: Decimal, unit: str) -> None:
    exact = Fraction(number) * Fraction(MONEY[unit])

    if abs(exact) > MAX_ABSOLUTE:
        # A fraction of a yuan beyond the range may be named by either reason.
        assert refusal(str(number), unit).reason in {Reason.OUT_OF_RANGE, Reason.NOT_REPRESENTABLE}
    elif exact.denominator != 1:
        assert refusal(str(number), unit).reason is Reason.NOT_REPRESENTABLE
    else:
        assert to_base_units(number, unit, "gross_output", "ytd") == exact


@given(amount=st.integers(-(10**15), 10**15))
def test_the_same_amount_in_any_unit_is_the_same(amount: int) -> None:
    spellings = {
        to_base_units(Decimal(amount).scaleb(-Decimal(factor).adjusted()), unit, "revenue", "ytd")
        for unit, factor in MONEY.items()
    }

    assert spellings == {amount}


@given(number=st.integers(-(10**17), 10**17), unit=st.sampled_from(sorted(MONEY)))
def test_a_whole_number_is_scaled_like_the_decimal_that_it_is(number: int, unit: str) -> None:
    def outcome(reported: int | Decimal) -> int | Reason:
        try:
            return to_base_units(reported, unit, "revenue", "ytd")
        except Refused as refused:
            return refused.reason

    assert outcome(number) == outcome(Decimal(number))


@pytest.mark.parametrize(
    ("industry", "expected"),
    [
        ("0610", ("gross_output",)),
        ("3451", ("gross_output",)),
        ("46", ("gross_output",)),
        ("0111", ("revenue",)),
        ("4710", ("revenue",)),
        ("6450", ("revenue",)),
        ("00", ()),
    ],
)
def test_industry_reports_output_and_services_report_revenue(
    industry: str, expected: tuple[str, ...]
) -> None:
    assert expected_indicators(industry) == expected


@pytest.mark.parametrize("industry", ["", "3", "C34", "３４"])
def test_an_industry_without_a_division_is_refused(industry: str) -> None:
    with pytest.raises(Refused) as caught:
        expected_indicators(industry)

    assert caught.value.reason is Reason.OUT_OF_RANGE


def test_only_employees_are_a_stock() -> None:
    assert [i.id for i in INDICATORS.values() if i.stock] == ["employees"]


def test_every_indicator_has_both_names() -> None:
    assert all(i.name_zh and i.name_en and i.id == key for key, i in INDICATORS.items())


def test_configuration_adds_indicators_without_touching_the_shipped_ones() -> None:
    water = Indicator(
        id="water", name_zh="用水量", name_en="water", base_unit="m3", units={"吨": Decimal(1)}
    )

    catalogue = extended(INDICATORS, [water, ratio("rd_share", "研发投入占比", "R&D share")])

    assert to_base_units(Decimal(7), "吨", "water", "ytd", catalogue) == 7
    assert to_base_units(Decimal("3.25"), "%", "rd_share", "value", catalogue) == 32_500
    assert "water" not in INDICATORS
