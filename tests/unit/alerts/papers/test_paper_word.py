"""Papers as DOCX: what Word shows, and what it must not stumble over."""

import io
import zipfile

import docx
import msgspec
import pytest
from docx.document import Document
from docx.enum.section import WD_ORIENTATION
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from services.alerts.adapters.papers.press import render
from services.alerts.adapters.papers.widths import MARGIN, fit
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import Column, Paper, Row, Section, Table


@pytest.fixture(scope="module")
def document(rich_docx: bytes) -> Document:
    return docx.Document(io.BytesIO(rich_docx))


def test_headings_have_words_own_styles(document: Document) -> None:
    assert headings_of(document) == [
        ("Heading 1", "一、总体情况"),
        ("Heading 1", "二、集群情况"),
        ("Heading 2", "（一）走势"),
        ("Heading 2", "（二）增速与变动"),
        ("Heading 1", "三、项目情况"),
        ("Heading 3", "1. 其他"),
        ("Heading 1", "说明"),
    ]


def style_of(paragraph: Paragraph) -> str:
    return "" if paragraph.style is None else str(paragraph.style.name)


def headings_of(document: Document) -> list[tuple[str, str]]:
    named = [(style_of(paragraph), paragraph.text) for paragraph in document.paragraphs]
    return [(style, text) for style, text in named if style.startswith("Heading ")]


def test_the_contents_are_filled_and_renewed_when_opened(document: Document) -> None:
    entries = [p for p in document.paragraphs if style_of(p).startswith("toc ")]
    assert [style_of(p) for p in entries] == [
        "toc 1",
        "toc 1",
        "toc 2",
        "toc 2",
        *["toc 1", "toc 3"],
        "toc 1",
    ]
    links = [link for p in entries for link in p._p.iter(qn("w:hyperlink"))]
    named = {mark.get(qn("w:name")) for mark in document.element.iter(qn("w:bookmarkStart"))}
    assert {link.get(qn("w:anchor")) for link in links} == named
    assert document.settings.element.find(qn("w:updateFields")).get(qn("w:val")) == "true"
    code = next(document.element.iter(qn("w:instrText"))).text
    assert code.split() == ["TOC", "\\o", '"1-3"', "\\h", "\\z", "\\u"]


def test_fields_are_opened_and_closed_in_turn(document: Document) -> None:
    kinds = [each.get(qn("w:fldCharType")) for each in document.element.iter(qn("w:fldChar"))]
    assert kinds == ["begin", "separate", "end"]


def test_a_wide_table_lies_on_its_side_with_its_heading(document: Document) -> None:
    turns = [section.orientation for section in document.sections]
    assert turns == [*(WD_ORIENTATION.PORTRAIT, WD_ORIENTATION.LANDSCAPE, WD_ORIENTATION.PORTRAIT)]
    widths = [column.width for column in document.tables[0].columns]
    assert sum(width or 0 for width in widths) == pytest.approx(Mm(247), abs=Mm(1))


def test_headings_of_tables_are_repeated_and_rows_stay_whole(document: Document) -> None:
    grid = document.tables[0]
    repeated = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in grid.rows]
    assert repeated == [True, True, *[False] * 41]
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in grid.rows)


def test_every_page_has_marks_above_and_its_number_below(document: Document) -> None:
    for section in document.sections:
        assert "模拟数据" in section.header.paragraphs[0].text
        code = next(section.footer._element.iter(qn("w:instrText"))).text
        assert code.strip() == "PAGE"


def test_chinese_fonts_are_named_and_have_alternatives(
    rich_docx: bytes, document: Document
) -> None:
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "仿宋"
    assert fonts.get(qn("w:ascii")) == "Times New Roman"
    table = zipfile.ZipFile(io.BytesIO(rich_docx)).read("word/fontTable.xml").decode()
    for name in ("宋体", "仿宋", "黑体", "楷体"):
        assert f'<w:font w:name="{name}"><w:altName w:val="' in table


def test_the_file_says_what_it_is(document: Document) -> None:
    said = document.core_properties
    assert (said.title, said.subject) == ("重点产业集群月通报", "2026年1—5月")
    assert (said.language, said.author) == ("zh-CN", "宿州市“双招双引”工作领导小组办公室")
    assert said.created.isoformat() == "2026-06-12T02:00:00+00:00"


def test_the_same_paper_gives_the_same_file(rich_paper: Paper, rich_docx: bytes) -> None:
    assert render(rich_paper, Format.DOCX) == rich_docx


def test_a_table_that_no_page_can_hold_comes_in_parts(rich_paper: Paper) -> None:
    columns = (Column("集群"), *(Column(f"指标{n}", Kind.AMOUNT, "亿元") for n in range(30)))
    cells = (Figure(f"u|i|p|{n}", Kind.AMOUNT, n * 10**9) for n in range(30))
    table = Table("wide", "宽表", columns, (Row(("甲集群", *cells)),))
    paper = msgspec.structs.replace(rich_paper, sections=(Section("一", (table,)),))
    document = docx.Document(io.BytesIO(render(paper, Format.DOCX)))
    rows = [[cell.text for cell in grid.rows[1].cells] for grid in document.tables]
    assert len(rows) > 1
    assert all(row[0] == "甲集群" for row in rows)
    assert [text for row in rows for text in row[1:]] == [f"{n * 10:.2f}" for n in range(30)]


def test_characters_that_no_xml_may_hold_are_left_out(rich_paper: Paper) -> None:
    title = "甲\x00\x0b\u202e乙\ufffe"
    paper = msgspec.structs.replace(rich_paper, title=title, sections=(Section(title),))
    document = docx.Document(io.BytesIO(render(paper, Format.DOCX)))
    assert document.core_properties.title == "甲乙"
    assert headings_of(document)[0] == ("Heading 1", "甲乙")
    for kind in (Format.XLSX, Format.HTML):
        assert render(paper, kind)


def test_a_unit_in_a_heading_is_not_broken_inside_its_brackets() -> None:
    """Two brackets are an em each, the sign for per cent is five sixths of one."""
    share = Figure("unit|weight|2026-Q2|weight", Kind.SHARE, 0.3)
    columns = (Column("评比指标"), Column("权重", Kind.SHARE, "%"), Column("含义"))
    fitted = fit(Table("criteria", "指标和权重", columns, (Row(("进度水平", share, "字" * 60)),)))
    em = fitted.points * 25.4 / 72
    assert fitted.widths[1] >= (2 + 5 / 6) * em + 2 * MARGIN
