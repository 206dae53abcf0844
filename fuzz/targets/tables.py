"""Files: CSV and XLSX by the shipped mappings, mappings, plans."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fuzz.property import claim
from services.ingest.domain.reading import Reader
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.take_file import TakeFile
from shared.events.reasons import Reason
from shared.files.events import FileStamp
from shared.files.guess import guess_mapping
from shared.files.mapping import MappingError, parse_mapping, shipped_mappings
from shared.files.tables import FileError, Sheet, read_tables
from shared.plans import load_catalogue
from shared.plans.catalogue import build_plan
from shared.plans.nodes import parse_yaml
from shared.plans.problems import PlanError
from shared.testing.clock import FixedClock

_plans = load_catalogue().plans
_check = CheckEvents(Reader(_plans), FixedClock(datetime(2026, 7, 1, tzinfo=UTC)))
_take = TakeFile(_check)
_mappings = tuple(shipped_mappings().values())
_STAMP = FileStamp(source="fuzz", reported_at="2026-06-20T08:00:00+08:00")
_FORMS = Path(__file__).parents[2] / "tests" / "data" / "forms"


def _taken(sheets: Sequence[Sheet]) -> None:
    for mapping in _mappings:
        try:
            taken = _take.table(sheets, mapping, _STAMP)
        except FileError as error:
            claim(bool(str(error)), "a refusal says what to do")
            continue
        parts = taken.rows_taken + taken.rows_refused + sum(taken.skipped.values())
        claim(taken.rows == parts, "every row is taken, refused or skipped")
        for refusal in taken.refusals:
            claim(isinstance(refusal.reason, Reason), "the reason is one of the words")
            claim(bool(refusal.remedy), "a refusal has a remedy")
        for data in taken.mend.values():
            claim(bool(read_tables(data)), "the rows to mend can be read again")
    try:
        guessed = guess_mapping(sheets)
    except FileError:
        return
    try:
        parse_mapping(guessed, "guessed", "guessed")
    except MappingError as error:
        claim("填写列名" in guessed or bool(str(error)), "a proposal says what it lacks")


def csv_tables(data: bytes) -> None:
    """A text file."""
    if data.startswith(b"PK\x03\x04"):
        return
    try:
        sheets = read_tables(data)
    except FileError as error:
        claim(bool(str(error)), "a refusal says what to do")
        return
    _taken(sheets)


def xlsx_tables(data: bytes) -> None:
    """A workbook: the bytes are its first sheet, or with the first byte 1 the whole package."""
    package = data[1:] if data[:1] == b"\x01" else _workbook(data)
    try:
        sheets = read_tables(package)
    except FileError as error:
        claim(bool(str(error)), "a refusal says what to do")
        return
    _taken(sheets)


def _workbook(sheet: bytes) -> bytes:
    """The smallest package around the XML of one sheet."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, part in _PARTS.items():
            package.writestr(name, part)
        package.writestr("xl/worksheets/sheet1.xml", sheet)
    return packed.getvalue()


_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_TYPES}">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="2026年5月" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def mappings(data: bytes) -> None:
    """A mapping file."""
    try:
        mapping = parse_mapping(data.decode("utf-8", "replace"), "fuzz", "fuzz.yaml")
    except MappingError as error:
        claim("fuzz.yaml" in str(error), "a refusal names the file")
        return
    claim(bool(mapping.lines), "a mapping makes at least one event of a row")


def plans(data: bytes) -> None:
    """A plan file."""
    try:
        value, problems = parse_yaml(data.decode("utf-8", "replace"), "fuzz.yaml")
        plan = build_plan(value, problems)
    except PlanError as error:
        claim(bool(error.problems), "a refusal names every problem")
        return
    claim(bool(problems.found) or bool(plan.id), "a plan without a problem has an id")
    for problem in problems.found:
        claim(bool(problem.remedy), "a problem has a remedy")
        claim(problem.line >= 1, "a problem has a line")
