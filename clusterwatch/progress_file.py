"""Reading the table of `clusterwatch assess`: good rows, and what is wrong with the others."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from services.metrics.domain.assess import Progress

REQUIRED = (
    "indicator",
    "direction",
    "base_year",
    "base_value",
    "latest_year",
    "latest_value",
)
OPTIONAL = ("target", "target_year", "limit")

_FIRST_ROW = 2
"""Rows are numbered as a spreadsheet shows them: the heading is row 1."""

_YEARS = range(1800, 2201)
_LARGEST_EXPONENT = 30
"""Nothing that is counted has more than thirty digits; it also bounds the exact arithmetic."""

_ENCODINGS = ("utf-8-sig", "gb18030")
"""Spreadsheets in China save CSV in either."""


class TableError(ValueError):
    """The file as a whole cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BadField:
    """One thing that is wrong with a row, and its remedy."""

    row: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {self.problem}; {self.remedy}"


class _FieldError(ValueError):
    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row as it stands in the file, and as figures."""

    cells: Mapping[str, str]
    progress: Progress


@dataclass(frozen=True, slots=True)
class ProgressFile:
    """What a file contains."""

    columns: tuple[str, ...]
    good: tuple[GoodRow, ...]
    bad: tuple[BadField, ...]


def read_progress(data: bytes) -> ProgressFile:
    """Read a CSV file with a heading. Raises `TableError` when it has not the columns."""
    reader = csv.DictReader(io.StringIO(_decoded(data), newline=""), restkey="")
    try:
        columns = tuple(name.strip() for name in reader.fieldnames or ())
        rows = list(reader)
    except csv.Error as error:
        raise TableError(f"not a CSV table ({error}); save it as CSV with commas") from error
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise TableError(
            f"column(s) {', '.join(missing)} missing; the heading must name {', '.join(REQUIRED)}"
            f" and may name {', '.join(OPTIONAL)}"
        )
    reader.fieldnames = columns
    return _sorted_out(columns, rows)


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError("neither UTF-8 nor GB 18030; save it as CSV in UTF-8")


def _sorted_out(columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> ProgressFile:
    good: list[GoodRow] = []
    bad: list[BadField] = []
    for number, row in enumerate(rows, start=_FIRST_ROW):
        cells = {key.strip(): str(text or "").strip() for key, text in row.items() if key}
        progress, problems = _progress(number, cells)
        if "" in row:
            problems.append(
                BadField(number, "row", "more cells than columns", "quote cells with commas")
            )
        bad.extend(problems)
        if progress is not None and not problems:
            good.append(GoodRow(cells, progress))
    return ProgressFile(columns, tuple(good), tuple(bad))


def _progress(number: int, cells: Mapping[str, str]) -> tuple[Progress | None, list[BadField]]:
    """The row's figures; None, with every problem of the row, when one is not usable."""
    readers = {
        "direction": _direction,
        "base_year": _year,
        "base_value": _number,
        "latest_year": _year,
        "latest_value": _number,
        "target": _number,
        "target_year": _year,
        "limit": _number,
    }
    figures: dict[str, Decimal] = {}
    problems: list[BadField] = []
    for field, read in readers.items():
        text = cells.get(field, "")
        if not text and field in OPTIONAL:
            continue
        try:
            figures[field] = read(text)
        except _FieldError as refusal:
            problems.append(BadField(number, field, refusal.problem, refusal.remedy))
    if not problems:
        problems = [BadField(number, *problem) for problem in _contradictions(figures)]
    return (None if problems else _built(figures)), problems


def _contradictions(figures: Mapping[str, Decimal]) -> Iterable[tuple[str, str, str]]:
    if "target" in figures and "target_year" not in figures:
        yield "target_year", "a target without a year", "add the year, or remove the target"
    if "target_year" in figures and "target" not in figures:
        yield "target", "a target year without a target", "add the target, or remove the year"
    if figures.get("target_year", Decimal(9999)) <= figures["base_year"]:
        yield "target_year", "not after the base year", "check both years"
    if figures["latest_year"] < figures["base_year"]:
        yield "latest_year", "before the base year", "check both years"
    if "limit" in figures and figures["limit"] <= 0:
        yield "limit", "not above zero", "give the natural limit, such as 100, or leave it empty"


def _built(figures: Mapping[str, Decimal]) -> Progress:
    target_year = figures.get("target_year")
    return Progress(
        direction=int(figures["direction"]),
        base_year=int(figures["base_year"]),
        base_value=figures["base_value"],
        latest_year=int(figures["latest_year"]),
        latest_value=figures["latest_value"],
        target=figures.get("target"),
        target_year=None if target_year is None else int(target_year),
        limit=figures.get("limit"),
    )


def _number(text: str) -> Decimal:
    if not text:
        raise _FieldError("empty", "give a number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _FieldError(
            f"{text!r} is not a number", "write it like 1234.5, without separators or units"
        ) from None
    if not number.is_finite():
        raise _FieldError(
            f"{text!r} is not a finite number", "leave the row out while it is unknown"
        )
    if number and abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise _FieldError(f"{text!r} is out of range", "use a larger or smaller unit")
    return number


def _year(text: str) -> Decimal:
    number = _number(text)
    if number != int(number) or int(number) not in _YEARS:
        raise _FieldError(
            f"{text!r} is not a year", f"give a year from {_YEARS[0]} to {_YEARS[-1]}"
        )
    return number


def _direction(text: str) -> Decimal:
    if text not in {"1", "-1", "+1"}:
        raise _FieldError(f"{text!r} is no direction", "1 where more is wanted, -1 where less is")
    return Decimal(text)
