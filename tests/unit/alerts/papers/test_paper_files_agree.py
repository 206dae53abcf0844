"""Figures in text, tables, chart data and JSON are those of the model, in every file."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from openpyxl.worksheet.worksheet import Worksheet

from services.alerts.adapters.papers.chart_data import data_table
from services.alerts.adapters.papers.outline import Gaps, captions, words_of
from services.alerts.domain.papers import display
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import Paper, Paragraph, Table, encode_paper
from shared.files.writing import display_width

Said = tuple[str, str, str]
"""Id, exact value and text of a figure."""


class Reader(HTMLParser):
    """Collects the figures of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Said] = []
        self._open: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            said = dict(attrs)
            self._open = (said["data-figure"] or "", said["value"] or "")

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.found.append((*self._open, data))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the name that html.parser calls it by
        self._open = None


def every_table(paper: Paper) -> Iterator[Table]:
    """Tables, and the data of charts as the files have them."""
    yield from paper.tables()
    yield from (data_table(chart) for chart in paper.charts())


def paragraphs(paper: Paper) -> Iterator[Paragraph]:
    for section in paper.sections:
        yield from (block for block in section.blocks if isinstance(block, Paragraph))
    yield from paper.notes


def expected(paper: Paper) -> Iterator[Said]:
    """Every figure with the text that a reader must see."""
    for paragraph in (*paragraphs(paper), *(note for t in every_table(paper) for note in t.notes)):
        for run in paragraph.runs:
            if isinstance(run, Figure):
                yield (run.id, exact(run), display.sentence(run))
    for table in every_table(paper):
        gaps = Gaps.of(table)
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                if isinstance(cell, Figure):
                    yield (cell.id, exact(cell), gaps.text(cell, column.unit))


def exact(figure: Figure) -> str:
    return "" if figure.value is None else str(figure.value)


def test_html_has_every_figure_with_its_exact_value(rich_paper: Paper, rich_html: bytes) -> None:
    reader = Reader()
    reader.feed(rich_html.decode())
    assert len(reader.found) > 500
    assert Counter(reader.found) == Counter(expected(rich_paper))


def test_json_has_every_figure_with_its_exact_value(rich_paper: Paper) -> None:
    def figures(value: object) -> Iterator[tuple[str, object]]:
        if isinstance(value, dict):
            if "kind" in value and "value" in value:
                yield (value["id"], value["value"])
            for each in value.values():
                yield from figures(each)
        elif isinstance(value, list):
            for each in value:
                yield from figures(each)

    found = Counter(figures(json.loads(encode_paper(rich_paper))))
    assert found == Counter((figure.id, figure.value) for figure in rich_paper.figures())


def test_docx_tables_read_as_the_model_rounds_to_the_same_numbers(
    rich_paper: Paper, rich_docx: bytes
) -> None:
    grids = docx.Document(io.BytesIO(rich_docx)).tables
    tables = list(rich_paper.tables())
    assert len(grids) == len(tables)
    for grid, table in zip(grids, tables, strict=True):
        gaps = Gaps.of(table)
        rows = list(grid.rows)[-len(table.rows) :]
        for row, content in zip(rows, table.rows, strict=True):
            for cell, column, run in zip(row.cells, table.columns, content.cells, strict=True):
                assert cell.text == gaps.text(run, column.unit)
                if isinstance(run, Figure) and column.unit == "亿元" and run.value is not None:
                    assert float(cell.text.replace(",", "")) == pytest.approx(
                        int(run.value) / 1e8, abs=0.005
                    )


def test_docx_text_has_every_sentence_and_pictures_say_every_point(
    rich_paper: Paper, rich_docx: bytes
) -> None:
    document = docx.Document(io.BytesIO(rich_docx))
    text = [paragraph.text for paragraph in document.paragraphs]
    for paragraph in paragraphs(rich_paper):
        assert words_of(paragraph) in text
    said = [each.get("descr") for each in document.element.iter(qn("wp:docPr"))]
    for chart, words in zip(rich_paper.charts(), said, strict=True):
        for series in chart.series:
            for point in series.points:
                assert f" {display.cell(point, chart.unit)}" in words


def test_xlsx_cells_hold_the_exact_values(rich_paper: Paper, rich_xlsx: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(rich_xlsx))
    tables = list(every_table(rich_paper))
    sheets = book.worksheets[1:-1]
    assert len(sheets) == len(tables)
    for sheet, table in zip(sheets, tables, strict=True):
        compare(sheet, table)


def compare(sheet: Worksheet, table: Table) -> None:
    gaps = Gaps.of(table)
    first = 5 if any(column.group for column in table.columns) else 4
    for number, row in enumerate(table.rows, start=first):
        for place, (column, run) in enumerate(zip(table.columns, row.cells, strict=True), 1):
            cell = sheet.cell(number, place)
            if not isinstance(run, Figure):
                assert cell.value == (run or None)
                assert cell.data_type in "sn"
            elif run.value is None:
                assert cell.value == gaps.text(run, column.unit)
            else:
                assert cell.value == in_workbook(run)


def in_workbook(figure: Figure) -> object:
    value = figure.value
    match figure.kind:
        case Kind.VERDICT | Kind.STAGE | Kind.TEXT:
            return display.cell(figure)
        case Kind.PERIOD:
            return datetime.fromisoformat(f"{value}-01")
        case Kind.DATE:
            return datetime.combine(date.fromisoformat(str(value)), datetime.min.time())
        case Kind.POINTS:
            assert isinstance(value, float)
            return pytest.approx(value * 100)
        case _ if isinstance(value, float):
            return pytest.approx(value, rel=1e-15)  # openpyxl writes sixteen digits
        case _:
            return value


def test_captions_number_tables_and_charts_apart(rich_paper: Paper) -> None:
    assert captions(rich_paper) == {
        "clusters": "表 1",
        "projects": "表 2",
        "path": "图 1",
        "growth": "图 2",
        "change": "图 3",
    }


def test_chinese_characters_and_dashes_are_two_columns_wide() -> None:
    assert display_width("1—2月 a\nb") == 1 + 2 + 1 + 2 + 2
