"""Writes the forms of this folder as flat OpenDocument, and has LibreOffice turn them into XLSX.

    python tests/data/forms/make.py

Enterprises, projects and figures are invented; the shapes are those of the survey forms.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).parent
SUFFIX = ".fods"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
 xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:automatic-styles>
<number:number-style style:name="N1"><number:number number:decimal-places="2"

 number:min-decimal-places="0" number:min-integer-digits="1" number:grouping="true"/>
</number:number-style>
<number:date-style style:name="N2"><number:year number:style="long"/><number:text>/</number:text>
<number:month/><number:text>/</number:text><number:day/></number:date-style>
<style:style style:name="money" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="day" style:family="table-cell" style:data-style-name="N2"/>
</office:automatic-styles>
<office:body><office:spreadsheet>
"""
_TAIL = "</office:spreadsheet></office:body></office:document>\n"


@dataclass(frozen=True, slots=True)
class Wide:
    """A cell merged over columns and rows."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Day:
    """A date cell."""

    iso: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with no stored value: LibreOffice computes it."""

    of: str


Cell = str | int | float | Wide | Day | Formula | None
Sheet = tuple[str, Sequence[Sequence[Cell]]]


def code(number: int) -> str:
    """A valid credit code, made from a number."""
    head = f"91341300{number:09d}"
    characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(characters.index(c) * pow(3, i, 31) for i, c in enumerate(head))
    return head + characters[-total % 31]


def summary(county: str, first: int, month: str) -> Sheet:
    """汇总表: many enterprises, four figures each, titles merged over the width."""
    rows: list[list[Cell]] = [
        [Wide(f"{county}规模以上工业企业产值汇总表", 8)],
        [Wide("表号：B204-1表", 3), Wide(f"2026年1—{month}月", 2), None, Wide("计量单位：千元", 2)],
        [
            Wide("序号", 1, 2),
            Wide("统一社会信用代码", 1, 2),
            Wide("单位详细名称", 1, 2),
            Wide("工业总产值（当年价格）", 4),
            Wide("备注", 1, 2),
        ],
        [Wide("", 1), Wide("", 1), Wide("", 1), "本月", "1—本月", "上年同期", "上年1—本月"],
        ["甲", "乙", "丙", 1, 2, 3, 4],
    ]
    for number in range(first, first + 3):
        ytd = 80_110.5 + number
        rows.append(
            [number, code(number), f"企业{number}（集团）", 18_250, ytd, "１５，９００", 71_020]
        )
    rows.append([None, Wide("合　计", 2), Formula("SUM([.D6:.D8])"), Formula("SUM([.E6:.E8])")])
    rows.append([Wide("单位负责人：　　填表人：　　报出日期：2026年6月8日", 8)])
    return county, rows


def form(number: int) -> Sheet:
    """One enterprise's form: a row per indicator."""
    return (
        f"企业{number}",
        [
            [Wide("工业产销总值及主要产品产量", 7)],
            [Wide(f"统一社会信用代码：{code(number)}", 3), Wide("2026年5月", 4)],
            [
                Wide("指标名称", 1, 2),
                Wide("计量单位", 1, 2),
                Wide("代码", 1, 2),
                Wide("本年", 2),
                Wide("上年同期", 2),
            ],
            [Wide("", 1), Wide("", 1), Wide("", 1), "本月", "1—本月", "本月", "1—本月"],
            ["甲", "乙", "丙", 1, 2, 3, 4],
            ["一、工业总产值（当年价格）", "千元", "01", 18_250, 80_110, 15_900, 71_020],
            ["　　其中：新产品产值", "千元", "02", 1_200, 5_300, 900, 4_100],
            ["营业收入", "千元", "03", "—", 75_000.25, None, 70_000],
            ["从业人员期末人数", "人", "04", 120, None, 118, None],
        ],
    )


REGISTER: Sheet = (
    "名录",
    [
        [Wide("规模以上工业单位名录变动情况", 8)],
        [
            "信用代码",
            "单位名称",
            "行政区划代码",
            "行业代码",
            "规上",
            "变动类型",
            "生效月份",
            "企业规模",
        ],
        [code(1), "企业1（集团）", 341323000000, "C3451", "是", "纳统", Day("2026-01-01"), "中型"],
        [code(2), "企业2", "341302000000", "1392", "是", "退库", "2026年4月", "小型"],
    ],
)

INVESTMENT: Sheet = (
    "固定资产投资",
    [
        [Wide("项目固定资产投资完成情况", 11)],
        [Wide("206表", 4), Wide("2026年1-5月", 3), Wide("计量单位：万元", 4)],
        [
            *("项目代码", "项目名称", "建设地区划代码", "行业代码", "计划总投资"),
            *("自开始建设累计完成投资", "项目阶段", "开工时间", "1-本月", "本月", "上年1-本月"),
        ],
        [
            *("2603-341323-04-01-100001", "轴承产业园二期", 341323, 3451, 52_000, 18_300, "在建"),
            *(Day("2026-03-15"), 9_620.5, 2_110.5, 0),
        ],
        [
            *("2511-341302-04-01-100002", "果蔬冷链仓", 341302, 1392, "8,000", "6,400", "竣工"),
            *("2025年11月2日", "1,250", 300, 980),
        ],
    ],
)

FUNDS: Sheet = (
    "到位资金",
    [
        [Wide("招商引资项目到位资金", 7)],
        [Wide("2026年1—5月", 3), Wide("计量单位：万元", 4)],
        ["项目编号", "行政区划代码", "资金来源地", "币种", "1-本月", "本月", "上年1-本月"],
        ["P-1", 341323, "江苏省", "人民币", 3_200, 800, 2_500],
        ["P-2", 341323, "31", "人民币", 1_100, None, None],
    ],
)

FORMS: dict[str, Sequence[Sheet]] = {
    "output-summary": [summary("灵璧县", 1, "5"), summary("埇桥区", 11, "5")],
    "output-form": [("填报说明", [["本表由规模以上工业法人单位填报"]]), form(1), form(2)],
    "register": [REGISTER],
    "investment": [INVESTMENT],
    "funds": [FUNDS],
}


def document(sheets: Sequence[Sheet]) -> str:
    """The flat OpenDocument text of a workbook."""
    tables = (_table(name, rows) for name, rows in sheets)
    return _HEAD + "".join(tables) + _TAIL


def _table(name: str, rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(
        f"<table:table-row>{''.join(_cell(cell) for cell in row)}</table:table-row>\n"
        for row in rows
    )
    return f"<table:table table:name={quoteattr(name)}>\n{body}</table:table>\n"


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case Wide(text, columns, rows):
            span = f' table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"'
            covered = "<table:covered-table-cell/>" * (columns - 1)
            return f"<table:table-cell{span}>{_text(text)}</table:table-cell>{covered}"
        case Day(iso):
            return (
                '<table:table-cell table:style-name="day" office:value-type="date" '
                f'office:date-value="{iso}"/>'
            )
        case Formula(of):
            return f'<table:table-cell table:style-name="money" table:formula="of:={of}"/>'
        case int() | float():
            return (
                '<table:table-cell table:style-name="money" office:value-type="float" '
                f'office:value="{cell}"/>'
            )
        case _:
            return f'<table:table-cell office:value-type="string">{_text(cell)}</table:table-cell>'


def _text(text: str) -> str:
    return f"<text:p>{escape(text)}</text:p>" if text else ""


def convert(folder: Path, program: str = "soffice") -> None:
    """Write all forms into a folder and let LibreOffice make XLSX files of them."""
    for name, sheets in FORMS.items():
        (folder / f"{name}{SUFFIX}").write_text(document(sheets), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                program,
                f"-env:UserInstallation=file://{profile}",
                *("--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"),
                str(folder),
                *(str(folder / f"{name}{SUFFIX}") for name in FORMS),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )


if __name__ == "__main__":
    found = shutil.which("soffice")
    if found is None:
        sys.exit("soffice is not there: install LibreOffice (Debian: libreoffice-calc)")
    with tempfile.TemporaryDirectory() as made:
        convert(Path(made), found)
        for file in sorted(Path(made).glob("*.xlsx")):
            shutil.copy(file, HERE / file.name)
            print(HERE / file.name)  # noqa: T201 - a script
