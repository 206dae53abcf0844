"""Units of measure that plans are written in, and their exact base units."""

from dataclasses import dataclass
from decimal import Decimal

_MICRO = 1_000_000
"""Ratios, rates and averages are kept as integers of one millionth (see the contracts)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit as plans write it: how many base units one of it is."""

    name: str
    base_unit: str
    factor: Decimal

    def to_base_units(self, value: Decimal) -> int | None:
        """`value` as an integer of base units, or None when it is not exactly one."""
        scaled = value * self.factor
        whole = scaled.to_integral_value()
        return int(whole) if scaled == whole else None

    def from_base_units(self, amount: int) -> Decimal:
        """Inverse of `to_base_units`."""
        return Decimal(amount) / self.factor


def _table() -> dict[str, Measure]:
    rows: list[tuple[str, str, int | Decimal]] = [
        ("元", "yuan", 1),
        ("千元", "yuan", 1_000),
        ("万元", "yuan", 10_000),
        ("亿元", "yuan", 100_000_000),
        ("万美元", "us_dollar", 10_000),
        ("亿美元", "us_dollar", 100_000_000),
        ("%", "ratio", _MICRO // 100),
        ("个百分点", "ratio", _MICRO // 100),
        ("倍", "ratio", _MICRO),
        ("平方公里", "square_metre", 1_000_000),
        ("万平方米", "square_metre", 10_000),
        ("平方米", "square_metre", 1),
        ("亩", "mu", 1),
        ("公里", "metre", 1_000),
        ("米", "metre", 1),
        ("吨", "tonne", 1),
        ("万吨", "tonne", 10_000),
        ("万吨标煤", "tonne_coal_equivalent", 10_000),
        ("吨标准煤/万元", "tonne_coal_equivalent_per_10000_yuan", _MICRO),
        ("千瓦时", "kilowatt_hour", 1),
        ("万千瓦时", "kilowatt_hour", 10_000),
        ("吨/日", "tonne_per_day", 1),
        ("万吨/日", "tonne_per_day", 10_000),
        ("万立方米", "cubic_metre", 10_000),
        ("天", "day", 1),
        ("个工作日", "working_day", 1),
        ("小时", "hour", 1),
        ("分钟", "minute", 1),
        ("岁", "year", _MICRO),
        ("年", "year", _MICRO),
    ]
    counts = {"个": "count", "家": "count", "件": "count", "项": "count", "名": "person"}
    counts |= {"人": "person", "位": "rank", "座": "count", "栋": "count", "所": "count"}
    counts |= {"起": "count", "套": "count", "张": "count", "支": "count", "处": "count"}
    counts |= {"强": "rank"}
    table = {name: Measure(name, base, Decimal(factor)) for name, base, factor in rows}
    for name, base in counts.items():
        table[name] = Measure(name, base, Decimal(1))
        table[f"万{name}"] = Measure(f"万{name}", base, Decimal(10_000))
        for per in ("千人", "万人"):
            table[f"{name}/{per}"] = Measure(f"{name}/{per}", f"{base}_per_{per}", Decimal(_MICRO))
    return table


MEASURES: dict[str, Measure] = _table()
"""Measures by their name in plan files."""

_STATUS_NAMES = {"yuan": "CNY", "ratio": "1", "kilowatt_hour": "kWh"}
_WHOLE = {"tonne_per_day"}
"""Rates of something whole, whose base units are not divided further."""


def status_measure(measure: str) -> str:
    """Base unit of a plan's measure as statuses name it: CNY, 1, person, count, square_metre, ...

    What is only done or not, or said in words, counts as one or nothing.
    """
    known = MEASURES.get(measure)
    return "count" if known is None else _STATUS_NAMES.get(known.base_unit, known.base_unit)


def decimals_of(base_unit: str) -> int:
    """Decimals of a status' measure that its integers keep: 6 for ratios and averages, else 0."""
    divided = base_unit in {"1", "year"} or "_per_" in base_unit
    return 6 if divided and base_unit not in _WHOLE else 0
