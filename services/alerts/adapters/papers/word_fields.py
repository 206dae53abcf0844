"""Parts of a Word file that python-docx has no method for: fields, bookmarks, links, fonts."""

from html import escape
from itertools import count

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from services.alerts.adapters.papers.fonts import ALTERNATIVES, LATIN

FONT_TABLE = "word/fontTable.xml"
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def element(tag: str, /, **attributes: str) -> BaseOxmlElement:
    """A `w:` element with `w:` attributes."""
    made: BaseOxmlElement = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def set_fonts(style: ParagraphStyle | Run, chinese: str, latin: str = LATIN) -> None:
    """Fonts by name for every script; those of a theme would win, so they go."""
    style.font.name = latin
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), latin)
    fonts.set(qn("w:eastAsia"), chinese)


def font_table() -> bytes:
    """The fonts of the file and what a machine without them may take instead."""
    fonts = "".join(
        f'<w:font w:name="{escape(name)}"><w:altName w:val="{escape(",".join(others))}"/>'
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in ALTERNATIVES.items()
    )
    latin = (
        f'<w:font w:name="{LATIN}"><w:charset w:val="00"/><w:family w:val="roman"/>'
        '<w:pitch w:val="variable"/></w:font>'
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<w:fonts xmlns:w="{_MAIN}">{latin}{fonts}</w:fonts>'.encode()


def add_field(paragraph: Paragraph, instruction: str, shown: str = "") -> None:
    """A field whose text the program works out; `shown` stands there until then."""
    begin_field(paragraph, instruction)
    paragraph.add_run(shown)
    end_field(paragraph)


def begin_field(paragraph: Paragraph, instruction: str, *, stale: bool = False) -> None:
    """Open a field; what follows up to `end_field` is its last known text."""
    start = element("fldChar", fldCharType="begin")
    if stale:
        start.set(qn("w:dirty"), "true")
    text = element("instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    for part in (start, text, element("fldChar", fldCharType="separate")):
        paragraph.add_run()._r.append(part)  # noqa: SLF001 - python-docx has no fields


def end_field(paragraph: Paragraph) -> None:
    """Close the field that was opened last."""
    paragraph.add_run()._r.append(  # noqa: SLF001 - python-docx has no fields
        element("fldChar", fldCharType="end")
    )


class Bookmarks:
    """Names headings so that the table of contents can point at them."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def add(self, paragraph: Paragraph, name: str) -> None:
        """Put a bookmark around what is in the paragraph."""
        number = str(next(self._numbers))
        start = element("bookmarkStart", id=number, name=name)
        paragraph._p.insert(1, start)  # noqa: SLF001 - after its properties
        paragraph._p.append(element("bookmarkEnd", id=number))  # noqa: SLF001


def add_contents(document: Document, entries: list[tuple[int, str, str]], heading: str) -> None:
    """A table of contents by level, title and bookmark: filled, and renewed when opened.

    Page numbers are left to the program that lays out the pages.
    """
    document.add_paragraph("目　录", style=heading)
    paragraph = document.add_paragraph(style="toc 1")
    begin_field(paragraph, 'TOC \\o "1-3" \\h \\z \\u', stale=True)
    for number, (level, title, bookmark) in enumerate(entries):
        if number:
            paragraph = document.add_paragraph(style=f"toc {level}")
        link = element("hyperlink", anchor=bookmark, history="1")
        run = paragraph.add_run(title)
        link.append(run._r)  # noqa: SLF001 - moves the run into the link
        paragraph._p.append(link)  # noqa: SLF001
    end_field(paragraph)
    compatibility = document.settings.element.find(qn("w:compat"))
    compatibility.addprevious(element("updateFields", val="true"))  # where the schema has it
