"""Indicators of the feed, their units, and the exact way from a reported number to base units.

Amounts are integers from here on: whole yuan, kilowatt-hours, persons; ratios in millionths.
"""

from collections.abc import Iterable, Mapping
from decimal import Clamped, Context, Decimal, DecimalException, Inexact, InvalidOperation
from types import MappingProxyType
from typing import Final

import msgspec

from shared.events.inputs import INDICATOR_TOPIC, INVESTMENT_TOPIC, OUTPUT_TOPIC, Currency, Number
from shared.events.reasons import Reason, Refused

MAX_ABSOLUTE: Final = 10**15
"""Greatest amount of one line, in base units; thousands of them still add up within int64."""

Units = Mapping[str, Number]
"""Spelling of a unit → how many base units it is."""

# The product of 40 digits and a unit's factor is exact or refused, whatever the exponent.
_EXACT = Context(prec=60, traps=[InvalidOperation, Inexact])
_EXACT.traps[Clamped] = False
_multiply = _EXACT.multiply
_MOST_DIGITS = 15
"""Exponent of `MAX_ABSOLUTE`."""


def _units(**factors: str) -> Units:
    return MappingProxyType({unit: int(factor) for unit, factor in factors.items()})


MONEY: Final = _units(元="1", 千元="1000", 万元="10000", 亿元="100000000", CNY="1", kCNY="1000")
CURRENCIES: Final[Mapping[Currency, Units]] = MappingProxyType(
    {
        "CNY": MONEY,
        "USD": _units(
            元="1",
            千元="1000",
            万元="10000",
            亿元="100000000",
            美元="1",
            千美元="1000",
            万美元="10000",
            亿美元="100000000",
            USD="1",
            kUSD="1000",
        ),
    }
)
"""Units of amounts that name their currency beside them: 万元 is 10,000 of whichever it is."""
ENERGY: Final = _units(千瓦时="1", 万千瓦时="10000", kWh="1")
PERSONS: Final = _units(人="1", person="1")
RATIO: Final[Units] = MappingProxyType(
    {"1": Decimal(1), "%": Decimal("0.01"), "‰": Decimal("0.001")}
)

# GB/T 4754-2017: divisions 06–46 are mining, manufacturing and utilities, which report 产值.
INDUSTRIAL_DIVISIONS: Final = frozenset(range(6, 47))
SERVICE_DIVISIONS: Final = frozenset(range(1, 98)) - INDUSTRIAL_DIVISIONS


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """What a reported number measures."""

    id: str
    name_zh: str
    name_en: str
    base_unit: str
    """Unit of the stored amounts: CNY, kWh, person or 1."""
    units: Units
    scale: int = 0
    """Decimals of the base unit that are kept: amounts are multiples of 10^-scale."""
    stock: bool = False
    """A level at month's end: only `month` is reported, nothing is added over time."""
    topic: str = OUTPUT_TOPIC
    """Feed whose lines carry it."""
    expected_divisions: frozenset[int] = frozenset()
    """GB/T 4754 divisions whose enterprises are expected to report it every period."""


Catalogue = Mapping[str, Indicator]


def extended(catalogue: Catalogue, more: Iterable[Indicator]) -> Catalogue:
    """Catalogue with indicators from configuration added, or redefined, by id."""
    return MappingProxyType({**catalogue, **{indicator.id: indicator for indicator in more}})


def _money(
    id_: str, zh: str, en: str, *, topic: str = OUTPUT_TOPIC, expected: frozenset[int] = frozenset()
) -> Indicator:
    return Indicator(
        id=id_,
        name_zh=zh,
        name_en=en,
        base_unit="CNY",
        units=MONEY,
        topic=topic,
        expected_divisions=expected,
    )


INDICATORS: Final = extended(
    {},
    (
        _money("gross_output", "工业总产值", "gross output", expected=INDUSTRIAL_DIVISIONS),
        _money("revenue", "营业收入", "revenue", expected=SERVICE_DIVISIONS),
        _money("export_delivery", "出口交货值", "export delivery value"),
        _money("value_added", "增加值", "value added"),
        _money("total_profit", "利润总额", "total profit"),
        _money("rd_expenditure", "研发费用", "R&D expenditure"),
        Indicator(
            id="electricity",
            name_zh="用电量",
            name_en="electricity use",
            base_unit="kWh",
            units=ENERGY,
        ),
        Indicator(
            id="employees",
            name_zh="从业人员",
            name_en="employees",
            base_unit="person",
            units=PERSONS,
            stock=True,
        ),
        _money("investment", "固定资产投资", "fixed-asset investment", topic=INVESTMENT_TOPIC),
    ),
)


def ratio(id_: str, name_zh: str, name_en: str) -> Indicator:
    """A share or rate of a zone or cluster, kept in millionths."""
    return Indicator(
        id=id_,
        name_zh=name_zh,
        name_en=name_en,
        base_unit="1",
        units=RATIO,
        scale=6,
        topic=INDICATOR_TOPIC,
    )


def to_base_units(
    number: Number, unit: str, indicator: str, field: str, catalogue: Catalogue = INDICATORS
) -> int:
    """Exact amount in the indicator's base unit, times 10^scale: 18250 千元 → 18250000 yuan.

    Raises `Refused`: `UNKNOWN_INDICATOR`, `UNKNOWN_UNIT`, `WRONG_TYPE` (not finite),
    `OUT_OF_RANGE` (beyond ±10¹⁵) or `NOT_REPRESENTABLE` (a fraction of a base unit), the last
    three naming `field`.
    """
    known = catalogue.get(indicator)
    if known is None:
        raise Refused(Reason.UNKNOWN_INDICATOR, "indicator", f"no indicator {indicator!r}")
    return scaled(number, factor_of(unit, known), field)


def factor_of(unit: str, indicator: Indicator) -> Number:
    """What `scaled` takes for numbers in a unit. Raises `Refused` with `UNKNOWN_UNIT`."""
    factor = indicator.units.get(unit)
    if factor is None:
        expected = ", ".join(indicator.units)
        detail = f"{indicator.id} is in {expected}, not in {unit!r}"
        raise Refused(Reason.UNKNOWN_UNIT, "unit", detail)
    return Decimal(factor).scaleb(indicator.scale) if indicator.scale else factor


def to_currency_units(number: Number, unit: str, currency: Currency, field: str) -> int:
    """Exact amount in whole units of its own currency; currencies are never converted.

    Raises `Refused` as `to_base_units` does.
    """
    factor = CURRENCIES[currency].get(unit)
    if factor is None:
        expected = ", ".join(CURRENCIES[currency])
        detail = f"amounts in {currency} are in {expected}, not in {unit!r}"
        raise Refused(Reason.UNKNOWN_UNIT, "unit", detail)
    return scaled(number, factor, field)


def scaled(number: Number, factor: Number, field: str) -> int:
    """`number` x `factor` as an integer, exactly; errors as in `to_base_units`."""
    if type(number) is int and type(factor) is int:
        whole = number * factor
        if -MAX_ABSOLUTE <= whole <= MAX_ABSOLUTE:
            return whole
        raise _out_of_range(field)
    return _scaled(Decimal(number), Decimal(factor), field)


def _scaled(number: Decimal, factor: Decimal, field: str) -> int:
    # Decided by the exponent first, so that 1e999999999 is never written out.
    if number.adjusted() <= _MOST_DIGITS:
        try:
            amount = _multiply(number, factor)
            whole = int(amount)
        except (DecimalException, ValueError, OverflowError):
            pass  # what is wrong is found out below
        else:
            if whole == amount and -MAX_ABSOLUTE <= whole <= MAX_ABSOLUTE:
                return whole
    return _scaled_or_refused(number, factor, field)


def _scaled_or_refused(number: Decimal, factor: Decimal, field: str) -> int:
    if not number.is_finite():
        raise Refused(Reason.WRONG_TYPE, field, f"{number} is not a number")
    if not number:
        return 0
    if number.adjusted() + factor.adjusted() > _MOST_DIGITS:
        raise _out_of_range(field)
    try:
        whole = int(_EXACT.to_integral_exact(_multiply(number, factor)))
    except DecimalException as error:
        raise Refused(
            Reason.NOT_REPRESENTABLE, field, "the amount has a fraction of a base unit"
        ) from error
    if abs(whole) > MAX_ABSOLUTE:
        raise _out_of_range(field)
    return whole


def expected_indicators(industry: str, catalogue: Catalogue = INDICATORS) -> tuple[str, ...]:
    """Indicators that an enterprise of this GB/T 4754 code is expected to report.

    Mining, manufacturing and utilities (divisions 06–46) report gross output, others revenue.
    Raises `Refused` with `OUT_OF_RANGE` when the code does not start with a division.
    """
    division = industry[:2]
    if not (len(division) == 2 and division.isascii() and division.isdigit()):  # noqa: PLR2004
        raise Refused(Reason.OUT_OF_RANGE, "industry", f"{industry!r} is not a GB/T 4754 code")
    number = int(division)
    return tuple(i.id for i in catalogue.values() if number in i.expected_divisions)


def _out_of_range(field: str) -> Refused:
    return Refused(Reason.OUT_OF_RANGE, field, "the amount is beyond ±10¹⁵ base units")
