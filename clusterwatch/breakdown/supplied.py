"""Reading the CSV files that supply bases and cumulative shares."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from clusterwatch.breakdown.known import KnownBase, Share
from clusterwatch.breakdown.requirements import MONTHS
from shared.plans import Plan, PlanIndicator
from shared.plans.measures import MEASURES

BASE_COLUMNS = ("indicator", "value", "measure", "year", "source")
SHARE_COLUMNS = ("month", "share", "unit")

_FIRST_ROW = 2
"""Rows are numbered as a spreadsheet shows them: the heading is row 1."""
_LARGEST_EXPONENT = 30
_ENCODINGS = ("utf-8-sig", "gb18030")
"""Spreadsheets in China save CSV in either."""


class SuppliedError(ValueError):
    """A file that cannot be used; `problems` name row, field and remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class _BadFieldError(ValueError):
    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")


Row = Mapping[str, str]
Key = TypeVar("Key")
Value = TypeVar("Value")


def read_bases(path: Path, plans: Iterable[Plan]) -> dict[str, KnownBase]:
    """Bases by plan indicator. Raises `SuppliedError` with every problem; `OSError`.

    Only indicators whose base the plan takes from the feed have a place here: what a plan states
    stands, and what it leaves out belongs into an overlay, where the verdicts see it, too.
    """
    indicators = {i.id: i for plan in plans for i in plan.indicators}
    rows = _rows(path, required=BASE_COLUMNS[:2], optional=BASE_COLUMNS[2:])
    return _collected(rows, "indicator", lambda row: _base(row, indicators, path))


def read_shares(path: Path, plans: Iterable[Plan]) -> dict[tuple[str, int], Share]:
    """Cumulative shares by unit (empty: all) and month. Raises `SuppliedError`, `OSError`."""
    units = {unit.id for plan in plans for unit in plan.units}
    rows = _rows(path, required=SHARE_COLUMNS[:2], optional=SHARE_COLUMNS[2:])
    return _collected(rows, "month", lambda row: _share(row, units, path))


def _collected(
    rows: Iterable[tuple[int, Row]], field: str, read: Callable[[Row], tuple[Key, Value]]
) -> dict[Key, Value]:
    """What the rows say by key; every row is looked at before the problems are raised."""
    found: dict[Key, Value] = {}
    problems: list[str] = []
    for number, row in rows:
        try:
            key, value = read(row)
        except _BadFieldError as problem:
            problems.append(f"row {number}, {problem}")
            continue
        if key in found:
            problems.append(f"row {number}, {field}: {row[field]!r} is given twice; keep one row")
        found[key] = value
    if problems:
        raise SuppliedError(problems)
    return found


def _base(row: Row, indicators: Mapping[str, PlanIndicator], path: Path) -> tuple[str, KnownBase]:
    name = row["indicator"]
    indicator = indicators.get(name)
    if indicator is None:
        remedy = "clusterwatch plans breakdown lists the ids in its column 指标编号"
        raise _BadFieldError("indicator", f"there is no {name!r} in the chosen plans; {remedy}")
    if indicator.base is None or not indicator.base.from_data:
        remedy = "change it in an overlay of the plan, so that the verdicts see it, too"
        raise _BadFieldError(
            "indicator", f"{name!r} does not take its base from the feed; {remedy}"
        )
    year = row.get("year", "")
    if year and year != str(indicator.base.year):
        raise _BadFieldError("year", f"{year!r} is not the base year {indicator.base.year}")
    measure = row.get("measure") or indicator.measure
    if measure not in MEASURES:
        raise _BadFieldError(
            "measure", f"{measure!r} is not known; write it like {indicator.measure}"
        )
    if MEASURES[measure].base_unit != MEASURES[indicator.measure].base_unit:
        raise _BadFieldError("measure", f"{measure!r} does not compare with {indicator.measure}")
    value = MEASURES[measure].to_base_units(_number("value", row["value"]))
    if value is None:
        unit = MEASURES[measure].base_unit
        raise _BadFieldError(
            "value", f"{row['value']} {measure} is not a whole number of {unit}; round it"
        )
    return name, KnownBase(value, row.get("source") or path.name)


def _share(row: Row, units: set[str], path: Path) -> tuple[tuple[str, int], Share]:
    unit = row.get("unit", "")
    if unit and unit not in units:
        raise _BadFieldError(
            "unit", f"there is no {unit!r} in the chosen plans; leave it empty for all"
        )
    month = _number("month", row["month"])
    if month not in MONTHS:
        raise _BadFieldError(
            "month", f"{row['month']!r} is no reporting period; give 2 (1-2月) to 12"
        )
    share = _number("share", row["share"])
    if not 0 <= share <= 1:
        raise _BadFieldError("share", f"{row['share']} is not from 0 to 1; 0.135 is 13.5 %")
    return (unit, int(month)), Share(Fraction(share), path.name)


def _number(field: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _BadFieldError(
            field, f"{text!r} is not a number; write it like 1234.5, without separators or units"
        ) from None
    if not number.is_finite() or (number and abs(number.adjusted()) > _LARGEST_EXPONENT):
        raise _BadFieldError(
            field, f"{text!r} is out of range; leave the row out while it is unknown"
        )
    return number


def _rows(
    path: Path, required: Sequence[str], optional: Sequence[str]
) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(io.StringIO(_decoded(path.read_bytes()), newline=""), restkey="")
    try:
        columns = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in required if name not in columns]
        if missing:
            names = f"{', '.join(required)} and may name {', '.join(optional)}"
            raise SuppliedError(
                [f"column(s) {', '.join(missing)} missing; the heading must name {names}"]
            )
        reader.fieldnames = columns
        for number, row in enumerate(reader, start=_FIRST_ROW):
            if "" in row:
                raise SuppliedError([f"row {number}: more cells than columns; quote the commas"])
            yield number, {key: (text or "").strip() for key, text in row.items()}
    except csv.Error as error:
        raise SuppliedError([f"is not a CSV table ({error})"]) from error


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SuppliedError(["is neither UTF-8 nor GB 18030; save it as CSV in UTF-8"])
