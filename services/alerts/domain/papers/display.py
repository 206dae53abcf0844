"""How a figure is written: the one place for texts, tables, charts and messages of papers.

Rounding is half up on exact decimals. A number that is shown as zero has no sign.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from services.alerts.domain.calendar import BEIJING
from services.alerts.domain.papers import words
from services.alerts.domain.papers.figure import Figure, Form, Kind
from shared.plans.measures import decimals_of

_HUNDRED_MILLION = 100_000_000
_TEN_THOUSAND = 10_000
_SCALED = frozenset({"CNY", "USD", "kWh"})
"""Measures written in hundred millions, and small ones in ten thousands, outside of tables."""

_SMALL = _HUNDRED_MILLION // 10
_MOST_DECIMALS = 8
_FEBRUARY = 2
_YEAR, _MONTH = 4, 7
"""Lengths of `YYYY` and `YYYY-MM`."""

_WORDED: Mapping[Kind, tuple[str, str]] = {
    Kind.CHANGE: ("增长", "下降"),
    Kind.POINTS: ("提高", "回落"),
}
_MORE_OR_LESS = ("增加", "减少")
_SAME = "持平"


def cell(figure: Figure, unit_said: str = "") -> str:
    """A figure in a table or a chart; a unit that the heading says is not repeated."""
    if figure.suppressed:
        return words.SUPPRESSED
    if figure.value is None:
        return words.UNKNOWN
    number, unit = _parts(figure, unit_said)
    return number if unit == unit_said else _with_unit(number, unit)


def sentence(figure: Figure) -> str:
    """A figure in a sentence: with its unit, and with the reason where it is null."""
    if figure.suppressed:
        return words.SUPPRESSED
    if figure.value is None:
        return f"{words.UNKNOWN}（{words.missing(figure.reason)}）"
    if figure.kind is Kind.DATE:
        year, month, day = str(figure.value).split("-")
        return f"{year}年{int(month)}月{int(day)}日"
    return _with_unit(*_parts(figure, ""))


def drawn(figure: Figure, unit: str) -> float | None:
    """The number in a chart whose axis has the unit; None is a gap."""
    value = figure.value
    if value is None or isinstance(value, str):
        return None
    if figure.kind is Kind.AMOUNT:
        return float(Decimal(value) / _scale(figure.measure, unit))
    return float(_exact(value) * 100) if figure.kind in _PERCENT else float(value)


def period(text: str) -> str:
    """A week, month, quarter or year; February stands for January–February."""
    if len(text) == _YEAR:
        return f"{text}年"
    year, part = text.split("-")
    if part[0] in "QW":
        return f"{year}年第{int(part[1:])}{'季度' if part[0] == 'Q' else '周'}"
    return f"{year}年{month(text)}"


def month(text: str) -> str:
    """The month of `YYYY-MM` without its year."""
    number = int(text[5:_MONTH])
    return "1—2月" if number == _FEBRUARY else f"{number}月"


def moment(text: str) -> str:
    """A moment in China, to the minute. Raises `ValueError` for what is no ISO 8601."""
    return f"{datetime.fromisoformat(text).astimezone(BEIJING):%Y-%m-%d %H:%M}"


def day(text: str) -> str:
    """The day of a moment in China."""
    at = datetime.fromisoformat(text).astimezone(BEIJING)
    return f"{at.year}年{at.month}月{at.day}日"


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}" if unit and number != _SAME else number


def _parts(figure: Figure, unit_said: str) -> tuple[str, str]:
    """The number with its sign, and its unit."""
    value = figure.value
    if isinstance(value, str):
        return _WORDS[figure.kind](figure, value), ""
    if value is None:
        return words.UNKNOWN, ""
    match figure.kind:
        case Kind.AMOUNT:
            return _amount(figure, int(value), unit_said)
        case Kind.COUNT:
            unit = words.MEASURES.get(figure.measure, figure.measure)
            return _signed(figure, Decimal(value), 0), unit
        case Kind.PROBABILITY:
            return _chance(_exact(value))
        case Kind.COVERAGE:
            return _coverage(figure, _exact(value)), "%"
        case kind:
            factor, decimals, unit = _NUMBERS[kind]
            return _signed(figure, _exact(value) * factor, decimals), unit


_NUMBERS: Mapping[Kind, tuple[int, int, str]] = {
    Kind.SHARE: (100, 1, "%"),
    Kind.CHANGE: (100, 1, "%"),
    Kind.POINTS: (100, 1, "个百分点"),
    Kind.SCORE: (1, 2, "分"),
    Kind.RATIO: (1, 2, ""),
}
"""Factor, decimals and unit."""

_PERCENT = frozenset({Kind.SHARE, Kind.COVERAGE, Kind.CHANGE, Kind.POINTS, Kind.PROBABILITY})

_WORDS: Mapping[Kind, Callable[[Figure, str], str]] = {
    Kind.PERIOD: lambda _, value: period(value),
    Kind.DATE: lambda _, value: value,
    Kind.MOMENT: lambda _, value: moment(value),
    Kind.VERDICT: lambda figure, value: words.verdict(value, figure.colour),
    Kind.STAGE: lambda _, value: words.STAGES.get(value, value),
    Kind.TEXT: lambda _, value: value,
}


def _amount(figure: Figure, value: int, unit_said: str) -> tuple[str, str]:
    """Hundred millions, in a sentence ten thousands for small ones; others in their own unit."""
    measure = figure.measure
    name = words.MEASURES.get(measure, measure)
    if measure == "1":
        return _signed(figure, Decimal(value).scaleb(-decimals_of(measure)) * 100, 1), "%"
    if measure not in _SCALED:
        decimals = decimals_of(measure)
        return _signed(figure, Decimal(value).scaleb(-decimals), 2 if decimals else 0), name
    unit = f"亿{name}"
    if unit_said in (name, f"万{name}") or (unit_said != unit and 0 < abs(value) < _SMALL):
        unit = unit_said if unit_said == name else f"万{name}"
    scaled = Decimal(value) / _scale(measure, unit)
    return _signed(figure, scaled, 0 if unit == name else _enough_decimals(scaled)), unit


def _scale(measure: str, unit: str) -> int:
    """How many base units of the measure one of a unit is."""
    if measure not in _SCALED:
        decimals: int = decimals_of(measure)
        per_cent = 2 if measure == "1" else 0
        return int(10 ** (decimals - per_cent))
    return {"亿": _HUNDRED_MILLION, "万": _TEN_THOUSAND}.get(unit[:1], 1)


def _enough_decimals(scaled: Decimal) -> int:
    """Two, or as many as a small amount needs in order not to be shown as zero."""
    decimals = 2
    while scaled and decimals < _MOST_DECIMALS and not _rounded(scaled, decimals):
        decimals += 1
    return decimals


def _signed(figure: Figure, number: Decimal, decimals: int) -> str:
    shown = _rounded(number, decimals)
    digits = f"{abs(shown):,.{decimals}f}"
    form = figure.form or (Form.SIGNED if figure.kind in _WORDED else Form.PLAIN)
    if form is Form.WORDED:
        more, less = _WORDED.get(figure.kind, _MORE_OR_LESS)
        return f"{more if shown > 0 else less} {digits}" if shown else _SAME
    if not shown or form is Form.MAGNITUDE:
        return digits
    plus = "+" if form is Form.SIGNED else ""
    return f"{plus if shown > 0 else '-'}{digits}"


def _chance(value: Decimal) -> tuple[str, str]:
    """Never certain: less than one per cent and more than 99 say so."""
    if value < Decimal("0.01"):
        return "不到 1", "%"
    if value > Decimal("0.99"):
        return "99", "% 以上"
    return f"{_rounded(value * 100, 0)}", "%"


def _coverage(figure: Figure, value: Decimal) -> str:
    shown = _rounded(value * 100, 1)
    if value < 1 and shown >= 100:  # noqa: PLR2004 - per cent
        shown = Decimal("99.9")
    return _signed(figure, shown, 1)


def _exact(value: float) -> Decimal:
    """The decimal that the number is written as, not its binary neighbour."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
