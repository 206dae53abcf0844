"""Single values: periods, amounts with their units, cells of spreadsheets."""

import math
import struct
from decimal import Decimal, DecimalException

import msgspec

from fuzz.property import claim
from shared.events.inputs import INPUT_TOPICS, Number
from shared.events.measures import (
    CURRENCIES,
    INDICATORS,
    MAX_ABSOLUTE,
    to_base_units,
    to_currency_units,
)
from shared.events.period import Month, parse_any_period
from shared.events.reasons import Reason, Refused
from shared.files import cells
from shared.files.fields import KINDS
from shared.files.tables import Cell

_TOPICS = tuple(INPUT_TOPICS)
_PERIOD_REASONS = {Reason.BAD_PERIOD, Reason.JANUARY_NOT_COLLECTED}
_AMOUNT_REASONS = {
    Reason.UNKNOWN_INDICATOR,
    Reason.UNKNOWN_UNIT,
    Reason.WRONG_TYPE,
    Reason.OUT_OF_RANGE,
    Reason.NOT_REPRESENTABLE,
}
_CELL_REASONS = {Reason.WRONG_TYPE, Reason.BAD_PERIOD, Reason.OUT_OF_RANGE}


def periods(data: bytes) -> None:
    """Months, reporting months, and any period."""
    text = data.decode("utf-8", "replace")
    for read in (Month.parse, Month.parse_reporting, parse_any_period):
        try:
            found = read(text)
        except Refused as refused:
            claim(refused.reason in _PERIOD_REASONS, "a period is refused by its own words")
            continue
        month = found if isinstance(found, Month) else found[0]
        claim(Month.parse(str(month)) == month, "a month that is written is read as the same")
        claim(Month.from_number(month.number) == month, "so is its number")
        claim(1 <= month.month <= 12, "a month is one of twelve")  # noqa: PLR2004
        if read is Month.parse_reporting:
            claim(month.month != 1, "January is never collected")
            claim(month.reporting_after().reporting_before() == month, "periods follow each other")


def amounts(data: bytes) -> None:
    """``number|unit|indicator``: exact amounts in base units."""
    number, unit, indicator = [*data.decode("utf-8", "replace").split("|"), "", ""][:3]
    try:
        value = Decimal(number)
    except DecimalException:
        return
    units = INDICATORS[indicator].units if indicator in INDICATORS else {}
    try:
        amount = to_base_units(value, unit, indicator, "ytd")
    except Refused as refused:
        claim(refused.reason in _AMOUNT_REASONS, "an amount is refused by its own words")
    else:
        claim(abs(amount) <= MAX_ABSOLUTE, "an amount is within the limit")
        claim(_exactly(value, units[unit]) == amount, "an amount is exact")
    try:
        amount = to_currency_units(value, unit, "USD", "ytd")
    except Refused as refused:
        claim(refused.reason in _AMOUNT_REASONS, "an amount is refused by its own words")
    else:
        claim(_exactly(value, CURRENCIES["USD"][unit]) == amount, "an amount is exact")


def _exactly(value: Decimal, factor: Number) -> Decimal | int:
    numerator, denominator = value.as_integer_ratio() if value else (0, 1)
    times, over = factor.as_integer_ratio()
    product, rest = divmod(numerator * times, denominator * over)
    claim(rest == 0, "an amount has no fraction of a base unit")
    return product


def _read_in_every_way(cell: Cell) -> None:
    """Every way to read one cell."""
    text = cells.plain(cell)
    claim(text == text.strip(), "a plain text has no blanks around it")
    for topic in _TOPICS:
        for name, kind in KINDS[topic].items():
            try:
                msgspec.json.encode(kind(cell, name))
            except Refused as refused:
                claim(refused.reason in _CELL_REASONS, "a cell is refused by its own words")
    try:
        number = cells.number(cell, "ytd")
    except Refused:
        return
    if number is not None:
        claim(number.is_finite(), "a number of a cell is finite")
        again = cells.number(format(number, "f"), "ytd")
        claim(again == number, "a number that is written is read as the same")


def _cell(data: bytes) -> Cell:
    """The first byte chooses the type that a spreadsheet may give a cell."""
    kind, rest = data[:1], data[1:]
    if kind == b"\x01":
        return int.from_bytes(rest, signed=True)
    if kind == b"\x02" and len(rest) >= struct.calcsize("d"):
        return float(struct.unpack_from("d", rest)[0])
    if kind == b"\x03":
        return bool(rest)
    return data.decode("utf-8", "replace")


def cell(data: bytes) -> None:
    """One cell as text, whole number, fraction or truth."""
    cell = _cell(data)
    if isinstance(cell, float) and not math.isfinite(cell):
        claim(cells.plain(cell) != "", "what is no number is shown")
    _read_in_every_way(cell)
