"""Tables in the shapes of survey forms load without hand work; every row is accounted for."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import Workbook

from services.ingest.use_cases.take_file import TakenFile
from shared.files.events import FileStamp
from shared.files.guess import guess_mapping
from shared.files.mapping import parse_mapping
from shared.files.tables import FileError, read_tables
from shared.testing.load import credit_code

Take = Callable[..., TakenFile]

SUMMARY = f"""灵璧县规模以上工业企业产值汇总表,,,,,,,
表号：B204-1表,有效期至：2027年1月,,2026年1—5月,,金额单位：千元,,
序号,统一社会信用代码,单位名称,工业总产值,,,,备注
,,,本月,1—本月,上年同期,上年1—本月,
甲,乙,丙,1,2,3,4,
1,{credit_code(1)},甲公司（集团）,"１８，２５０","80,110.5",15900,71020,新厂
2,{credit_code(2)},乙公司,—,"(1,200)",,……,

,{credit_code(3)},丙公司,,,,,停产
4,911,丁公司,abc,80,,,
5,,戊公司,5,80,,,
,合计,,18250,78910.5,15900,71020,
单位负责人：张三,,填表人：李四,,,,,
"""


def _bodies(taken: TakenFile) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.value or b"") for event in taken.events]


def _figures(taken: TakenFile) -> list[tuple[Any, ...]]:
    names = ("uscc", "indicator", "period", "unit", "month", "ytd")
    return [tuple(body.get(name) for name in names) for body in _bodies(taken)]


EXPECTED = [
    (credit_code(1), "gross_output", "2026-05", "千元", "18250", "80110.5"),
    (credit_code(2), "gross_output", "2026-05", "千元", None, "-1200"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_summary_of_many_enterprises_loads_in_every_encoding(
    take: Take, encoding: str, delimiter: str
) -> None:
    text = SUMMARY
    if delimiter == "\t":
        text = text.replace('"80,110.5"', "80110.5").replace('"(1,200)"', "(1200)")
        text = text.replace('"１８，２５０"', "１８，２５０").replace(",", "\t")
    taken = take(text.encode(encoding))
    assert (taken.mapping, taken.topic) == ("1-output-summary", "stats.output.v1")
    assert _figures(taken) == EXPECTED


def test_every_row_below_the_heading_is_counted_once(take: Take) -> None:
    taken = take(SUMMARY.encode())
    assert taken.skipped == {
        "column numbers": 1,
        "blank": 1,
        "nothing reported": 1,
        "total": 1,
        "note": 1,
    }
    assert (taken.rows_taken, taken.rows_refused) == (2, 2)
    assert taken.rows == 9 == taken.rows_taken + taken.rows_refused + sum(taken.skipped.values())
    assert [(r.row, r.field, r.reason) for r in taken.refusals] == [
        (10, "month", "wrong_type"),
        (11, "uscc", "missing_field"),
    ]
    assert all(refused.remedy for refused in taken.refusals)


def test_a_report_of_refused_rows_is_mended_and_sent_again(take: Take) -> None:
    mend = take(SUMMARY.encode("gb18030")).mend[""].decode("utf-8-sig")
    mended = mend.replace(",911,丁公司,abc,", f",{credit_code(4)},丁公司,7,")
    again = take(mended.encode("utf-8-sig"))
    assert _figures(again) == [(credit_code(4), "gross_output", "2026-05", "千元", "7", "80")]
    assert (again.rows, again.rows_refused) == (2, 1)
    third = take(again.mend[""].replace(b",,\xe6\x88\x8a", f",{credit_code(5)},戊".encode()))
    assert [body["uscc"] for body in _bodies(third)] == [credit_code(5)]


def test_the_same_content_always_gets_the_same_event_id(take: Take) -> None:
    first, again = take(SUMMARY.encode()), take(SUMMARY.encode("gbk"))
    later = FileStamp(source="tjj-suzhou", reported_at="2026-06-10T00:00:00+08:00")
    ids = [body["event_id"] for body in _bodies(first)]
    assert ids == [body["event_id"] for body in _bodies(again)]
    assert ids == [body["event_id"] for body in _bodies(take(SUMMARY.encode(), stamp=later))]
    other = _bodies(take(SUMMARY.replace("80,110.5", "80,110.6").encode()))
    assert other[0]["event_id"] != ids[0]
    assert other[1]["event_id"] == ids[1]


def test_a_row_with_unquoted_thousands_separators_is_refused_not_shifted(take: Take) -> None:
    broken = SUMMARY.replace('"80,110.5"', "80,110.5").replace("新厂", "新厂")
    (refused, *_) = take(broken.encode()).refusals
    assert (refused.row, refused.reason) == (6, "wrong_type")
    mend = take(broken.encode()).mend[""]
    assert take(mend).refusals[0].row == 5  # still too many cells for the heading


def test_titles_that_name_two_months_are_not_guessed_between(take: Take) -> None:
    with pytest.raises(FileError, match="2026-04, 2026-05"):
        take(SUMMARY.replace("汇总表", "汇总表（2026年4月）").encode())
    period = FileStamp(source="s", reported_at="2026-06-09T16:20:00+08:00", period="2026-05")
    assert (
        len(take(SUMMARY.replace("汇总表", "汇总表（2026年4月）").encode(), stamp=period).events)
        == 2
    )


def test_january_and_february_are_one_period(take: Take) -> None:
    taken = take(SUMMARY.replace("2026年1—5月", "2026年1—2月").encode())
    assert {body["period"] for body in _bodies(taken)} == {"2026-02"}
    alone = take(SUMMARY.replace("2026年1—5月", "2026年1月").encode())
    assert "january_not_collected" in {refused.reason for refused in alone.refusals}


def _workbook(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def survey_workbook() -> bytes:
    """Two sheets of one enterprise each, a row per indicator, below merged titles; and a cover."""
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "填报说明"
    cover.append(["本表由规模以上工业法人单位填报"])
    for number in (1, 2):
        sheet = book.create_sheet(f"企业{number}")
        sheet.append(["工业产销总值及主要产品产量"])
        sheet.merge_cells("A1:G1")
        sheet.append([f"统一社会信用代码：{credit_code(number)}", None, None, "2026年5月"])
        sheet.append(["指标名称", "计量单位", "代码", "本年", None, "上年同期", None])
        sheet.append([None, None, None, "本月", "1—本月", "本月", "1—本月"])
        for column in "ABC":
            sheet.merge_cells(f"{column}3:{column}4")
        sheet.merge_cells("D3:E3")
        sheet.merge_cells("F3:G3")
        sheet.append(["甲", "乙", "丙", 1, 2, 3, 4])
        sheet.append(
            ["一、工业总产值（当年价格）", "千元", "01", 18250.1 * number, 80110, 15900, 71020]
        )
        sheet.append(["其中：新产品产值", "千元", "02", 1, 2, 3, 4])
        sheet.append(["从业人员期末人数", "人", "03", 120, None, 118, None])
        sheet.append(["单位负责人：", "张三", None, None, None, None, date(2026, 6, 9)])
    return _workbook(book)


def test_survey_forms_of_several_enterprises_in_one_workbook_load(take: Take) -> None:
    taken = take(survey_workbook())
    assert taken.mapping == "2-output-form"
    assert taken.sheets_left_out == ["填报说明"]
    assert _figures(taken) == [
        (credit_code(1), "gross_output", "2026-05", "千元", "18250.1", "80110"),
        (credit_code(1), "employees", "2026-05", "人", "120", None),
        (credit_code(2), "gross_output", "2026-05", "千元", "36500.2", "80110"),
        (credit_code(2), "employees", "2026-05", "人", "120", None),
    ]
    assert _bodies(taken)[0]["ytd_last_year"] == "71020"
    assert taken.skipped == {"column numbers": 2, "indicator not in the mapping": 4}
    assert taken.refusals == []


def test_merged_cells_of_a_long_table_count_for_all_their_rows(take: Take) -> None:
    text = f"""报告期,统一社会信用代码,指标名称,计量单位,本月,1-本月
2026-05,{credit_code(1)},工业总产值,万元,1,5
,,利润总额,万元,-0.1,0.2
2026年5月,{credit_code(2)},工业总产值,万元,2,6
"""
    assert _figures(take(text.encode())) == [
        (credit_code(1), "gross_output", "2026-05", "万元", "1", "5"),
        (credit_code(1), "total_profit", "2026-05", "万元", "-0.1", "0.2"),
        (credit_code(2), "gross_output", "2026-05", "万元", "2", "6"),
    ]


def test_a_register_and_an_investment_table_load(take: Take) -> None:
    register = f"""信用代码,单位名称,行政区划代码,行业代码,规上,变动类型,生效月份,企业规模
{credit_code(1)},甲公司（集团）,341323000000,C3451,是,纳统,2026年1月,中型
"""
    (body,) = _bodies(take(register.encode("gbk")))
    assert body["name"] == "甲公司（集团）"
    assert (body["region"], body["industry"], body["above_scale"]) == ("341323", "3451", True)
    assert (body["action"], body["effective"], body["size"]) == ("entry", "2026-01", "medium")
    investment = """2026年1-5月固定资产投资（单位：万元）
项目代码,项目名称,区划代码,行业代码,计划总投资,累计完成投资,建设阶段,开工时间,1-本月,本月
2603-341323-04-01-100001,轴承产业园二期,341323,3451,"52,000",18300,在建,2026/3/15,"9,620.5",2110.5
"""
    taken = take(investment.encode("gbk"))
    (body,) = _bodies(taken)
    assert taken.topic == "stats.investment.v1"
    assert (body["stage"], body["started_on"], body["ytd"]) == ("building", "2026-03-15", "9620.5")


def test_a_proposed_mapping_reads_the_table_it_was_made_from(take: Take) -> None:
    sheets = read_tables(SUMMARY.encode())
    proposed = parse_mapping(guess_mapping(sheets), "guessed", "guessed.yaml")
    assert _figures(take(SUMMARY.encode(), proposed)) == EXPECTED
    form = parse_mapping(guess_mapping(read_tables(survey_workbook())[1:]), "form", "form.yaml")
    assert form.topic == "stats.output.v1"
    assert "填写列名" not in guess_mapping(read_tables(survey_workbook())[1:])


def test_the_mapping_of_the_documentation_works(take: Take) -> None:
    page = (Path(__file__).parents[3] / "docs/operations/sending.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    mapping = parse_mapping(example.replace('["2026*"]', '"*"'), "example", "sending.md")
    text = f"""2026年5月
信用代码,工业总产值（万元）,,收入本月,收入累计
,本月,1-本月,,
{credit_code(1)},1,5,2,7
"""
    assert _figures(take(text.encode(), mapping)) == [
        (credit_code(1), "gross_output", "2026-05", "万元", "1", "5"),
        (credit_code(1), "revenue", "2026-05", "万元", "2", "7"),
    ]


def test_a_file_that_no_mapping_can_read_says_what_to_do(take: Take) -> None:
    with pytest.raises(FileError, match="--guess"):
        take(b"a,b\n1,2\n")
    with pytest.raises(FileError, match="no row looks like a heading"):
        guess_mapping(read_tables(b"a,b\n1,2\n"))
