"""Refused rows as a table that can be mended and sent again with the same mapping."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from shared.events.reasons import Reason, Refused
from shared.files.cells import plain
from shared.files.tables import Cell
from shared.files.writing import inert

MARKS: Final = ("原行号", "拒收字段", "拒收原因", "说明", "办法")
"""Row, field, reason, detail, remedy; they stand before the table, so that its columns end it."""

REMEDIES: Final[dict[Reason, str]] = {
    Reason.NOT_JSON: "write one JSON object per line",
    Reason.NOT_UTF8: "save the file in UTF-8",
    Reason.NULL_VALUE: "send the event, or leave the line out",
    Reason.BAD_HEADER: "leave the header out",
    Reason.TOO_LARGE: "shorten the texts: an event has at most 1 MiB",
    Reason.MISSING_FIELD: "fill the cell in; if it is a whole column, check the mapping",
    Reason.WRONG_TYPE: "write numbers like 1234.5, dates like 2026-05-31; quote cells with commas",
    Reason.UNKNOWN_UNIT: "money is in 元, 千元, 万元 or 亿元, electricity in 千瓦时 or 万千瓦时",
    Reason.UNKNOWN_INDICATOR: "use an indicator of the contract, or leave the row out",
    Reason.BAD_PERIOD: "write the month like 2026-05 or 2026年5月",
    Reason.JANUARY_NOT_COLLECTED: "report January together with February, as 2026-02",
    Reason.BAD_CODE: "check the credit code against the business licence; format the cells as text",
    Reason.UNKNOWN_REGION: "write the code of six digits of a county or zone that the plan covers",
    Reason.NOT_REPRESENTABLE: "check the unit: the amount has fractions of one yuan",
    Reason.OUT_OF_RANGE: "check the value and its unit",
    Reason.REPORTED_IN_FUTURE: "check the clock of the sending system",
    Reason.SOURCE_CONFLICT: "only the source that sent the subject first may report it",
    Reason.WEIGHTS_ABOVE_ONE: "weights in the clusters of one level may not exceed 10000 together",
}


class RefusedRow(msgspec.Struct, frozen=True):
    """One refusal and where it is; a row may have several."""

    sheet: str
    row: int
    field: str | None
    reason: Reason
    detail: str
    remedy: str


def explained(sheet: str, row: int, refusal: Refused) -> RefusedRow:
    """A refusal with its place and its remedy."""
    remedy = REMEDIES[refusal.reason]
    return RefusedRow(sheet, row, refusal.field, refusal.reason, refusal.detail, remedy)


def mend_table(
    head: Sequence[Sequence[Cell]],
    rows: Iterable[tuple[Sequence[Cell], Sequence[RefusedRow]]],
) -> bytes:
    """CSV (UTF-8 with mark, as spreadsheets want it) of titles, heading and refused rows."""
    old = _old_marks(head[-1])
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    blank = [""] * len(MARKS)
    for row in head[:-1]:
        writer.writerow([*blank, *map(_as_it_came, row[old:])])
    writer.writerow([*MARKS, *map(_as_it_came, head[-1][old:])])
    for cells, refusals in rows:
        marks = (
            str(refusals[0].row),
            "; ".join(refusal.field or "" for refusal in refusals),
            "; ".join(refusal.reason for refusal in refusals),
            "; ".join(refusal.detail for refusal in refusals),
            "; ".join(dict.fromkeys(refusal.remedy for refusal in refusals)),
        )
        writer.writerow([*map(inert, marks), *map(_as_it_came, cells[old:])])
    return text.getvalue().encode("utf-8-sig")


def _as_it_came(cell: Cell) -> str:
    """What was sent, except that a spreadsheet must not compute it."""
    return inert(cell if isinstance(cell, str) else plain(cell))


def _old_marks(heads: Sequence[Cell]) -> int:
    """Number of columns that an earlier report put before the table."""
    return len(MARKS) if tuple(map(plain, heads[: len(MARKS)])) == MARKS else 0
