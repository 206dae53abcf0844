"""XLSX workbooks, read-only, within limits that a packed bomb does not get past."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from openpyxl import load_workbook

MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
"""Of all parts together: 200,000 rows of a survey form unpack to less than half of it."""
MAX_PARTS: Final = 2_000
MAX_RATIO: Final = 200
"""Packed sheets are 5 to 40 times smaller; bombs a thousand times and more."""
MAX_COLUMNS: Final = 500
MAX_CELLS: Final = 4_000_000
"""Of all sheets: a cell takes about a hundred bytes once it is read."""

_SMALL_PART = 1024 * 1024
_PROLOGUE_BYTES = 64 * 1024
_ROOT = re.compile(rb"<[A-Za-z_]")

Rows = tuple[tuple[Any, ...], ...]


def read_workbook(data: bytes, max_rows: int) -> list[tuple[str, Rows]]:
    """Visible sheets with the values of their cells; formulas give what was last computed.

    Raises `ValueError` with what to do: not readable, too large, or more than `max_rows` rows.
    """
    _check_package(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever a broken part leads to
        raise ValueError(f"not a readable .xlsx workbook ({error}): save it again") from error
    sheets: list[tuple[str, Rows]] = []
    left, cells_left = max_rows, MAX_CELLS
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                rows = _rows(sheet, left, cells_left, max_rows)
                left -= len(rows)
                cells_left -= sum(map(len, rows))
                sheets.append((sheet.title, rows))
    finally:
        book.close()
    return sheets


def _rows(sheet: Any, left: int, cells_left: int, max_rows: int) -> Rows:  # noqa: ANN401 - the stubs lack read-only
    # The extent that programs write is often wrong; without it every row is read.
    sheet.reset_dimensions()
    rows: list[tuple[Any, ...]] = []
    filled = 0
    for row in _guarded(sheet):
        rows.append(row)
        cells_left -= len(row)
        if cells_left < 0:
            raise ValueError(f"more than {MAX_CELLS:,} cells: send it in parts")
        if any(cell is not None for cell in row):
            filled = len(rows)
        if filled > left:
            raise ValueError(f"more than {max_rows:,} rows: send it in parts")
        if len(rows) - filled > max_rows:
            break  # nothing but formatted empty rows to the end of the sheet
    return tuple(rows[:filled])


def _guarded(sheet: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - likewise
    try:
        for row in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
            values = list(row)
            while values and values[-1] is None:
                values.pop()
            yield tuple(values)
    except Exception as error:  # broken XML, dates beyond the calendar and the like
        raise ValueError(
            f"sheet {sheet.title!r} cannot be read ({error}): save it again"
        ) from error


def _check_package(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            _check_sizes(parts)
            for part in parts:
                with package.open(part) as stream:
                    _check_prologue(part.filename, stream.read(_PROLOGUE_BYTES))
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise ValueError(f"not a readable .xlsx workbook ({error}): save it again") from error


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise ValueError(
            f"the workbook unpacks to {len(parts)} parts and {unpacked:,} bytes, "
            f"at most {MAX_PARTS} and {MAX_UNPACKED_BYTES:,}: send it in parts or as CSV"
        )
    for part in parts:
        if part.file_size > max(_SMALL_PART, part.compress_size * MAX_RATIO):
            raise ValueError(
                f"{part.filename!r} in the workbook unpacks to more than {MAX_RATIO} times its "
                "size: save only the table to a new workbook, or send CSV"
            )


def _check_prologue(name: str, start: bytes) -> None:
    plain = start.replace(b"\0", b"")  # UTF-16 without its zero bytes
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise ValueError(f"{name!r} in the workbook defines entities: save it again")
    # A definition could stand behind so much nothing that it is not seen.
    if len(start) == _PROLOGUE_BYTES and plain.lstrip()[:1] == b"<" and not _ROOT.search(plain):
        raise ValueError(f"{name!r} in the workbook has no content: save it again")
