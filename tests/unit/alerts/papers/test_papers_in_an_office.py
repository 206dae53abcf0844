"""LibreOffice opens every paper and makes pages of it on which the figures stand."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.alerts.adapters.papers.outline import Gaps
from services.alerts.domain.papers import display
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import Paper, Paragraph

pytestmark = pytest.mark.libreoffice


@pytest.fixture(scope="module")
def pages(
    rich_docx: bytes, rich_xlsx: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """PDF of both files, by their ending; one start of the program for both."""
    folder = tmp_path_factory.mktemp("office")
    program = shutil.which("soffice")
    assert program is not None
    files = {"docx": rich_docx, "xlsx": rich_xlsx}
    for ending, content in files.items():
        (folder / f"{ending}.{ending}").write_bytes(content)
    said = subprocess.run(
        [
            *(program, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *("--convert-to", "pdf", "--outdir", str(folder)),
            *(str(folder / f"{ending}.{ending}") for ending in files),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found = {ending: folder / f"{ending}.pdf" for ending in files}
    assert all(path.exists() for path in found.values()), said.stderr
    return found


def text_of(pdf: Path) -> str:
    """All words, without the spaces that the setting of the pages puts between them."""
    program = ["pdftotext", "-layout", str(pdf), "-"]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return re.sub(r"\s", "", done.stdout)


def count_of_pages(pdf: Path) -> int:
    done = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True)
    return int(done.stdout.split("Pages:")[1].split()[0])


def test_the_pages_of_the_docx_hold_every_sentence_and_every_cell(
    pages: dict[str, Path], rich_paper: Paper
) -> None:
    text = text_of(pages["docx"])
    assert count_of_pages(pages["docx"]) in range(4, 9)
    for section in rich_paper.sections:
        assert re.sub(r"\s", "", section.title) in text
        for block in section.blocks:
            figures = block.runs if isinstance(block, Paragraph) else ()
            for run in figures:
                if isinstance(run, Figure):
                    assert re.sub(r"\s", "", display.sentence(run)) in text
    for table in rich_paper.tables():
        gaps = Gaps.of(table)
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                if isinstance(cell, Figure):
                    assert re.sub(r"\s", "", gaps.text(cell, column.unit)) in text


def test_the_pages_of_the_workbook_show_money_as_the_texts_write_it(
    pages: dict[str, Path], rich_paper: Paper
) -> None:
    text = text_of(pages["xlsx"])
    assert count_of_pages(pages["xlsx"]) == 7
    table = next(rich_paper.tables())
    amounts = [
        display.cell(cell, "亿元").replace(",", "")
        for row in table.rows
        for cell in row.cells
        if isinstance(cell, Figure) and cell.kind is Kind.AMOUNT and cell.value is not None
    ]
    assert len(amounts) > 100
    assert [amount for amount in amounts if amount not in text] == []
    assert "2026年1—2月" in text
    assert "###" not in text


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_fonts_are_in_the_file_and_no_character_is_missing(
    pages: dict[str, Path], ending: str
) -> None:
    listing = ["pdffonts", str(pages[ending])]
    done = subprocess.run(listing, capture_output=True, text=True, check=True)
    rows = done.stdout.splitlines()[2:]
    assert rows
    assert all(re.search(r" yes yes (yes|no) +\d+ +0$", row) for row in rows), done.stdout
    assert "\ufffd" not in text_of(pages[ending])
