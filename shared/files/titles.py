"""What the rows above a table say about all of its rows: period, unit, credit code."""

import re
from collections.abc import Sequence

from shared.files.cells import month_in, plain, squeezed
from shared.files.tables import Cell, FileError

_OTHER_DATES = re.compile(
    r"(?:有效期至?|制表日期|报出日期|打印日期|填报日期|导出日期|导出时间|制定日期)[::]?[\d年月日/:.-]*"
)
"""Survey forms carry the date until which they are approved, and when they were printed."""
_RANGE = re.compile(r"(?:19|20|21)\d{2}(?:年|[-/.])[\d月/~至-]*")
_UNIT = re.compile(r"单位[::]?\(?(亿美元|万美元|美元|亿元|万元|千元|元|万千瓦时|千瓦时|人)")
_CREDIT_CODE = re.compile(
    r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Z])"
)
_UNIT_IN_HEAD = re.compile(
    r"\((?:单位:)?(亿美元|万美元|美元|亿元|万元|千元|元|万千瓦时|千瓦时|人)\)"
)


def title_value(field: str, rows: Sequence[Sequence[Cell]], sheet_name: str) -> str | None:
    """Value of one of `mapping.TITLED` from the rows above the heading, else from the sheet's name.

    Raises `FileError` when they name several.
    """
    texts = [plain(cell) for row in rows for cell in row]
    for pieces in (texts, [plain(sheet_name)]):
        found = sorted({value for piece in pieces for value in _values(field, piece)})
        if len(found) > 1:
            raise FileError(
                f"the titles name several values for {field} ({', '.join(found)}): say which"
            )
        if found:
            return found[0]
    return None


def unit_in_head(path: str) -> str | None:
    """The unit that a column's head carries in brackets."""
    match = _UNIT_IN_HEAD.search(path)
    return match[1] if match else None


def _values(field: str, text: str) -> list[str]:
    if field == "unit":
        return _UNIT.findall(squeezed(text))
    if field == "uscc":
        return _CREDIT_CODE.findall(text.upper())
    cleaned = _OTHER_DATES.sub("", squeezed(text))
    return [month for match in _RANGE.findall(cleaned) if (month := month_in(match))]
