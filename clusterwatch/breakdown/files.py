"""Writing tables as XLSX and CSV so that nothing in them can act as a formula."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as Box
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from clusterwatch.breakdown.tables import Amount, Cell, Table
from shared.files.writing import display_width, inert, set_text

_HEADING = PatternFill("solid", fgColor="DDE6F0")
_NARROW, _WIDE = 8, 60


def write_xlsx(tables: Sequence[Table], path: Path) -> None:
    """One sheet for each table, headings frozen. Raises `OSError`."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        _fill(book.create_sheet(table.title), table)
    book.save(path)


def csv_text(table: Table) -> str:
    """The table as CSV; the writer adds the mark by which spreadsheets know UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(inert, table.columns))
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return text.getvalue()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Amount):
        return f"{cell.value:f}" if cell.value else "0"
    if isinstance(cell, int):
        return str(cell)
    return inert(cell)


def _fill(sheet: Worksheet, table: Table) -> None:
    for column, heading in enumerate(table.columns, start=1):
        box = sheet.cell(row=1, column=column)
        _set(box, heading)
        box.font = Font(bold=True)
        box.fill = _HEADING
        box.alignment = Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate(table.rows, start=2):
        for column, cell in enumerate(row, start=1):
            if cell is not None:
                _set(sheet.cell(row=number, column=column), cell)
    sheet.freeze_panes = f"{get_column_letter(table.frozen_columns + 1)}2"
    sheet.auto_filter.ref = sheet.dimensions
    for column, heading in enumerate(table.columns, start=1):
        texts = [heading, *(_plain(row[column - 1]) for row in table.rows)]
        widest = max(display_width(text) for text in texts)
        width = max(_NARROW, min(_WIDE, widest + 2))
        sheet.column_dimensions[get_column_letter(column)].width = width


def _set(box: Box | MergedCell, cell: Cell) -> None:
    """A typed value; text stays text even when it begins like a formula."""
    if isinstance(box, MergedCell):  # none is ever merged here
        return
    if isinstance(cell, Amount):
        box.value = float(cell.value)
        box.number_format = cell.number_format
    elif isinstance(cell, int):
        box.value = cell
        box.number_format = "0"
    elif cell:
        set_text(box, cell)
