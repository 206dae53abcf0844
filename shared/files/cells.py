"""What cells mean: full-width digits, thousands separators, Chinese dates, yes and no.

Every function takes the field's name for the refusal. Blank cells are absent, never zero.
"""

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal

from shared.clock import CHINA
from shared.events.reasons import Reason, Refused
from shared.files.tables import Cell

_BLANK = re.compile(r"[-—….·/\\]*|无")
"""Signs for "nothing reported" in Chinese tables: — …… / 无."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?", re.ASCII)
_IN_BRACKETS = re.compile(r"\((.+)\)")
_ROUNDED = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+", re.ASCII)
_MOST_DIGITS = 18
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_MONTHS = (
    # 2026年5月, 2026年1-5月 (January to May: the period of May), 2026年1月-5月
    re.compile(r"((?:19|20|21)\d{2})年(?:0?1月?[-~至/])?(\d{1,2})(?:月(?![-~至])|(?![\d月~至-]))"),
    re.compile(r"((?:19|20|21)\d{2})-(?:01/)?(\d{1,2})(?!\d)"),
    re.compile(r"((?:19|20|21)\d{2})[/.](\d{1,2})(?!\d)"),
)
_YEAR = re.compile(r"((?:19|20|21)\d{2})年?度?")
_QUARTER = re.compile(r"((?:19|20|21)\d{2})年?-?(?:q|第)?([1-4一二三四])(?:季度?)?")
_QUARTERS = dict(zip("一二三四", "1234", strict=True))
_COMPACT = re.compile(r"((?:19|20|21)\d{2})(\d{2})(?:\d{2})?")
_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TRUE, _FALSE = {"是", "true", "1", "y", "yes", "√", "有"}, {"否", "false", "0", "n", "no", "×"}


def plain(cell: Cell) -> str:
    """The cell as narrow text without blanks around it; numbers as a spreadsheet shows them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _written(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return unicodedata.normalize("NFKC", str(cell)).strip().strip("\u200b\ufeff")


def squeezed(cell: Cell) -> str:
    """Text to compare headings by: no blanks at all, one kind of dash, lower case."""
    return re.sub(r"\s+", "", plain(cell)).translate(_DASHES).lower()


def is_blank(cell: Cell) -> bool:
    """Whether nothing is reported."""
    return _BLANK.fullmatch(plain(cell).translate(_DASHES)) is not None


def number(cell: Cell, field: str) -> Decimal | None:
    """The exact number of a cell, None where it is blank.

    A spreadsheet keeps binary fractions; they are taken with the 15 digits that it shows. Brackets
    are a minus. Raises `Refused` with `WRONG_TYPE`.
    """
    if isinstance(cell, bool):
        raise Refused(Reason.WRONG_TYPE, field, "a yes or no where a number belongs")
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        if not math.isfinite(cell):  # 1e999 in the XML of a workbook
            raise Refused(Reason.WRONG_TYPE, field, f"{cell} is not a number")
        return Decimal(_written(cell))
    text = plain(cell).translate(_DASHES)
    if _BLANK.fullmatch(text):
        return None
    inner = _IN_BRACKETS.fullmatch(text)
    digits = f"-{inner[1]}" if inner else text
    if _NUMBER.fullmatch(digits):
        return Decimal(re.sub("[, ]", "", digits))
    if _ROUNDED.fullmatch(text):
        raise Refused(Reason.WRONG_TYPE, field, f"{text!r} was rounded by the spreadsheet")
    raise Refused(Reason.WRONG_TYPE, field, f"{plain(cell)[:60]!r} is not a number")


def whole(cell: Cell, field: str) -> int | None:
    """A whole number. Raises `Refused` with `WRONG_TYPE` or `OUT_OF_RANGE`."""
    value = number(cell, field)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise Refused(Reason.WRONG_TYPE, field, f"{plain(cell)[:60]!r} is not a whole number")
    if value.adjusted() >= _MOST_DIGITS:  # JSON's integers have 64 bits
        raise Refused(Reason.OUT_OF_RANGE, field, "the number has too many digits")
    return int(value)


def truth(cell: Cell, field: str) -> bool | None:
    """Yes or no. Raises `Refused` with `WRONG_TYPE`."""
    text = squeezed(cell)
    if not text:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Refused(Reason.WRONG_TYPE, field, f"{plain(cell)[:60]!r} is neither 是 nor 否")


def day(cell: Cell, field: str) -> str | None:
    """A day as `YYYY-MM-DD`. Raises `Refused` with `WRONG_TYPE`."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    text = squeezed(cell)
    if not text:
        return None
    match = _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)
    if match is None:
        raise Refused(Reason.WRONG_TYPE, field, f"{text[:60]!r} is not a day like 2026-05-31")
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"


def month(cell: Cell, field: str) -> str | None:
    """A month as `YYYY-MM`; 2026年1-5月 is its last month. Raises `Refused` with `BAD_PERIOD`."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:7]
    text = squeezed(cell)
    if not text:
        return None
    compact = _COMPACT.fullmatch(text)
    if compact:
        return f"{compact[1]}-{compact[2]}"
    found = month_in(text)
    if found is None:
        raise Refused(Reason.BAD_PERIOD, field, f"{text[:60]!r} is not a month like 2026年5月")
    return found


def period(cell: Cell, field: str) -> str | None:
    """A month, quarter or year as `YYYY-MM`, `YYYY-Qn` or `YYYY`. Raises `Refused` as `month`."""
    text = squeezed(cell)
    year, quarter = _YEAR.fullmatch(text), _QUARTER.fullmatch(text)
    if year:
        return year[1]
    if quarter and re.search("[q季]", text):
        return f"{quarter[1]}-Q{_QUARTERS.get(quarter[2], quarter[2])}"
    return month(cell, field)


def month_in(text: str) -> str | None:
    """The first month that a title names, as `YYYY-MM`."""
    for pattern in _MONTHS:
        match = pattern.search(text)
        if match:
            return f"{match[1]}-{int(match[2]):02d}"
    return None


def moment(cell: Cell, field: str) -> str | None:
    """A time as RFC 3339; without an offset it is China's. Raises `Refused` with `WRONG_TYPE`."""
    if isinstance(cell, str):
        text = plain(cell)
        if not text:
            return None
        try:
            cell = datetime.fromisoformat(text)
        except ValueError as error:
            detail = f"{text[:60]!r} is not a time like 2026-06-09 16:20:00"
            raise Refused(Reason.WRONG_TYPE, field, detail) from error
    if cell is None:
        return None
    if not isinstance(cell, datetime):
        raise Refused(Reason.WRONG_TYPE, field, f"{plain(cell)!r} is not a time")
    return (cell if cell.tzinfo else cell.replace(tzinfo=CHINA)).isoformat()


def _written(value: float) -> str:
    return f"{value:.15g}"
