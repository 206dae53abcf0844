"""What cells, titles and mappings mean; no file makes the readers fail in another way."""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.use_cases.take_file import TakenFile
from shared.events.reasons import Refused
from shared.files import cells
from shared.files.guess import guess_mapping
from shared.files.mapping import MappingError, parse_mapping, shipped_mappings
from shared.files.tables import FileError, read_tables

_WIDE = str.maketrans("0123456789.,-()", "０１２３４５６７８９．，－（）")
_NUMBERS = st.decimals(min_value=-(10**15), max_value=10**15, places=4, allow_nan=False)


@settings(deadline=None)
@given(number=_NUMBERS, wide=st.booleans(), brackets=st.booleans())
def test_a_number_survives_separators_full_width_digits_and_brackets(
    *, number: Decimal, wide: bool, brackets: bool
) -> None:
    text = f"{number:,f}"
    if brackets and number < 0:
        text = f"({text[1:]})"
    text = text.translate(_WIDE) if wide else text
    assert cells.number(f" {text}\u3000", "ytd") == number


@settings(deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_spreadsheets_number_is_taken_with_the_digits_it_shows(value: float) -> None:
    assert cells.number(value, "ytd") == Decimal(f"{value:.15g}")


def test_binary_fractions_of_a_spreadsheet_do_not_become_long_decimals() -> None:
    assert cells.number(0.1 + 0.2, "ytd") == Decimal("0.3")


@settings(deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_is_a_number_or_blank_or_refused(text: str) -> None:
    try:
        value = cells.number(text, "ytd")
    except Refused:
        return
    assert value is None or value.is_finite()


@settings(deadline=None)
@given(text=st.text(alphabet="0123456789年月-/.～至1一二 期", max_size=16))
def test_any_text_is_a_month_or_refused(text: str) -> None:
    try:
        value = cells.month(text, "period")
    except Refused:
        return
    assert value is None or len(value) == 7


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("2026年5月", "2026-05"),
        ("２０２６年５月", "2026-05"),
        ("2026年1—5月", "2026-05"),
        ("2026年1月-12月", "2026-12"),
        ("2026年1-2月", "2026-02"),
        ("2026-01/02", "2026-02"),
        ("2026-05", "2026-05"),
        ("2026/5", "2026-05"),
        ("2026/1/5", "2026-01"),
        ("2026-01-05", "2026-01"),
        ("202605", "2026-05"),
        ("20260531", "2026-05"),
        (202605, "2026-05"),
        (datetime(2026, 5, 31), "2026-05"),  # noqa: DTZ001 - spreadsheets know no zones
        ("", None),
    ],
)
def test_months_are_read_as_statistics_systems_write_them(cell: Any, month: str | None) -> None:
    assert cells.month(cell, "period") == month


@pytest.mark.parametrize("text", ["2026年3-5月", "2026年第1季度", "5月", "2026"])
def test_what_is_no_single_month_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        cells.month(text, "period")


@pytest.mark.parametrize("text", ["", "-", "—", "——", "…", "……", "/", "无", "\u3000", "－"])
def test_signs_for_nothing_are_absent_not_zero(text: str) -> None:
    assert cells.number(text, "ytd") is None


@pytest.mark.parametrize(
    "text", ["1,23", "12,3456", "1.2E+05", "约5", "5%", "#REF!", "12 34", "1 23"]
)
def test_doubtful_numbers_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        cells.number(text, "ytd")


def test_a_time_without_zone_is_chinas() -> None:
    assert cells.moment("2026-06-09 16:20", "reported_at") == "2026-06-09T16:20:00+08:00"


@settings(deadline=None)
@given(data=st.binary(max_size=400), packed=st.booleans())
def test_no_bytes_make_the_table_reader_fail(*, data: bytes, packed: bool) -> None:
    with suppress(FileError):
        guess_mapping(read_tables(b"PK\x03\x04" + data if packed else data))


@settings(deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(alphabet="甲1,-年月合计 本上同期\n\"'=", max_size=6), max_size=9),
        max_size=8,
    )
)
def test_every_row_of_any_table_below_a_heading_is_accounted_for(
    take: Callable[..., TakenFile], rows: list[list[str]]
) -> None:
    head = "2026年5月 单位：千元\n信用代码,工业总产值/本月,工业总产值/1-本月,备注\n"
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    taken = take((head + "\n".join(quoted)).encode())
    assert taken.rows == taken.rows_taken + taken.rows_refused + sum(taken.skipped.values())
    assert taken.rows == len(rows) - (1 if rows and not rows[-1] else 0)
    assert sum(taken.skipped.values()) + len(taken.mend) <= taken.rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML"),
        ("- 1", "at least topic and fields"),
        ("topic: stats.weather.v1", "is none of"),
        ("topic: stats.output.v1\nfields: {uscc: a}", "also needs indicator, period, unit"),
        ("topic: stats.output.v1\nfields: {colour: a}", "colour cannot be mapped"),
        ("topic: stats.output.v1\nfields: {uscc: {colum: a}}", "unknown field `colum`"),
        ("topic: stats.output.v1\nfields: {uscc: {}}", "needs one of column, title, value"),
        ("topic: stats.output.v1\nfields: {name: {title: true}}", "titles only give"),
        ("topic: stats.output.v1\nfields: {uscc: 5}", "texts are needed|write a head"),
        ("topic: stats.output.v1\ncolour: red", "unknown key"),
    ],
)
def test_a_wrong_mapping_says_where_and_what(text: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(text, "m", "m.yaml")


def test_all_shipped_mappings_are_valid_and_described() -> None:
    assert len(shipped_mappings()) >= 4
    assert all(mapping.description for mapping in shipped_mappings().values())


def test_full_width_letters_of_a_heading_are_compared_as_narrow_ones() -> None:
    assert cells.squeezed("１ — 本 月") == "1-本月" == unicodedata.normalize("NFKC", "1-本月")
