"""`clusterwatch plans breakdown` as an operator uses it."""

import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner, Result

from clusterwatch.breakdown.files import csv_text, write_xlsx
from clusterwatch.breakdown.tables import Table
from clusterwatch.commands.plans import app

BEARINGS = "szah-lb-bearings-output"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("CLUSTERWATCH_PLANS", raising=False)
    monkeypatch.delenv("CLUSTERWATCH_DATA_LABEL", raising=False)


@pytest.fixture
def bases(tmp_path: Path) -> Path:
    path = tmp_path / "bases.csv"
    path.write_text(f"indicator,value,source\n{BEARINGS},24.9,市统计局\n", encoding="utf-8-sig")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["breakdown", *(str(each) for each in arguments)])


def records(sheet: Worksheet) -> list[dict[str, object]]:
    rows = sheet.iter_rows(values_only=True)
    headings = [str(heading) for heading in next(rows)]
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_the_workbook_has_years_months_and_notes(tmp_path: Path, bases: Path) -> None:
    output = tmp_path / "out.xlsx"

    result = run("suzhou-2027", "-o", output, "--bases", bases)

    assert result.exit_code == 0, result.output
    book = load_workbook(output)
    assert book.sheetnames == ["年度分解", "月度分解", "说明"]
    row = next(r for r in records(book["年度分解"]) if r["指标编号"] == BEARINGS)
    assert row["2025年"] == pytest.approx(39.579, abs=5e-4)
    assert row["2026年"] == pytest.approx(62.912, abs=5e-4)
    assert row["2027年"] == 100
    assert (row["要求"], row["基期值"], row["基数来源"]) == ("超过", 24.9, "市统计局")
    assert "第" in str(row["出处"])
    months = [r for r in records(book["月度分解"]) if r["指标编号"] == BEARINGS]
    assert [r["年份"] for r in months] == [2025, 2026, 2027]
    assert months[2]["1—12月"] == 100
    assert months[2]["1—2月"] is None


def test_cells_are_typed_and_headings_stay_in_view(tmp_path: Path, bases: Path) -> None:
    output = tmp_path / "out.xlsx"
    run("suzhou-2027", "-o", output, "--bases", bases)

    sheet = load_workbook(output)["年度分解"]

    headings = [cell.value for cell in sheet[1]]
    number = next(n for n, row in enumerate(sheet.iter_rows(), 1) if row[3].value == BEARINGS)
    cell = sheet.cell(number, headings.index("2025年") + 1)
    assert cell.data_type == "n"
    assert cell.number_format == "#,##0.00##"
    assert sheet.cell(number, headings.index("年均增速") + 1).number_format == "0.00%"
    assert sheet.freeze_panes == "D2"


def test_without_bases_the_row_says_what_is_missing(tmp_path: Path) -> None:
    output = tmp_path / "out.xlsx"
    run("suzhou-2027", "-o", output)

    rows = records(load_workbook(output)["年度分解"])

    bearings = next(r for r in rows if r["指标编号"] == BEARINGS)
    assert bearings["2025年"] is None
    assert str(bearings["说明"]).startswith("缺少基数")
    redacted = next(r for r in rows if r["指标编号"] == "szah-green-food-output")
    assert (redacted["目标值"], redacted["说明"]) == (None, "目标未公布")


def test_every_indicator_of_all_plans_is_in_the_file(tmp_path: Path) -> None:
    output = tmp_path / "all.xlsx"

    assert run("-o", output).exit_code == 0

    book = load_workbook(output)
    for name in ("年度分解", "月度分解"):
        assert len({row["指标编号"] for row in records(book[name])}) == 35 + 42 + 59 + 35 + 22


def test_csv_is_marked_as_utf_8_and_holds_the_same_figures(tmp_path: Path, bases: Path) -> None:
    output = tmp_path / "out.csv"

    assert run("suzhou-2027", "-o", output, "--bases", bases).exit_code == 0

    data = output.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    years = {r["年份"]: r["全年"] for r in rows if r["指标编号"] == BEARINGS}
    assert years == {"2025": "39.57912889", "2026": "62.91194552", "2027": "100"}


def test_shares_of_a_file_pace_the_months(tmp_path: Path, bases: Path) -> None:
    shares = tmp_path / "shares.csv"
    shares.write_text("month,share\n2,0.13\n3,0.22\n", encoding="utf-8")

    result = run("suzhou-2027", "--bases", bases, "--shares", shares, "--years", "2027")

    rows = list(csv.DictReader(io.StringIO(result.output, newline="")))
    row = next(r for r in rows if r["指标编号"] == BEARINGS)
    assert (row["1—2月"], row["1—3月"], row["1—4月"], row["1—12月"]) == ("13", "22", "", "100")
    assert "shares.csv" in row["口径与依据"]


def test_the_data_label_and_the_plan_version_are_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_DATA_LABEL", "模拟数据")
    output = tmp_path / "out.xlsx"
    run("suzhou-2027", "-o", output)

    notes = [(row["项目"], str(row["内容"])) for row in records(load_workbook(output)["说明"])]

    assert ("数据标识", "模拟数据") in notes
    assert any(item == "规划" and "版本 1" in text for item, text in notes)


def test_bad_bases_are_all_named_with_row_field_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "bases.csv"
    path.write_text(
        "indicator,value,measure,year\n"
        "atlantis,1,,\n"
        f"{BEARINGS},about 25,,\n"
        f"{BEARINGS},24.9,人,\n"
        f"{BEARINGS},24.9,亿元,2023\n"
        "suzhou-ah-yongqiao-sz-zj-sh-funds-growth,1,,\n"
        f"{BEARINGS},NaN,,\n",
        encoding="utf-8",
    )

    result = run("suzhou-2027", "--bases", path)

    assert result.exit_code == 2
    for text in (
        "row 2, indicator",
        "row 3, value",
        "row 4, measure",
        "row 5, year",
        "row 6, indicator",
        "row 7, value",
    ):
        assert text in result.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("indicator\nx\n", "column(s) value missing"),
        (f"indicator,value\n{BEARINGS},1,2\n", "more cells than columns"),
        (f"indicator,value\n{BEARINGS},1\n{BEARINGS},2\n", "given twice"),
        (f"indicator,value\n{BEARINGS},0.000000001\n", "whole number"),
    ],
)
def test_files_that_cannot_be_used_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bases.csv"
    path.write_text(text, encoding="utf-8")

    result = run("suzhou-2027", "--bases", path)

    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("atlantis",), "there is no plan"),
        (("suzhou-2027", "-o", "out.pdf"), ".xlsx or .csv"),
        (("suzhou-2027", "--years", "soon"), "2025-2027"),
        (("suzhou-2027", "--years", "2027-2025"), "2025-2027"),
        (("suzhou-2027", "--bases", "/nowhere/bases.csv"), "No such file"),
        (("suzhou-2027", "-o", "/nowhere/out.xlsx"), "No such file"),
        (("suzhou-2027", "--metrics-url", "http://127.0.0.1:9"), "does not answer"),
        (("suzhou-2027", "--metrics-url", "127.0.0.1"), "http"),
    ],
)
def test_wrong_options_are_explained(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)

    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output


def test_texts_never_act_as_formulas(tmp_path: Path) -> None:
    texts = ("=1+1", "+1+A1", "-1-A1", "@SUM(A1)", "\t=1", "#N/A", "a\x07b")
    table = Table("t", ("name",), tuple((text,) for text in texts))
    path = tmp_path / "t.xlsx"

    write_xlsx([table], path)

    cells = [row[0] for row in load_workbook(path)["t"].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(texts)
    assert cells[0].value == "=1+1"
    lines = csv_text(table).splitlines()[1:]
    assert [line.strip('"')[0] for line in lines[:5]] == ["'"] * 5


def test_help_teaches_the_files_and_an_example() -> None:
    text = run("--help").output

    for word in ("--bases", "--shares", "--metrics-url", "--years", "年度分解", "Example"):
        assert word in text
