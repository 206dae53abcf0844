"""Figures as typed cells of a workbook: exact values, and formats that write them as the texts do.

Yuan stay yuan: a format with thousands scaled away twice and a literal point before the last two
digits shows hundred millions with two decimals.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from openpyxl.cell.cell import Cell

from services.alerts.domain.calendar import BEIJING
from services.alerts.domain.papers.figure import Figure, Form, Kind
from services.alerts.domain.papers.words import MEASURES
from shared.files.writing import set_text
from shared.plans.measures import decimals_of

HUNDRED_MILLIONS = '0"."00,,'
"""12345678900 is shown as 123.46; decimals cannot be grouped in it."""

_TEN_THOUSANDS = '0"."0,'
_EXACT_UP_TO = 2**53
"""Cells are binary floats: greater integers would change."""

_MONTH_LENGTH = len("2026-05")
_FEBRUARY = 2

_Typed = tuple[int | float | date | datetime, str]


def put(cell: Cell, figure: Figure, text: str, unit_said: str) -> None:
    """The figure's value with its format; the text where it has no number or date."""
    typed = None if figure.value is None else _typed(figure, unit_said)
    if typed is None:
        set_text(cell, text)
        return
    cell.value, cell.number_format = typed


def _typed(figure: Figure, unit_said: str) -> _Typed | None:
    write = _WRITE.get(figure.kind)
    return write(figure, unit_said) if write else None


def _amount(figure: Figure, unit_said: str) -> _Typed | None:
    value = int(figure.value or 0)
    if abs(value) > _EXACT_UP_TO:
        return None
    name = MEASURES.get(figure.measure, figure.measure)
    decimals = decimals_of(figure.measure)
    if figure.measure == "1":
        return float(Decimal(value).scaleb(-decimals)), _signed(figure, "0.0%")
    if figure.measure not in {"CNY", "USD", "kWh"}:
        if decimals:
            return float(Decimal(value).scaleb(-decimals)), _signed(figure, "#,##0.00")
        return value, _signed(figure, f'#,##0"{_unit(name, unit_said)}"')
    if unit_said == name:
        return value, _signed(figure, "#,##0")
    if unit_said == f"万{name}":
        return value, _signed(figure, _TEN_THOUSANDS)
    return value, _signed(figure, f'{HUNDRED_MILLIONS}"{_unit(f"亿{name}", unit_said)}"')


def _count(figure: Figure, unit_said: str) -> _Typed:
    name = MEASURES.get(figure.measure, figure.measure)
    return int(figure.value or 0), _signed(figure, f'#,##0"{_unit(name, unit_said)}"')


def _unit(name: str, unit_said: str) -> str:
    return "" if name == unit_said else f" {name}".replace('"', "")


def _number(number_format: str) -> Callable[[Figure, str], _Typed]:
    def write(figure: Figure, _unit_said: str) -> _Typed:
        return _float(figure), _signed(figure, number_format)

    return write


def _points(figure: Figure, _unit_said: str) -> _Typed:
    """In points, because a format can multiply by a hundred only with a percent sign."""
    return float(Decimal(repr(_float(figure))) * 100), _signed(figure, "0.0")


def _float(figure: Figure) -> float:
    return float(figure.value or 0)


def _signed(figure: Figure, number_format: str) -> str:
    changes = figure.kind in {Kind.CHANGE, Kind.POINTS}
    if figure.form is Form.SIGNED or (changes and figure.form is not Form.PLAIN):
        return f"+{number_format};-{number_format};{number_format}"
    return number_format


def _period(figure: Figure, _unit_said: str) -> _Typed | None:
    text = str(figure.value)
    if len(text) != _MONTH_LENGTH or not text[5:].isdigit():
        return None
    year, month = int(text[:4]), int(text[5:])
    words = "1—2月" if month == _FEBRUARY else None
    shown = f'yyyy"年{words}"' if words else 'yyyy"年"m"月"'
    return date(year, month, 1), shown


def _moment(figure: Figure, _unit_said: str) -> _Typed:
    at = datetime.fromisoformat(str(figure.value)).astimezone(BEIJING)
    return at.replace(tzinfo=None), "yyyy-mm-dd hh:mm"


def _date(figure: Figure, _unit_said: str) -> _Typed:
    return date.fromisoformat(str(figure.value)), "yyyy-mm-dd"


_WRITE: Mapping[Kind, Callable[[Figure, str], _Typed | None]] = {
    Kind.AMOUNT: _amount,
    Kind.COUNT: _count,
    Kind.RATIO: _number("0.00"),
    Kind.SCORE: _number("0.00"),
    Kind.SHARE: _number("0.0%"),
    # Neither is a share below one shown as 100 %, nor a chance as certain.
    Kind.COVERAGE: _number('[>=1]0.0%;[>=0.9995]"99.9%";0.0%'),
    Kind.PROBABILITY: _number('[<0.01]"不到1%";[>0.99]"99%以上";0%'),
    Kind.CHANGE: _number("0.0%"),
    Kind.POINTS: _points,
    Kind.PERIOD: _period,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
}
