"""Words and colours of verdicts, colours, stages and the like; the colour never stands alone."""

from grafana_foundation_sdk.models.dashboard import ValueMap, ValueMappingResult

VERDICTS = {
    "achieved": ("已达目标", "green"),
    "on_track": ("符合进度", "green"),
    "behind": ("略有滞后", "yellow"),
    "far_behind": ("明显滞后", "orange"),
    "moving_away": ("背离目标", "red"),
    "off_track": ("未达进度", "yellow"),
    "incomplete": ("数据待齐", "text"),
    "no_target": ("未设目标", "text"),
    "no_base": ("缺少基数", "text"),
    "too_early": ("尚早", "text"),
    "not_assessable": ("暂不评价", "text"),
}

COLOURS = {
    "red": ("红 · 背离", "red"),
    "orange": ("橙 · 明显滞后", "orange"),
    "yellow": ("黄 · 略有滞后", "yellow"),
    "blue": ("蓝 · 预警", "blue"),
    "green": ("绿 · 符合进度", "green"),
    "grey": ("灰 · 暂不评价", "text"),
}
"""Worst first."""

SEVERITY = {"grey": 0, "green": 1, "blue": 2, "yellow": 3, "orange": 4, "red": 5}
"""Numbers of the colours where Grafana needs some; their words are shown."""

PARTS = {
    "continuing": "持续企业",
    "entries": "纳统新增",
    "exits": "退库减少",
    "restatement": "口径调整",
}

STAGES = {
    "negotiating": "在谈",
    "signed": "签约",
    "started": "开工",
    "building": "在建",
    "completed": "竣工",
    "producing": "投产",
    "terminated": "终止",
}

SERVICES = ("ingest", "metrics", "alerts")


def words(table: dict[str, tuple[str, str]]) -> ValueMap:
    """Value mapping from a table of words and colours."""
    return ValueMap(
        options={
            value: ValueMappingResult(text=word, color=colour, index=place)
            for place, (value, (word, colour)) in enumerate(table.items())
        }
    )


def severity_words() -> ValueMap:
    """Words for the numbers of `SEVERITY`."""
    return words({str(number): COLOURS[colour] for colour, number in SEVERITY.items()})


def yes_no() -> ValueMap:
    """Words for 0 and 1."""
    return words({"0": ("公开", "text"), "1": ("不公开", "text")})
