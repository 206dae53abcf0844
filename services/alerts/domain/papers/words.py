"""Chinese words of a paper; the verdicts' are those of the wall."""

from collections.abc import Mapping

from shared.events.status import Colour, Verdict

UNKNOWN = "—"
"""What is not known is a dash, never a zero."""

SUPPRESSED = "*"
"""What is kept from the reader is a star, never a zero and never absent."""

SUPPRESSED_NOTE = "“*”表示填报单位过少或过于集中，依统计法不予公布。"

MISSING: Mapping[str, str] = {
    Verdict.NO_TARGET: "未设目标",
    Verdict.NO_BASE: "缺少基数",
    Verdict.TOO_EARLY: "尚早",
    Verdict.INCOMPLETE: "数据待齐",
    Verdict.NOT_ASSESSABLE: "暂不评价",
    "not_reported": "未报送",
    "not_due": "未到报送期",
    "not_collected": "本期不单独报送",
    "no_last_year": "无上年同期数",
    "no_forecast": "无预测",
    "no_history": "历史数据不足",
    "no_figure": "无数据",
    "series_break": "口径中断",
    "not_applicable": "不适用",
}
"""Why a figure is null."""

VERDICTS: Mapping[str, str] = {
    Verdict.ACHIEVED: "已达目标",
    Verdict.ON_TRACK: "符合进度",
    Verdict.BEHIND: "略有滞后",
    Verdict.FAR_BEHIND: "明显滞后",
    Verdict.MOVING_AWAY: "背离目标",
    Verdict.INCOMPLETE: "数据待齐",
    Verdict.NO_TARGET: "未设目标",
    Verdict.NO_BASE: "缺少基数",
    Verdict.TOO_EARLY: "尚早",
    Verdict.NOT_ASSESSABLE: "暂不评价",
    "off_track": "未达进度",
}

COLOURS: Mapping[Colour, str] = {
    Colour.GREEN: "绿",
    Colour.BLUE: "蓝",
    Colour.YELLOW: "黄",
    Colour.ORANGE: "橙",
    Colour.RED: "红",
    Colour.GREY: "灰",
}

STAGES: Mapping[str, str] = {
    "negotiating": "在谈",
    "signed": "签约",
    "started": "开工",
    "building": "在建",
    "completed": "竣工",
    "producing": "投产",
    "terminated": "终止",
}

MEASURES: Mapping[str, str] = {
    "CNY": "元",
    "USD": "美元",
    "kWh": "千瓦时",
    "person": "人",
    "count": "个",
    "rank": "位",
    "day": "天",
    "working_day": "个工作日",
    "hour": "小时",
    "minute": "分钟",
    "year": "年",
    "tonne": "吨",
    "tonne_per_day": "吨/日",
    "tonne_coal_equivalent": "吨标煤",
    "square_metre": "平方米",
    "cubic_metre": "立方米",
    "metre": "米",
    "mu": "亩",
}
"""Base units; one without an entry stands for itself."""


def verdict(value: str, colour: Colour | None) -> str:
    """Blue is on track with a forecast that warns; red is far behind for long."""
    if colour is Colour.BLUE:
        return "预警"
    if colour is Colour.RED and value == Verdict.FAR_BEHIND:
        return "严重滞后"
    return VERDICTS.get(value, value)


def missing(reason: str) -> str:
    """Why a figure is null; a reason without an entry stands for itself."""
    return MISSING.get(reason, reason)
