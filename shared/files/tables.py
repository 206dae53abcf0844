"""From the bytes of a CSV or XLSX file to sheets of cells."""

import csv
import io
from datetime import date, datetime, time
from typing import Final

import msgspec

from shared.files.workbook import MAX_CELLS, read_workbook

MAX_ROWS: Final = 200_000
"""Rows of all sheets together; the register of a province's industry has a tenth of that."""

Cell = str | int | float | bool | date | datetime | time | None
"""What a cell holds; text files hold only texts."""

_PACKED = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DELIMITERS = (",", "\t", ";")
_SAMPLE_LINES = 50
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ENCODINGS = ("utf-8", "gb18030")
"""GB 18030 contains GBK and GB 2312; UTF-8 first, as little of it is valid by accident."""


class FileError(ValueError):
    """A file that cannot be read as a whole; the message says what to do."""


class Sheet(msgspec.Struct, frozen=True):
    """A table without any interpretation."""

    name: str
    """Empty for a text file."""
    rows: tuple[tuple[Cell, ...], ...]
    """All rows from the first; row n of the spreadsheet is rows[n - 1]."""


def read_tables(data: bytes) -> list[Sheet]:
    """Sheets of an XLSX workbook, or the one table of a CSV file, by its first bytes.

    Raises `FileError`.
    """
    if data.startswith(_OLD_EXCEL):
        raise FileError("an old Excel file (.xls) or one with a password: save it as .xlsx")
    if data.startswith(_PACKED):
        try:
            return [Sheet(name, rows) for name, rows in read_workbook(data, MAX_ROWS)]
        except ValueError as error:
            raise FileError(str(error)) from error
    return [Sheet("", _read_text(data))]


def decode_text(data: bytes) -> str:
    """Text in UTF-8 or UTF-16 (with mark) or GB 18030. Raises `FileError`."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    try:
        return data.decode(_ENCODINGS[0])
    except UnicodeDecodeError:
        return _decoded(data, _ENCODINGS[1])


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileError("neither UTF-8 nor GB 18030: save it as CSV in UTF-8") from error


def _read_text(data: bytes) -> tuple[tuple[Cell, ...], ...]:
    text = decode_text(data)
    if "\0" in text:
        raise FileError("not a text file: save it as CSV or as .xlsx")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    rows: list[tuple[Cell, ...]] = []
    cells = 0
    try:
        for row in reader:
            rows.append(tuple(row))
            if len(rows) > MAX_ROWS:
                raise FileError(f"more than {MAX_ROWS:,} rows: send it in parts")
            cells += len(row)
            if cells > MAX_CELLS:
                raise FileError(f"more than {MAX_CELLS:,} cells: send it in parts")
    except csv.Error as error:
        raise FileError(f"row {len(rows) + 1} is no CSV ({error}): save it as CSV") from error
    return tuple(rows)


def _delimiter(text: str) -> str:
    """The one that most of the first lines agree on; the sniffer of the library guesses wildly."""
    lines = text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
    return max(_DELIMITERS, key=lambda mark: sum(mark in line for line in lines))
