"""A paper as DOCX: what offices send round."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import docx as python_docx
from docx.document import Document
from docx.enum.section import WD_ORIENTATION, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.section import Section as Pages
from docx.shared import Mm, Pt

from services.alerts.adapters.papers import outline, pictures
from services.alerts.adapters.papers.archives import steady
from services.alerts.adapters.papers.widths import LANDSCAPE, PORTRAIT, fit
from services.alerts.adapters.papers.word_fields import (
    FONT_TABLE,
    Bookmarks,
    add_contents,
    add_field,
    element,
    font_table,
)
from services.alerts.adapters.papers.word_styles import CONTENTS, ISSUE, MARKS, NOTE, dress
from services.alerts.adapters.papers.word_tables import add_table
from services.alerts.domain.papers import display
from services.alerts.domain.papers.model import Block, Chart, Paper, Paragraph, Section, Table

_LONG, _SHORT = 297, 210
"""Millimetres of A4."""

_FEWEST_CONTENTS = 3
_CLOSING = "说明"


def docx(paper: Paper) -> bytes:
    """The file; the same paper gives the same bytes on the same machine."""
    document = python_docx.Document()
    dress(document)
    _set_properties(document, paper)
    _set_page(document.sections[0], landscape=False)
    _add_running_lines(document.sections[0], paper)
    _add_head(document, paper)
    if len(paper.sections) >= _FEWEST_CONTENTS:
        add_contents(document, list(_entries(paper)), CONTENTS)
    writer = _Writer(document, outline.captions(paper))
    for number, section in enumerate(paper.sections, start=1):
        writer.add_section(section, f"_Toc{number:06}")
    if paper.notes:
        closing = Section(_CLOSING, paper.notes)
        writer.add_section(closing, f"_Toc{len(paper.sections) + 1:06}")
    file = io.BytesIO()
    document.save(file)
    issued = datetime.fromisoformat(paper.issued_at)
    return steady(file.getvalue(), issued, {FONT_TABLE: font_table()})


def _entries(paper: Paper) -> Iterator[tuple[int, str, str]]:
    """Level, title and bookmark of each heading."""
    titles = [(section.level, section.title) for section in paper.sections]
    titles += [(1, _CLOSING)] if paper.notes else []
    for number, (level, title) in enumerate(titles, start=1):
        yield level, title, f"_Toc{number:06}"


@dataclass(slots=True)
class _Writer:
    """Writes block after block; turns the page where a table needs its width, and back."""

    document: Document
    captions: Mapping[str, str]
    landscape: bool = False
    bookmarks: Bookmarks = field(default_factory=Bookmarks)

    def add_section(self, section: Section, bookmark: str) -> None:
        """Heading and blocks; the heading goes with a wide table that follows at once."""
        first = section.blocks[0] if section.blocks else None
        self._turn(landscape=isinstance(first, Table) and fit(first).landscape)
        heading = self.document.add_heading(section.title, section.level)
        self.bookmarks.add(heading, bookmark)
        for block in section.blocks:
            self._add(block)

    def _add(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._turn(landscape=False)
                style = "List Bullet" if block.bullet else "Body Text"
                self.document.add_paragraph(outline.words_of(block), style=style)
            case Table():
                fitted = fit(block)
                self._turn(landscape=fitted.landscape)
                add_table(self.document, block, self.captions[block.id], fitted)
            case Chart():
                self._turn(landscape=False)
                _add_chart(self.document, block, self.captions[block.id])

    def _turn(self, *, landscape: bool) -> None:
        if landscape != self.landscape:
            pages = self.document.add_section(WD_SECTION.NEW_PAGE)
            _set_page(pages, landscape=landscape)
            self.landscape = landscape


def _add_chart(document: Document, chart: Chart, caption: str) -> None:
    picture = pictures.png(chart)
    place = document.add_paragraph(style=MARKS)
    place.paragraph_format.keep_with_next = True
    run = place.add_run()
    run.add_picture(io.BytesIO(picture.content), width=Mm(min(picture.width, PORTRAIT)))
    for properties in run._r.iter(qn("wp:docPr")):  # noqa: SLF001 - no method for it
        properties.set("name", caption)
        properties.set("title", chart.title)
        properties.set("descr", pictures.in_words(chart))
    below = document.add_paragraph(f"{caption}　{chart.title}", style="Caption")
    below.paragraph_format.keep_with_next = False
    below.paragraph_format.space_before = Pt(0)
    for note in (picture.key, *outline.notes_below(chart)):
        if note:
            document.add_paragraph(note, style=NOTE)


def _add_head(document: Document, paper: Paper) -> None:
    document.add_paragraph(paper.title, style="Title")
    document.add_paragraph(outline.issue(paper), style=ISSUE)
    line = document.add_paragraph(f"{paper.issuer}\t{display.day(paper.issued_at)}", style=ISSUE)
    border = element("pBdr")
    border.append(element("bottom", val="single", sz="18", space="4", color="C01F1F"))
    # Before alignment and tabs: python-docx puts those behind it, in the order of the schema.
    line._p.get_or_add_pPr().append(border)  # noqa: SLF001 - no method for it
    line.alignment = WD_ALIGN_PARAGRAPH.LEFT
    line.paragraph_format.tab_stops.add_tab_stop(Mm(PORTRAIT), WD_TAB_ALIGNMENT.RIGHT)
    if paper.subtitle:
        document.add_paragraph(paper.subtitle, style="Subtitle")
    said = "　".join((*outline.marks(paper), outline.state_of_data(paper)))
    document.add_paragraph(said, style=MARKS)


def _add_running_lines(pages: Pages, paper: Paper) -> None:
    """Title and marks above, the page's number below, on every page."""
    above = pages.header.paragraphs[0]
    above.style = MARKS
    above.add_run("　".join((f"{paper.title} {outline.issue(paper)}", *outline.marks(paper))))
    below = pages.footer.paragraphs[0]
    below.style = MARKS
    below.add_run("— ")
    add_field(below, "PAGE", "1")
    below.add_run(" —")


def _set_page(pages: Pages, *, landscape: bool) -> None:
    pages.orientation = WD_ORIENTATION.LANDSCAPE if landscape else WD_ORIENTATION.PORTRAIT
    width, height = (_LONG, _SHORT) if landscape else (_SHORT, _LONG)
    pages.page_width, pages.page_height = Mm(width), Mm(height)
    side = (width - (LANDSCAPE if landscape else PORTRAIT)) / 2
    pages.left_margin = pages.right_margin = Mm(side)
    pages.top_margin = pages.bottom_margin = Mm(22 if landscape else 28)
    pages.header_distance = pages.footer_distance = Mm(12)


def _set_properties(document: Document, paper: Paper) -> None:
    said = document.core_properties
    issued = datetime.fromisoformat(paper.issued_at).astimezone(UTC).replace(tzinfo=None)
    said.title, said.subject = paper.title, paper.subtitle
    said.author = said.last_modified_by = paper.issuer or "clusterwatch"
    said.created = said.modified = issued
    said.keywords = " ".join(outline.marks(paper))
    said.language = "zh-CN"
    said.comments = ""
