"""A paper with every kind of block and figure, long names, gaps and suppressed figures."""

import pytest

from services.alerts.adapters.papers.press import render
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import (
    Chart,
    ChartKind,
    Column,
    Masking,
    Paper,
    PaperKind,
    Paragraph,
    Role,
    Row,
    Section,
    Series,
    Table,
)
from shared.events.status import Colour

PERIOD = "2026-05"
MONTHS = ("2025-11", "2025-12", "2026-02", "2026-03", "2026-04", "2026-05")
COUNTIES = ("埇桥区", "砀山县", "萧县", "灵璧县", "泗县", "宿马园区", "宿州经开区")
VERDICTS = (
    ("achieved", Colour.GREEN),
    ("on_track", Colour.BLUE),
    ("behind", Colour.YELLOW),
    ("far_behind", Colour.ORANGE),
    ("far_behind", Colour.RED),
)


def money(unit: str, field: str, value: int | None, **more: object) -> Figure:
    return figure(unit, field, Kind.AMOUNT, value, **more)


def figure(unit: str, field: str, kind: Kind, value: object, **more: object) -> Figure:
    unsaid = {"reason": "no_target"} if value is None and not more.get("suppressed") else {}
    return Figure(
        figure_id(unit, "gross_output", PERIOD, field),
        kind,
        value,  # type: ignore[arg-type]
        **{**unsaid, **more},  # type: ignore[arg-type]
    )


def cluster_row(number: int) -> Row:
    """Some rows miss a target, some are suppressed, some fall, one has a long name."""
    unit = f"cluster-{number}"
    name = f"{COUNTIES[number % 7]}第{number}集群"
    if number == 3:
        name = "宿州经开区半导体显示与智能终端上下游一体化（含配套）产业集群"
    hidden = number % 9 == 4
    verdict, colour = VERDICTS[number % 5]

    def value(field: str, kind: Kind, amount: object, **more: object) -> Figure:
        if hidden:
            return figure(unit, field, kind, None, suppressed=True)
        return figure(unit, field, kind, amount, **more)

    base = 1_234_567_891 + number * 98_765_432
    required = None if number % 8 == 5 else base + 40_000_000 - number * 3_000_000
    gap = None if required is None else base - required
    probability = None if required is None else min(0.999, number / 41)
    return Row(
        (
            name,
            value("month", Kind.AMOUNT, base // 5),
            value("ytd", Kind.AMOUNT, base),
            value("growth", Kind.CHANGE, -0.031 + number * 0.0043),
            value("required", Kind.AMOUNT, required),
            value("gap", Kind.AMOUNT, gap, form=Form.SIGNED),
            value("ratio", Kind.RATIO, None if required is None else base / required),
            figure(unit, "verdict", Kind.VERDICT, "off_track")
            if hidden
            else figure(unit, "verdict", Kind.VERDICT, verdict, colour=colour),
            value("forecast", Kind.AMOUNT, base * 12 // 5),
            value("probability", Kind.PROBABILITY, probability),
            value("coverage", Kind.COVERAGE, 1.0 if number % 3 else 0.99996),
            figure(unit, "reporting", Kind.COUNT, 12 + number, measure="家"),
            figure(unit, "period", Kind.PERIOD, "2026-02" if number % 11 == 0 else PERIOD),
        )
    )


def wide_table(rows: int = 40) -> Table:
    columns = (
        Column("集群"),
        Column("当月", Kind.AMOUNT, "亿元", "总产值"),
        Column("累计", Kind.AMOUNT, "亿元", "总产值"),
        Column("可比增速", Kind.CHANGE, "%", "总产值"),
        Column("累计要求值", Kind.AMOUNT, "亿元", "目标路径"),
        Column("差额", Kind.AMOUNT, "亿元", "目标路径"),
        Column("进度比", Kind.RATIO, "", "目标路径"),
        Column("评价", Kind.VERDICT, "", "目标路径"),
        Column("全年预测", Kind.AMOUNT, "亿元", "预测"),
        Column("达标可能性", Kind.PROBABILITY, "%", "预测"),
        Column("报送率", Kind.COVERAGE, "%"),
        Column("报送单位", Kind.COUNT, "家"),
        Column("数据期", Kind.PERIOD),
    )
    total = Row(
        (
            "合计",
            money("city", "month", 23_456_789_012),
            money("city", "ytd", 123_456_789_012),
            figure("city", "growth", Kind.CHANGE, 0.0821),
            money("city", "required", 130_000_000_000),
            money("city", "gap", -6_543_210_988, form=Form.SIGNED),
            figure("city", "ratio", Kind.RATIO, 0.95),
            figure("city", "verdict", Kind.VERDICT, "behind", colour=Colour.YELLOW),
            money("city", "forecast", None, reason="no_forecast"),
            figure("city", "probability", Kind.PROBABILITY, None, reason="no_forecast"),
            figure("city", "coverage", Kind.COVERAGE, 0.973),
            figure("city", "reporting", Kind.COUNT, 1234, measure="家"),
            figure("city", "period", Kind.PERIOD, PERIOD),
        ),
        total=True,
    )
    note = Paragraph(
        ("累计要求值按报送率 ", figure("city", "coverage", Kind.COVERAGE, 0.973), " 折算。")
    )
    body = tuple(cluster_row(number) for number in range(rows))
    return Table("clusters", "重点产业集群主要指标", columns, (*body, total), (note,))


def small_table() -> Table:
    columns = (
        Column("项目"),
        Column("阶段", Kind.STAGE),
        Column("签约日期", Kind.DATE),
        Column("计划总投资", Kind.AMOUNT, "亿元"),
        Column("到位资金", Kind.AMOUNT, "亿美元"),
        Column("占比变动", Kind.POINTS, "个百分点"),
        Column("说明"),
    )

    def row(name: str, stage: str, date: str, total: int, funds: int, points: float) -> Row:
        return Row(
            (
                name,
                figure(name, "stage", Kind.STAGE, stage),
                figure(name, "signed", Kind.DATE, date),
                money(name, "planned", total),
                money(name, "funds", funds, measure="USD"),
                figure(name, "points", Kind.POINTS, points),
                '=HYPERLINK("http://example.invalid","点")' if total < 10**6 else "手续办理中",
            )
        )

    return Table(
        "projects",
        "停滞项目",
        columns,
        (
            row(
                "+轴承精密加工<b>二期</b>", "signed", "2025-11-02", 1_250_000_000, 30_000_000, 0.032
            ),
            row("@光伏组件", "building", "2024-02-29", 300_000, 500_000_000, -0.0104),
            row("-绿色食品冷链", "started", "2026-01-15", 5_400_000, 0, 0.0),
        ),
    )


def line_chart() -> Chart:
    def series(name: str, role: Role, values: tuple[int | None, ...]) -> Series:
        return Series(
            name,
            tuple(
                Figure(
                    figure_id("city", "gross_output", month, name),
                    Kind.AMOUNT,
                    value,
                    reason="" if value is not None else "not_collected",
                )
                for month, value in zip(MONTHS, values, strict=True)
            ),
            role,
        )

    return Chart(
        "path",
        "全市轴承产业累计产值与目标路径",
        ChartKind.FAN,
        tuple(Figure(f"axis|{month}", Kind.PERIOD, month) for month in MONTHS),
        (
            series(
                "累计",
                Role.VALUE,
                (9_100_000_000, 9_950_000_000, None, 2_410_000_000, 3_380_000_000, 4_420_000_000),
            ),
            series(
                "累计要求值",
                Role.REFERENCE,
                (
                    9_000_000_000,
                    10_000_000_000,
                    1_500_000_000,
                    2_500_000_000,
                    3_500_000_000,
                    4_600_000_000,
                ),
            ),
            series(
                "预测下限",
                Role.LOWER,
                (
                    8_900_000_000,
                    9_800_000_000,
                    1_400_000_000,
                    2_300_000_000,
                    3_200_000_000,
                    4_100_000_000,
                ),
            ),
            series(
                "预测上限",
                Role.UPPER,
                (
                    9_300_000_000,
                    10_300_000_000,
                    1_700_000_000,
                    2_700_000_000,
                    3_700_000_000,
                    4_900_000_000,
                ),
            ),
        ),
        "亿元",
        "近六期累计产值略低于目标路径。",
    )


def bar_chart() -> Chart:
    points = tuple(
        figure(name, "growth", Kind.CHANGE, None, suppressed=True)
        if number == 2
        else figure(
            name, "growth", Kind.CHANGE, 0.12 - number * 0.031, colour=VERDICTS[number % 5][1]
        )
        for number, name in enumerate(COUNTIES)
    )
    return Chart(
        "growth",
        "各县区可比增速",
        ChartKind.BAR,
        COUNTIES,
        (Series("可比增速", points),),
        "%",
        "各县区增速由高到低排列。",
    )


def waterfall_chart() -> Chart:
    names = ("上年同期", "持续企业", "新增纳统", "退库", "基数订正", "本期累计")
    amounts = (4_100_000_000, 310_000_000, 120_000_000, -90_000_000, -20_000_000, 4_420_000_000)
    points = tuple(
        money("bearings", f"change-{number}", value) for number, value in enumerate(amounts)
    )
    return Chart(
        "change",
        "产值变动分解",
        ChartKind.WATERFALL,
        names,
        (Series("变动", points),),
        "亿元",
        "增长主要来自持续企业。",
    )


def sentence() -> Paragraph:
    return Paragraph(
        (
            "5月，全市",
            figure("city", "clusters", Kind.COUNT, 15, measure="个"),
            "重点产业集群累计实现产值 ",
            money("city", "ytd", 123_456_789_012),
            "，可比",
            figure("city", "growth", Kind.CHANGE, 0.0821, form=Form.WORDED),
            "，增速比上期",
            figure("city", "faster", Kind.POINTS, -0.012, form=Form.WORDED),
            "；比累计要求值低 ",
            money("city", "gap", -6_543_210_988, form=Form.MAGNITUDE),
            "，评价为",
            figure("city", "verdict", Kind.VERDICT, "behind", colour=Colour.YELLOW),
            "，全年预测 ",
            money("city", "forecast", None, reason="no_forecast"),
            "，砀山县算力产业累计 ",
            figure("szah-dangshan", "ytd", Kind.AMOUNT, None, suppressed=True),
            "。下次报送截止 ",
            figure("city", "deadline", Kind.DATE, "2026-07-10"),
            "。",
        )
    )


@pytest.fixture(scope="session")
def rich_paper() -> Paper:
    return Paper(
        id="monthly-szah-2026-05",
        kind=PaperKind.MONTHLY,
        title="重点产业集群月通报",
        subtitle="2026年1—5月",
        plan="szah-suzhou-2027",
        unit="szah",
        period=PERIOD,
        as_of="2026-06-12T09:30:00+08:00",
        issued_at="2026-06-12T10:00:00+08:00",
        number=5,
        issuer="宿州市“双招双引”工作领导小组办公室",
        masking=Masking.MASKED,
        draft=True,
        simulated=True,
        sections=(
            Section("一、总体情况", (sentence(), Paragraph(("运行平稳。",), bullet=True))),
            Section("二、集群情况", (wide_table(),)),
            Section("（一）走势", (line_chart(),), level=2),
            Section("（二）增速与变动", (bar_chart(), waterfall_chart()), level=2),
            Section("三、项目情况", (Paragraph(("以下项目停滞。",)), small_table())),
            Section("1. 其他", (), level=3),
        ),
        notes=(
            Paragraph(
                (
                    "数据截至 ",
                    Figure("paper||2026-05|as_of", Kind.MOMENT, "2026-06-12T09:30:00+08:00"),
                    "。",
                )
            ),
            Paragraph(("金额以元计存，按亿元显示。",)),
        ),
    )


@pytest.fixture(scope="session")
def rich_docx(rich_paper: Paper) -> bytes:
    return render(rich_paper, Format.DOCX)


@pytest.fixture(scope="session")
def rich_xlsx(rich_paper: Paper) -> bytes:
    return render(rich_paper, Format.XLSX)


@pytest.fixture(scope="session")
def rich_html(rich_paper: Paper) -> bytes:
    return render(rich_paper, Format.HTML)
