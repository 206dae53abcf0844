"""The break-down as tables of typed cells: annual, monthly, and notes on where figures are from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clusterwatch.breakdown import words
from clusterwatch.breakdown.requirements import MONTHS, TargetBreakdown, YearBreakdown
from shared.plans import Plan, PlanIndicator
from shared.plans.measures import MEASURES
from shared.plans.model import PlanStatus
from shared.plans.targets import PathKind

PERCENT = "0.00%"
WHOLE = "#,##0"
EXACT = "#,##0.00##"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and how spreadsheets show it."""

    value: Decimal
    number_format: str


Cell = str | int | Amount | None


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and rows of as many cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    frozen_columns: int = 0
    """Columns that stay in view."""


_NAMES = ("规划", "单元", "指标", "指标编号", "计量单位")
_TARGET = (
    "目标类型",
    "要求",
    "目标年",
    "目标值",
    "基期年",
    "基期值",
    "基数来源",
    "路径",
    "年均增速",
)
_SOURCES = ("目标来源", "出处", "规划版本", "说明")
_PERIODS = tuple("1—2月" if month == MONTHS[0] else f"1—{month}月" for month in MONTHS)


def annual_table(found: Sequence[TargetBreakdown]) -> Table:
    """One row for each target, one column for each year."""
    years = sorted({each.year for target in found for each in target.years})
    columns = (*_NAMES, *_TARGET, *(f"{year}年" for year in years), *_SOURCES)
    rows = []
    for target in found:
        required = {each.year: each.required for each in target.years}
        values = [_amount(required.get(year), target.indicator) for year in years]
        rows.append((*_names(target), *_of_target(target), *values, *_sources(target)))
    return Table("年度分解", columns, tuple(rows), frozen_columns=3)


def monthly_table(found: Sequence[TargetBreakdown]) -> Table:
    """One row for each target and year of its term, one column for each of the eleven periods."""
    columns = (*_NAMES, "年份", "全年", *_PERIODS, "口径与依据")
    rows = [
        (*_names(target), year.year, *_months(target.indicator, year), "；".join(year.reasons))
        for target, year in _years(found)
    ]
    return Table("月度分解", columns, tuple(rows), frozen_columns=3)


def flat_table(found: Sequence[TargetBreakdown]) -> Table:
    """All in one table, for CSV: target, year, months and sources in each row."""
    columns = (*_NAMES, *_TARGET, "年份", "全年", *_PERIODS, "口径与依据", *_SOURCES)
    rows = [
        (
            *_names(target),
            *_of_target(target),
            year.year,
            *_months(target.indicator, year),
            "；".join(year.reasons),
            *_sources(target),
        )
        for target, year in _years(found)
    ]
    return Table("分解", columns, tuple(rows))


def notes_table(plans: Iterable[Plan], data_label: str, bases: str, shares: str) -> Table:
    """How to read the tables, and of which plans, bases and shares they are made."""
    rows: list[tuple[Cell, ...]] = []
    if data_label:
        rows.append(("数据标识", data_label))
    rows += [("基数", bases), ("累计占比", shares), *_RULES]
    for plan in plans:
        status = "草案" if plan.status is PlanStatus.DRAFT else "已发布"
        rows.append(("规划", f"{plan.title}（{plan.issuer}），{status}，版本 {plan.version}"))
        rows += [("补充", f"{plan.id}：{source}") for source in plan.overlays]
        rows += [
            ("指标说明", f"{plan.id} {indicator.id}：{note}")
            for indicator in plan.indicators
            for note in indicator.notes
        ]
        if plan.notes:
            rows.append(
                ("存疑", f"{plan.id}：{len(plan.notes)}条，见 clusterwatch plans show {plan.id}")
            )
    return Table("说明", ("项目", "内容"), tuple(rows))


_BY_SHARE = (
    "年度总量按历史累计占比（前三个完整年度的均值）折算为累计要求值，不按月数平均；"
    "存量、占比等为期末水平"
)

_RULES: tuple[tuple[Cell, ...], ...] = (
    ("年度要求值", "等速增长：基数×(目标/基数)^((年−基年)/(目标年−基年))；等量增长：按年均摊差额"),
    ("月度要求值", _BY_SHARE),
    ("期间", "一年十一期：1月不单独报送，首期为1—2月"),
    ("空白", "目标未公布、缺少基数或缺少历史占比时留空并注明原因；空白不是零"),
    ("超过", "“超过”须大于该数，恰好相等不算完成"),
)


def _years(found: Iterable[TargetBreakdown]) -> Iterable[tuple[TargetBreakdown, YearBreakdown]]:
    for target in found:
        within = [year for year in target.years if words.OUTSIDE not in year.reasons]
        for year in within or target.years[:1]:
            yield target, year


def _names(target: TargetBreakdown) -> tuple[Cell, ...]:
    indicator = target.indicator
    unit = target.plan.unit(indicator.unit)
    return (target.plan.id, unit.name, indicator.name, indicator.id, indicator.measure)


def _of_target(target: TargetBreakdown) -> tuple[Cell, ...]:
    indicator, goal, base = target.indicator, target.goal, target.base
    asked = "" if target.target is None else words.COMPARATORS[str(target.target.comparator)]
    base_value = None if base is None or base.value is None else int(base.value)
    known = base_value is not None
    growth = target.growth
    wanted = None if goal.value is None else int(goal.value)
    return (
        words.KINDS[indicator.kind],
        asked,
        goal.year,
        _amount(wanted, indicator) if indicator.measure else None,
        base.year if base is not None and known else _base_year(indicator),
        _amount(base_value, indicator),
        target.base_source,
        words.PATHS[target.path],
        None if growth is None else Amount(Decimal(f"{growth:.6f}"), PERCENT),
    )


def _base_year(indicator: PlanIndicator) -> int | None:
    return indicator.base.year if indicator.base and indicator.path is not PathKind.NONE else None


def _sources(target: TargetBreakdown) -> tuple[Cell, ...]:
    locator = target.indicator.locator
    lines = (target.target.lines if target.target else ()) or (locator.lines if locator else ())
    section = locator.section if locator else None
    line_text = f"第{'、'.join(str(line) for line in lines)}行" if lines else ""
    return (
        words.source(target.target.source) if target.target else "",
        " ".join(part for part in (section, line_text) if part),
        target.plan.version,
        "；".join(target.reasons),
    )


def _months(indicator: PlanIndicator, year: YearBreakdown) -> tuple[Cell, ...]:
    return tuple(_amount(value, indicator) for value in (year.required, *year.months))


def _amount(value: int | None, indicator: PlanIndicator) -> Amount | None:
    """A figure in the plan's own measure; None stays an empty cell."""
    if value is None:
        return None
    measure = MEASURES.get(indicator.measure)
    if measure is None:
        return Amount(Decimal(value), WHOLE)
    whole = measure.factor == 1
    return Amount(measure.from_base_units(value), WHOLE if whole else EXACT)
