"""A paper as XLSX: a cover, one sheet for each table and for the data of each chart, notes."""

import io
from collections.abc import Mapping
from datetime import datetime

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from services.alerts.adapters.papers import outline
from services.alerts.adapters.papers.archives import steady
from services.alerts.adapters.papers.chart_data import data_table
from services.alerts.adapters.papers.sheets import TITLE, fill, set_page, text_at
from services.alerts.domain.papers import display, words
from services.alerts.domain.papers.model import Paper, Table

_NAME_LENGTH = 31
"""Most characters of a sheet's name."""

_FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")
_COVER_WIDTHS = (14, 70)
_LINK = Font(color="1763B8", underline="single")


def xlsx(paper: Paper) -> bytes:
    """The workbook; the same paper gives the same bytes."""
    book = Workbook()
    captions = outline.captions(paper)
    charts = (data_table(chart) for chart in paper.charts())
    sheets: dict[str, Table] = {}
    for table in (*paper.tables(), *charts):
        caption = captions[table.id]
        name = _sheet_name(f"{caption.replace(' ', '')} {table.title}", sheets)
        sheets[name] = table
        fill(book.create_sheet(name), table, f"{caption}　{table.title}", _about(paper))
    _cover(book.worksheets[0], paper, sheets, captions)
    _notes(book.create_sheet("说明"), paper)
    book.properties = DocumentProperties(
        title=paper.title,
        subject=paper.subtitle,
        creator=paper.issuer or "clusterwatch",
        language="zh-CN",
        keywords=" ".join(outline.marks(paper)),
    )
    file = io.BytesIO()
    book.save(file)
    return steady(file.getvalue(), datetime.fromisoformat(paper.issued_at))


def _about(paper: Paper) -> str:
    """What every sheet says."""
    said = (paper.title, outline.issue(paper), outline.state_of_data(paper), *outline.marks(paper))
    return "　".join(said)


def _sheet_name(title: str, taken: Mapping[str, object]) -> str:
    """A name that spreadsheets accept and no other sheet has, whatever its case."""
    name = title.translate(_FORBIDDEN)[:_NAME_LENGTH].strip()
    used = {each.casefold() for each in taken}
    number = 2
    while name.casefold() in used:
        ending = f" {number}"
        name = name[: _NAME_LENGTH - len(ending)] + ending
        number += 1
    return name


def _cover(
    sheet: Worksheet, paper: Paper, sheets: Mapping[str, Table], captions: Mapping[str, str]
) -> None:
    sheet.title = "封面"
    for column, width in zip("AB", _COVER_WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    text_at(sheet, 1, 1, paper.title).font = Font(bold=True, size=20)
    text_at(sheet, 2, 1, paper.subtitle).font = Font(size=14)
    rows = (
        ("期号", outline.issue(paper)),
        *((("编发", paper.issuer),) if paper.issuer else ()),
        ("日期", display.day(paper.issued_at)),
        ("数据", outline.state_of_data(paper)),
        ("标识", "；".join(outline.marks(paper))),
    )
    for row, (name, value) in enumerate(rows, start=4):
        text_at(sheet, row, 1, name)
        text_at(sheet, row, 2, value)
    first = 5 + len(rows)
    text_at(sheet, first - 1, 1, "目录").font = Font(bold=True)
    for row, (name, table) in enumerate(sheets.items(), start=first):
        text_at(sheet, row, 1, captions[table.id])
        link = text_at(sheet, row, 2, table.title)
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{name}'!A1")
        link.font = _LINK
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 32, 22
    sheet.sheet_view.showGridLines = False
    set_page(sheet, "portrait")


def _notes(sheet: Worksheet, paper: Paper) -> None:
    sheet.column_dimensions["A"].width = 110
    text_at(sheet, 1, 1, "说明").font = TITLE
    said = [outline.words_of(note) for note in paper.notes]
    said += ["；".join(outline.marks(paper)) + "。", words.SUPPRESSED_NOTE]
    said.append("金额单元格存的是元，按格式显示为亿元；“—”表示没有数据，原因见表下，不是零。")
    set_page(sheet, "portrait")
    for row, text in enumerate(said, start=2):
        text_at(sheet, row, 1, text).alignment = Alignment(vertical="top", wrap_text=True)
