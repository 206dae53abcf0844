"""The demo's papers of every kind become pages in LibreOffice, with their sentences on them."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from services.alerts.adapters.paper_store import unpacked
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.adapters.papers.outline import words_of
from services.alerts.adapters.papers.press import render
from services.alerts.domain.papers.builder import WANTED
from services.alerts.domain.papers.builders import builders
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import Paper, PaperKind, Paragraph
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import public_view
from services.alerts.domain.rulebook import PlanRules

pytestmark = pytest.mark.libreoffice

DATA = Path(__file__).parents[3] / "data" / "papers"
CITY, LINGBI, BEARINGS = "suzhou-ah", "suzhou-ah-lingbi", "szah-lb-bearings"


def frozen(name: str) -> Snapshot:
    return unpacked((DATA / f"{name}.snapshot").read_bytes())


def demo_papers() -> dict[str, Paper]:
    """One of each kind, and the largest, as the public sees it."""
    made = builders(paper_wording())
    june = frozen("monthly-2026-06")

    def other(rhythm: Rhythm, period: str) -> Snapshot:
        extra = WANTED[rhythm].configuration(PlanRules())
        return replace(june, rhythm=rhythm, period=period, extra=extra, changes=(), before=None)

    quarter = other(Rhythm.QUARTERLY, "2026-Q2")
    snapshots = {
        PaperKind.WEEKLY: (frozen("weekly-2026-W29"), BEARINGS),
        PaperKind.MONTHLY: (june, BEARINGS),
        PaperKind.QUARTERLY: (quarter, CITY),
        PaperKind.TOUR: (quarter, LINGBI),
        PaperKind.YEARLY: (other(Rhythm.YEARLY, "2025"), CITY),
    }
    papers = {
        str(kind): made[kind].build(snapshot, unit, public_view(snapshot))
        for kind, (snapshot, unit) in snapshots.items()
    }
    whole = made[PaperKind.MONTHLY].build(june, CITY, public_view(june))
    return papers | {"monthly-city": whole}


def test_every_kind_of_paper_becomes_pages_with_its_sentences(tmp_path: Path) -> None:
    papers = demo_papers()
    for name, paper in papers.items():
        for kind in (Format.DOCX, Format.XLSX):
            (tmp_path / f"{name}-{kind}.{kind}").write_bytes(render(paper, kind))
    program = shutil.which("soffice")
    assert program is not None
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [str(path) for path in sorted(tmp_path.glob("*-*.*x"))]
    command = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, *files], capture_output=True, timeout=900, check=True)
    for name, paper in papers.items():
        assert "###" not in text_of(tmp_path / f"{name}-xlsx.pdf")
        text = text_of(tmp_path / f"{name}-docx.pdf")
        said = [
            words_of(block)
            for section in paper.sections
            for block in section.blocks
            if isinstance(block, Paragraph)
        ]
        assert said
        # A page's lines stand between the lines of a sentence that goes on overleaf.
        split = [sentence for sentence in said if re.sub(r"\s", "", sentence) not in text]
        assert len(split) <= 2, split


def text_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s", "", done.stdout)
