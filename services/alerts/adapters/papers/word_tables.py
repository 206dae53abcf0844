"""Tables of a paper in Word: headings on every page, rows that stay whole, columns that fit."""

from collections.abc import Sequence

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table as Grid
from docx.table import _Cell, _Row

from services.alerts.adapters.papers import outline
from services.alerts.adapters.papers.colours import FILLS
from services.alerts.adapters.papers.outline import Gaps
from services.alerts.adapters.papers.widths import MARGIN, Fit
from services.alerts.adapters.papers.word_fields import element
from services.alerts.adapters.papers.word_styles import CELL, NOTE
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Column, Row, Run, Table

_ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
_HEAD, _TOTAL = "DDE6F0", "F2F5F8"


def add_table(document: Document, table: Table, caption: str, fitted: Fit) -> None:
    """The table in its parts, each with the caption, and what stands below."""
    gaps = Gaps.of(table)
    for number, places in enumerate(fitted.parts):
        ending = "（续）" if number else ""
        document.add_paragraph(f"{caption}　{table.title}{ending}", style="Caption")
        _add_part(document, table, places, fitted, gaps)
    notes = outline.notes_below(table)
    if notes:
        _keep_with_next(document.tables[-1])
    for note in notes:
        document.add_paragraph(note, style=NOTE)
    document.add_paragraph(style=NOTE)


def _add_part(
    document: Document, table: Table, places: Sequence[int], fitted: Fit, gaps: Gaps
) -> None:
    columns = [table.columns[place] for place in places]
    heads = 1 + any(column.group for column in columns)
    grid = document.add_table(heads + len(table.rows), len(columns), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    _set_margins(grid)
    widths = fitted.stretched(places)
    rows = list(grid.rows)
    for row in rows[:heads]:
        row._tr.get_or_add_trPr().append(element("tblHeader"))  # noqa: SLF001 - no method for it
    for row in rows:
        row._tr.get_or_add_trPr().insert(0, element("cantSplit"))  # noqa: SLF001 - likewise
    for row, content in zip(rows[heads:], table.rows, strict=True):
        cells = [content.cells[place] for place in places]
        _fill_row(row, columns, Row(tuple(cells), content.total), gaps, fitted.points)
    _set_widths(grid, rows, widths)
    _fill_heads(grid, columns, heads, fitted.points)


def _keep_with_next(grid: Grid) -> None:
    """The last two rows go to the next page with the notes rather than leave them alone there."""
    for row in list(grid.rows)[-2:]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _set_margins(grid: Grid) -> None:
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=str(Mm(MARGIN).twips), type="dxa"))
    look = grid._tbl.tblPr.find(qn("w:tblLook"))  # noqa: SLF001 - no method for it
    if look is None:
        grid._tbl.tblPr.append(margins)  # noqa: SLF001 - likewise
    else:
        look.addprevious(margins)


def _set_widths(grid: Grid, rows: Sequence[_Row], widths: Sequence[float]) -> None:
    """In the grid and in every cell: programs disagree about which one counts."""
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    for row in rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _fill_heads(grid: Grid, columns: Sequence[Column], heads: int, points: float) -> None:
    upper, lower = grid.rows[0].cells, grid.rows[heads - 1].cells
    for over, cell, column in zip(upper, lower, columns, strict=True):
        for each in {id(over): over, id(cell): cell}.values():
            _shade(each, _HEAD)
        head = cell if column.group or heads == 1 else over.merge(cell)
        _write(head, outline.heading(column), points, bold=True, at=WD_ALIGN_PARAGRAPH.CENTER)
    for start, end, group in outline.groups(columns):
        head = upper[start - 1].merge(upper[end - 1]) if end > start else upper[start - 1]
        _write(head, group, points, bold=True, at=WD_ALIGN_PARAGRAPH.CENTER)


def _fill_row(
    row: _Row, columns: Sequence[Column], content: Row, gaps: Gaps, points: float
) -> None:
    for cell, column, run in zip(row.cells, columns, content.cells, strict=True):
        at = _ALIGNMENTS[outline.alignment(column, run)]
        _write(cell, gaps.text(run, column.unit), points, bold=content.total, at=at)
        fill = _fill_of(run, total=content.total)
        if fill:
            _shade(cell, fill)


def _fill_of(run: Run, *, total: bool) -> str:
    if isinstance(run, Figure) and run.colour is not None:
        return FILLS[run.colour]
    return _TOTAL if total else ""


def _write(cell: _Cell, text: str, points: float, *, bold: bool, at: WD_ALIGN_PARAGRAPH) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for extra in cell.paragraphs[1:]:  # that merging has left
        extra._p.getparent().remove(extra._p)  # noqa: SLF001 - no method for it
    paragraph = cell.paragraphs[0]
    paragraph._p.style = CELL  # noqa: SLF001 - by id: looking the name up takes most of the time
    paragraph.alignment = at
    run = paragraph.add_run(text)
    run.font.size = Pt(points)
    run.font.bold = bold


def _shade(cell: _Cell, colour: str) -> None:
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 - no method for it
    for before in properties.findall(qn("w:shd")):
        properties.remove(before)
    shade = element("shd", val="clear", color="auto", fill=colour)
    below = properties.find(qn("w:vAlign"))
    if below is None:
        properties.append(shade)
    else:
        below.addprevious(shade)  # the order of the schema
