"""Chinese words of a break-down: its readers are the offices that sign for the targets."""

from collections.abc import Sequence

from services.metrics.domain.assessment import Goal, Why
from services.metrics.domain.paths import Point
from services.metrics.domain.target_kinds import RULES, Figure
from shared.plans import PathKind, PlanIndicator, TargetKind
from shared.plans.targets import DOCUMENT, FEED, Comparator, Missing

NO_BASE = "缺少基数"
NO_SHARE = "缺少历史累计占比，1—11月留空"
COUNTED_FROM_ZERO = "自基年末起累计，从零计"
OUTSIDE = "不在该目标的期限内"
YTD = "月度为累计值"

KINDS = {
    TargetKind.ANNUAL_FLOW: "年度总量",
    TargetKind.STOCK: "期末存量",
    TargetKind.SHARE: "占比",
    TargetKind.RATE: "比率",
    TargetKind.PER_CAPITA: "人均",
    TargetKind.INCREMENT: "新增（累计）",
    TargetKind.YEARLY_COUNT: "每年",
    TargetKind.MULTIPLE: "倍增",
    TargetKind.RANK: "位次",
    TargetKind.COVERAGE: "覆盖率",
    TargetKind.FLOOR: "下限",
    TargetKind.CEILING: "上限",
    TargetKind.GROWTH: "年增速",
    TargetKind.MILESTONE: "节点",
    TargetKind.TEXT: "文字",
}

COMPARATORS = {
    str(Comparator.ABOVE): "超过",
    str(Comparator.AT_LEAST): "不低于",
    str(Comparator.AT_MOST): "不超过",
    str(Comparator.EQUAL): "达到",
    str(Comparator.GROWTH): "年均增长不低于",
}

PATHS = {
    PathKind.CAGR: "等速增长",
    PathKind.LINEAR: "等量增长",
    PathKind.MILESTONES: "按节点目标",
    PathKind.YEARLY: "每年达到",
    PathKind.CONSTANT: "始终保持",
    PathKind.NONE: "",
}

_MISSING = {
    Missing.REDACTED: "目标未公布",
    Missing.ASSIGNED: "目标由上级下达",
    Missing.UNSTATED: "目标值未列明",
}

_NOTES = {
    str(Why.ZERO_BASE_LINEAR): "基数为零，改按等量增长",
    str(Why.THROUGH_ZERO_LINEAR): "跨零，改按等量增长",
    str(Why.TARGET_NOT_BEYOND_BASE): "目标不优于基数，全程按目标值要求",
}

_MEANINGS = {
    Figure.STAND: "月度为期末水平",
    Figure.SINCE_BASE: "月度为自基年末起的累计",
    Figure.GROWTH: "月度为累计同比增速",
}

_LASTING = frozenset({PathKind.CONSTANT, PathKind.YEARLY})


def source(text: str) -> str:
    """Who says so."""
    return {DOCUMENT: "规划文本", FEED: "统计数据"}.get(text, text)


def meaning_of(kind: TargetKind) -> tuple[str, ...]:
    """How the monthly values of a kind without a pace are meant."""
    meaning = _MEANINGS.get(RULES[kind].figure)
    return (meaning,) if meaning else ()


def notes(reasons: Sequence[str]) -> tuple[str, ...]:
    """Those reason words of a judgement that say how its path was chosen."""
    return tuple(_NOTES[reason] for reason in reasons if reason in _NOTES)


def why_missing(indicator: PlanIndicator, goal: Goal, base: Point | None) -> tuple[str, ...]:
    """Why a target has no required values; empty when it has."""
    reason = _why_no_target(indicator, goal) or _why_no_way(indicator, goal, base)
    return (reason,) if reason else ()


def _why_no_target(indicator: PlanIndicator, goal: Goal) -> str | None:
    target = indicator.target
    if indicator.kind is TargetKind.TEXT:
        return "文字目标，没有数值"
    if indicator.kind is TargetKind.MILESTONE:
        return "节点目标，到期核验，不分解"
    if goal.value is None and not goal.of_base:
        if target is None:
            return "未提出目标值"
        return _MISSING.get(target.missing or Missing.UNSTATED)
    return None


def _why_no_way(indicator: PlanIndicator, goal: Goal, base: Point | None) -> str | None:
    if indicator.path in _LASTING:
        return None
    if base is None or base.value is None:
        return f"{NO_BASE}（{_whose_base(indicator)}）"
    if goal.year is None:
        return "目标未定年份"
    return None if goal.year > base.year else "目标年份不晚于基年"


def _whose_base(indicator: PlanIndicator) -> str:
    if indicator.base is not None and indicator.base.from_data:
        return f"取{indicator.base.year}年统计数据"
    return "规划只给出未注明年份的数值" if indicator.undated_base else "规划未给出"
