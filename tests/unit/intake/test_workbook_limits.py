"""Workbooks that are bombs, broken, or too long are turned away before they cost anything."""

import io
import random
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from shared.files import tables, workbook
from shared.files.tables import FileError, read_tables


def _saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _book(*rows: list[Any]) -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return book


def _with_part(data: bytes, name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, content)
    return stream.getvalue()


def test_a_zip_bomb_is_refused_by_its_ratio() -> None:
    bomb = _with_part(_saved(_book([1])), "xl/worksheets/sheet1.xml", b" " * 30_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(FileError, match="200 times"):
        read_tables(bomb)


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(FileError, match="send it in parts"):
        read_tables(_saved(_book([1])))


def test_entities_in_a_workbook_are_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    with pytest.raises(FileError, match="entities"):
        read_tables(_with_part(_saved(_book([1])), "xl/sharedStrings.xml", evil))


def test_entities_behind_a_long_comment_are_refused_too() -> None:
    for padding in (8_000, 200_000):
        comment = b"<!--" + random.Random(1).randbytes(padding).hex().encode() + b"-->"
        evil = b'<?xml version="1.0"?>' + comment + b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
        with pytest.raises(FileError, match="save it again"):
            read_tables(_with_part(_saved(_book([1])), "xl/sharedStrings.xml", evil))


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 broken", _with_part(_saved(_book([1])), "xl/workbook.xml", b"<broken")],
)
def test_a_broken_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(FileError, match="save it again"):
        read_tables(data)


def test_an_old_excel_file_is_told_to_be_saved_anew() -> None:
    with pytest.raises(FileError, match=r"\.xlsx"):
        read_tables(b"\xd0\xcf\x11\xe0" + b"\0" * 100)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    for data in (b"a\n" * 4, _saved(_book(*[[1]] * 4))):
        with pytest.raises(FileError, match="more than 3 rows"):
            read_tables(data)


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 5)
    monkeypatch.setattr(workbook, "MAX_CELLS", 5)
    for data in (b"a,b\n" * 3, _saved(_book(*[[1, 2]] * 3))):
        with pytest.raises(FileError, match="more than 5 cells"):
            read_tables(data)


def test_hidden_sheets_and_empty_rows_at_the_end_are_left_out() -> None:
    book = _book(["a", 1], [], ["b", 2.5])
    book.create_sheet("hidden").sheet_state = "hidden"
    sheet = book.active
    assert sheet is not None
    sheet.cell(500, 3)
    (found,) = read_tables(_saved(book))
    assert found.rows == (("a", 1), (), ("b", 2.5))
