"""Papers as XLSX: typed cells, formats, views, and text that never acts as a formula."""

import io

import msgspec
import openpyxl
import pytest
from openpyxl.workbook import Workbook

from services.alerts.adapters.papers.cells import HUNDRED_MILLIONS
from services.alerts.adapters.papers.press import render
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import Column, Paper, Row, Section, Table


@pytest.fixture(scope="module")
def book(rich_xlsx: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(rich_xlsx))


def test_there_is_a_cover_a_sheet_for_each_table_and_chart_and_notes(book: Workbook) -> None:
    assert book.sheetnames == [
        "封面",
        "表1 重点产业集群主要指标",
        "表2 停滞项目",
        "图1 全市轴承产业累计产值与目标路径",
        "图2 各县区可比增速",
        "图3 产值变动分解",
        "说明",
    ]
    links = [
        cell.hyperlink.location
        for row in book["封面"].iter_rows()
        for cell in row
        if cell.hyperlink
    ]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:-1]]


def test_the_cover_names_the_office_only_where_there_is_one(rich_paper: Paper) -> None:
    def cover(paper: Paper) -> list[str]:
        sheet = openpyxl.load_workbook(io.BytesIO(render(paper, Format.XLSX)))["封面"]
        return [str(cell.value) for cell in sheet["A"]]

    assert "编发" in cover(rich_paper)
    assert "编发" not in cover(msgspec.structs.replace(rich_paper, issuer=""))


def test_every_sheet_with_figures_says_that_data_are_simulated(book: Workbook) -> None:
    for sheet in book.worksheets:
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
        assert any("模拟数据" in text for text in texts), sheet.title


def test_money_is_whole_yuan_shown_in_hundred_millions(book: Workbook) -> None:
    cell = book.worksheets[1]["C45"]
    assert (cell.value, cell.number_format) == (123_456_789_012, HUNDRED_MILLIONS + '""')


def test_headings_stay_in_view_on_screen_and_on_paper(book: Workbook) -> None:
    sheet = book.worksheets[1]
    assert sheet.freeze_panes == "B5"
    assert sheet.print_title_rows == "$3:$4"
    assert sheet.auto_filter.ref == "A4:M44"
    assert sheet.page_setup.orientation == "landscape"
    assert {str(area) for area in sheet.merged_cells.ranges} >= {"A3:A4", "B3:D3", "E3:H3"}


def test_no_text_acts_as_a_formula(book: Workbook) -> None:
    dangerous = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                    dangerous.append(cell)
    assert len(dangerous) == 4
    assert all(cell.quotePrefix for cell in dangerous)


def test_a_suppressed_cell_is_marked_and_a_null_says_why_below(book: Workbook) -> None:
    sheet = book.worksheets[1]
    assert [cell.value for cell in sheet[9]][:3] == ["泗县第4集群", "*", "*"]
    notes = [sheet.cell(row, 1).value for row in range(46, 49)]
    assert notes[1:] == [
        "“—\u00a0①”未设目标；“—\u00a0②”无预测。",
        "“*”表示填报单位过少或过于集中，依统计法不予公布。",
    ]


def test_sheets_of_equal_or_odd_titles_have_names_of_their_own(rich_paper: Paper) -> None:
    title = "一/二*三?[四]:'五" + "长" * 40
    tables = tuple(Table(f"t{n}", title, (Column("名称"),), (Row(("甲",)),)) for n in range(12))
    paper = msgspec.structs.replace(rich_paper, sections=(Section("一", tables),))
    book = openpyxl.load_workbook(io.BytesIO(render(paper, Format.XLSX)))
    names = book.sheetnames
    assert len({name.casefold() for name in names}) == len(names) == 14
    assert all(len(name) <= 31 for name in names)


def test_an_amount_that_a_cell_would_round_is_written_as_text(rich_paper: Paper) -> None:
    value = 2**53 + 1
    table = Table(
        "t",
        "表",
        (Column("名称"), Column("累计", Kind.AMOUNT, "亿元")),
        (Row(("甲", Figure("x", Kind.AMOUNT, value))),),
    )
    paper = msgspec.structs.replace(rich_paper, sections=(Section("一", (table,)),))
    book = openpyxl.load_workbook(io.BytesIO(render(paper, Format.XLSX)))
    assert book.worksheets[1]["B4"].value == "90,071,992.55"


def test_the_same_paper_gives_the_same_file(rich_paper: Paper, rich_xlsx: bytes) -> None:
    assert render(rich_paper, Format.XLSX) == rich_xlsx
