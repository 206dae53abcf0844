"""How figures of papers are written."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.papers import display
from services.alerts.domain.papers.figure import Figure, Form, Kind
from shared.events.status import Colour


def figure(kind: Kind, value: float | str | None, **more: object) -> Figure:
    return Figure("unit|indicator|2026-05|field", kind, value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "said", "in_cell"),
    [
        (figure(Kind.AMOUNT, 1_234_567_890), "12.35 亿元", "12.35"),
        (figure(Kind.AMOUNT, 123_456_789_012), "1,234.57 亿元", "1,234.57"),
        (figure(Kind.AMOUNT, 5_400_000), "540.00 万元", "0.05"),
        (figure(Kind.AMOUNT, 300_000), "30.00 万元", "0.003"),
        (figure(Kind.AMOUNT, -65_000_000, form=Form.SIGNED), "-0.65 亿元", "-0.65"),
        (figure(Kind.AMOUNT, 65_000_000, form=Form.SIGNED), "+0.65 亿元", "+0.65"),
        (figure(Kind.AMOUNT, 0), "0.00 亿元", "0.00"),
        (figure(Kind.AMOUNT, 250_000_000, measure="USD"), "2.50 亿美元", "2.50 亿美元"),
        (figure(Kind.AMOUNT, 1_234, measure="person"), "1,234 人", "1,234 人"),
        (figure(Kind.AMOUNT, 123_000, measure="1"), "12.3 %", "12.3 %"),
        (figure(Kind.COUNT, 15, measure="个"), "15 个", "15 个"),
        (figure(Kind.RATIO, 1.005), "1.01", "1.01"),
        (figure(Kind.SCORE, 87.345), "87.35 分", "87.35 分"),
        (figure(Kind.SHARE, 0.25), "25.0 %", "25.0 %"),
        (figure(Kind.CHANGE, 0.103), "+10.3 %", "+10.3 %"),
        (figure(Kind.CHANGE, -0.0321, form=Form.WORDED), "下降 3.2 %", "下降 3.2 %"),
        (figure(Kind.CHANGE, 0.0004, form=Form.WORDED), "持平", "持平"),
        (figure(Kind.CHANGE, -0.0321, form=Form.MAGNITUDE), "3.2 %", "3.2 %"),
        (figure(Kind.CHANGE, -0.0004), "0.0 %", "0.0 %"),
        (figure(Kind.POINTS, 0.032, form=Form.PLAIN), "3.2 个百分点", "3.2 个百分点"),
        (figure(Kind.POINTS, -0.012, form=Form.WORDED), "回落 1.2 个百分点", "回落 1.2 个百分点"),
        (figure(Kind.COVERAGE, 0.99999), "99.9 %", "99.9 %"),
        (figure(Kind.COVERAGE, 1.0), "100.0 %", "100.0 %"),
        (figure(Kind.PROBABILITY, 0.644), "64 %", "64 %"),
        (figure(Kind.PROBABILITY, 0.0), "不到 1 %", "不到 1 %"),
        (figure(Kind.PROBABILITY, 0.999), "99 % 以上", "99 % 以上"),
        (figure(Kind.PERIOD, "2026-02"), "2026年1—2月", "2026年1—2月"),
        (figure(Kind.PERIOD, "2026-Q2"), "2026年第2季度", "2026年第2季度"),
        (figure(Kind.PERIOD, "2026-W07"), "2026年第7周", "2026年第7周"),
        (figure(Kind.PERIOD, "2026"), "2026年", "2026年"),
        (figure(Kind.DATE, "2026-06-02"), "2026年6月2日", "2026-06-02"),
        (figure(Kind.MOMENT, "2026-06-11T23:30:00+00:00"), "2026-06-12 07:30", "2026-06-12 07:30"),
        (figure(Kind.VERDICT, "behind", colour=Colour.YELLOW), "略有滞后", "略有滞后"),
        (figure(Kind.VERDICT, "on_track", colour=Colour.BLUE), "预警", "预警"),
        (figure(Kind.VERDICT, "off_track"), "未达进度", "未达进度"),
        (figure(Kind.STAGE, "building"), "在建", "在建"),
        (figure(Kind.AMOUNT, None, reason="no_target"), "—（未设目标）", "—"),
        (figure(Kind.AMOUNT, None, reason="区划调整"), "—（区划调整）", "—"),
        (figure(Kind.AMOUNT, None, suppressed=True), "*", "*"),
    ],
)
def test_a_figure_is_written_with_its_unit_in_a_sentence_and_without_where_the_heading_says_it(
    one: Figure, said: str, in_cell: str
) -> None:
    assert display.sentence(one) == said
    assert display.cell(one, "亿元") == in_cell


@given(st.integers(-(10**15), 10**15))
def test_an_amount_is_never_further_from_its_exact_value_than_rounding_allows(yuan: int) -> None:
    number, unit = display.sentence(figure(Kind.AMOUNT, yuan)).split(" ")
    scale = {"亿元": 10**8, "万元": 10**4}[unit]
    places = len(number.partition(".")[2])
    shown = Decimal(number.replace(",", ""))
    assert abs(shown - Decimal(yuan) / scale) <= Decimal(5).scaleb(-places - 1)
    assert bool(shown) == bool(yuan)


@given(st.floats(-9, 9))
def test_a_change_that_is_shown_as_zero_has_no_sign(change: float) -> None:
    shown = display.cell(figure(Kind.CHANGE, change))
    assert re.fullmatch(r"0\.0 %|[+-]\d+\.\d %", shown)
    assert not re.match(r"[+-]0\.0 ", shown)


@pytest.mark.parametrize(
    ("kind", "value", "more"),
    [
        (Kind.AMOUNT, 1.5, {}),
        (Kind.AMOUNT, None, {}),
        (Kind.AMOUNT, 5, {"suppressed": True}),
        (Kind.CHANGE, float("nan"), {}),
        (Kind.CHANGE, "0.1", {}),
        (Kind.DATE, 20260602, {}),
    ],
)
def test_a_figure_without_reason_or_with_a_value_of_another_kind_cannot_be_made(
    kind: Kind, value: float | str | None, more: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="field"):
        figure(kind, value, **more)
