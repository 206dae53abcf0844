"""How papers look in Word: fonts and sizes after GB/T 9704, smaller where tables need room."""

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from services.alerts.adapters.papers.fonts import BLACK, BODY, KAI, SERIF
from services.alerts.adapters.papers.widths import PORTRAIT
from services.alerts.adapters.papers.word_fields import element, set_fonts

RED = RGBColor(0xC0, 0x1F, 0x1F)
_BLACK = RGBColor(0, 0, 0)
_FAINT = RGBColor(0x3D, 0x4B, 0x58)
_LINE = 24
_TABLES = frozenset({"Normal Table", "Table Grid"})
ISSUE, MARKS, CELL, NOTE, CONTENTS = "Issue", "Marks", "Cell", "Note", "Contents"
"""Names of the styles that are not Word's own."""


def dress(document: Document) -> None:
    """Set every style that the papers use."""
    _set_language(document)
    _drop_unused(document)
    body = _style(document, "Normal", BODY, 14)
    body.paragraph_format.space_after = Pt(0)
    body.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    body.paragraph_format.line_spacing = Pt(_LINE)
    text = _style(document, "Body Text", BODY, 14)
    text.paragraph_format.first_line_indent = Pt(28)
    text.paragraph_format.space_after = Pt(0)
    text.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _style(document, "List Bullet", BODY, 14)
    _dress_headings(document)
    title = _style(document, "Title", SERIF, 28, bold=True)
    title.font.color.rgb = RED
    _centre(title, before=18, after=6, line=1.1)
    _remove_border(title)
    subtitle = _style(document, "Subtitle", BLACK, 18)
    subtitle.font.italic = False
    _centre(subtitle, before=14, after=6, line=1.1)
    caption = _style(document, "Caption", BLACK, 12)
    caption.paragraph_format.keep_with_next = True
    _centre(caption, before=10, after=4, line=1.0)
    _add_own(document)
    _add_contents_styles(document)


def _add_own(document: Document) -> None:
    issue = _added(document, ISSUE, SERIF, 12)
    _centre(issue, before=0, after=4, line=1.2)
    marks = _added(document, MARKS, BLACK, 10.5)
    marks.font.color.rgb = _FAINT
    _centre(marks, before=0, after=6, line=1.2)
    contents = _added(document, CONTENTS, BLACK, 14)
    _centre(contents, before=8, after=4, line=1.2)
    cell = _added(document, CELL, SERIF, 9)
    cell.paragraph_format.line_spacing = 1.0
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(1.5)
    note = _added(document, NOTE, SERIF, 9)
    note.paragraph_format.line_spacing = 1.1
    note.paragraph_format.space_before = Pt(2)
    note.paragraph_format.space_after = Pt(0)


def _dress_headings(document: Document) -> None:
    for level, (font, size) in enumerate(((BLACK, 16), (KAI, 15), (BODY, 14)), start=1):
        style = _style(document, f"Heading {level}", font, size, bold=level == 3)  # noqa: PLR2004
        style.font.italic = False
        style.paragraph_format.space_before = Pt(12 if level == 1 else 6)
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.keep_with_next = True
        style.paragraph_format.line_spacing = 1.2


def _add_contents_styles(document: Document) -> None:
    for level in (1, 2, 3):
        style = _added(document, f"toc {level}", BODY, 12, of_word=True)
        style.paragraph_format.line_spacing = 1.3
        style.paragraph_format.left_indent = Pt(12 * (level - 1))
        style.paragraph_format.tab_stops.add_tab_stop(
            Mm(PORTRAIT), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
        )


def _style(
    document: Document, name: str, font: str, size: float, *, bold: bool = False
) -> ParagraphStyle:
    style = document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"{name} is no style of paragraphs")
    set_fonts(style, font)
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.color.rgb = _BLACK
    return style


def _added(
    document: Document, name: str, font: str, size: float, *, of_word: bool = False
) -> ParagraphStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=of_word)
    style.base_style = document.styles["Normal"]
    return _style(document, name, font, size)


def _centre(style: ParagraphStyle, *, before: float, after: float, line: float) -> None:
    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    style.paragraph_format.space_before = Pt(before)
    style.paragraph_format.space_after = Pt(after)
    style.paragraph_format.line_spacing = line


def _remove_border(style: ParagraphStyle) -> None:
    """The template's title stands on a blue line."""
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _drop_unused(document: Document) -> None:
    """The template's hundred styles of tables make every look-up slow and the file big."""
    for style in list(document.styles):
        if style.type is WD_STYLE_TYPE.TABLE and style.name not in _TABLES:
            style.delete()


def _set_language(document: Document) -> None:
    """Chinese; digits and Latin words are not, or some programs break lines inside of numbers."""
    for properties in document.styles.element.iter(qn("w:rPrDefault")):
        run = properties.find(qn("w:rPr"))
        for language in run.findall(qn("w:lang")):
            run.remove(language)
        run.append(element("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))
