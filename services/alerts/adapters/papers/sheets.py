"""A table on its sheet: caption, headings that stay in view, typed cells, notes."""

from collections.abc import Sequence
from typing import Literal

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from services.alerts.adapters.papers import outline
from services.alerts.adapters.papers.cells import put
from services.alerts.adapters.papers.colours import FILLS
from services.alerts.adapters.papers.outline import Gaps
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Column, Row, Run, Table
from shared.files.writing import display_width, set_text

_NARROW, _WIDE = 8, 42
_LINE = 16
"""Points of a line."""

_FIRST_HEADING = 3
_HEAD = PatternFill("solid", fgColor="DDE6F0")
_TOTAL = PatternFill("solid", fgColor="F2F5F8")
_SUPPRESSED = PatternFill("solid", fgColor="E3E8ED")
_THIN = Side("thin", color="B8C4CF")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FAINT = Font(color="5E6C79", size=9)
TITLE = Font(bold=True, size=13)


def fill(sheet: Worksheet, table: Table, title: str, about: str) -> None:
    """Caption, marks, headings, rows, notes; headings stay in view and on every page."""
    text_at(sheet, 1, 1, title).font = TITLE
    text_at(sheet, 2, 1, about).font = _FAINT
    headings = _headings(sheet, table.columns, _FIRST_HEADING)
    gaps = Gaps.of(table)
    row = headings
    for row, cells in enumerate(table.rows, start=headings + 1):
        _fill_row(sheet, row, table.columns, cells, gaps)
    for note in outline.notes_below(table):
        row += 1
        text_at(sheet, row, 1, note).font = _FAINT
    _set_view(sheet, table, headings)
    _set_sizes(sheet, table, headings, gaps)


def _fill_row(
    sheet: Worksheet, number: int, columns: Sequence[Column], row: Row, gaps: Gaps
) -> None:
    for place, (column, run) in enumerate(zip(columns, row.cells, strict=True), start=1):
        cell = sheet.cell(number, place)
        if isinstance(cell, MergedCell):  # only headings are merged
            continue
        text = gaps.text(run, column.unit)
        if isinstance(run, Figure):
            put(cell, run, text, column.unit)
        elif run:
            set_text(cell, text)
        _dress(cell, run, outline.alignment(column, run), total=row.total)


def _headings(sheet: Worksheet, columns: Sequence[Column], first: int) -> int:
    """One row, or two with groups over neighbouring columns; returns the last one's number."""
    last = first + any(column.group for column in columns)
    for place, column in enumerate(columns, start=1):
        for row in range(first, last + 1):
            _dress_heading(sheet.cell(row, place))
        text_at(sheet, last if column.group else first, place, outline.heading(column))
        if last > first and not column.group:
            sheet.merge_cells(None, first, place, last, place)
    for start, end, group in outline.groups(columns):
        text_at(sheet, first, start, group)
        if end > start:
            sheet.merge_cells(None, first, start, first, end)
    return last


def _dress_heading(cell: Cell | MergedCell) -> None:
    cell.font = Font(bold=True)
    cell.fill = _HEAD
    cell.border = _BORDER
    cell.alignment = Alignment("center", "center", wrap_text=True)


def _dress(cell: Cell | MergedCell, run: Run, side: str, *, total: bool) -> None:
    cell.border = _BORDER
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=side == "left")
    if total:
        cell.fill = _TOTAL
        cell.font = Font(bold=True)
    if isinstance(run, Figure) and run.suppressed:
        cell.fill = _SUPPRESSED
    elif isinstance(run, Figure) and run.colour is not None:
        cell.fill = PatternFill("solid", fgColor=FILLS[run.colour])


def set_page(sheet: Worksheet, orientation: Literal["portrait", "landscape"]) -> None:
    """A4, as wide as the page, with page numbers."""
    sheet.page_setup.orientation = orientation
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    footer = sheet.oddFooter
    if footer is not None and footer.center is not None:
        footer.center.text = "&P / &N"


def _set_view(sheet: Worksheet, table: Table, headings: int) -> None:
    sheet.freeze_panes = f"B{headings + 1}"
    body = [row for row in table.rows if not row.total]
    if body and not any(row.total for row in table.rows[: len(body)]):
        last = get_column_letter(len(table.columns))
        sheet.auto_filter.ref = f"A{headings}:{last}{headings + len(body)}"
    sheet.print_title_rows = f"{_FIRST_HEADING}:{headings}"
    set_page(sheet, "landscape")


def _set_sizes(sheet: Worksheet, table: Table, headings: int, gaps: Gaps) -> None:
    """Widths by the content; heights by the lines that it takes, which programs do not guess."""
    lines = [1] * len(table.rows)
    for place, column in enumerate(table.columns):
        texts = [gaps.text(row.cells[place], column.unit) for row in table.rows]
        widest = max(display_width(text) for text in (*texts, outline.heading(column)))
        width = max(_NARROW, min(_WIDE, widest + 3))
        sheet.column_dimensions[get_column_letter(place + 1)].width = width
        needed = [-(-display_width(text) // (width - 2)) for text in texts]
        lines = [max(pair) for pair in zip(lines, needed, strict=True)]
    for number, count in enumerate(lines, start=headings + 1):
        sheet.row_dimensions[number].height = _LINE * count
    sheet.row_dimensions[1].height = _LINE * 1.5
    for number in range(_FIRST_HEADING, headings):
        sheet.row_dimensions[number].height = _LINE
    has_units = any(column.unit for column in table.columns)
    sheet.row_dimensions[headings].height = _LINE * (2 if has_units else 1.2)


def text_at(sheet: Worksheet, row: int, column: int, text: str) -> Cell | MergedCell:
    """A cell that holds a text."""
    cell = sheet.cell(row, column)
    set_text(cell, text)
    return cell
