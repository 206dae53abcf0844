"""City overview: clusters by colour, counties as a grid, figures, ranking."""

from grafana_foundation_sdk.builders import bargauge, common, stat, table
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.common import BigValueColorMode, BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard, DynamicConfigValue

from clusterwatch.grafana.parts import (
    SOURCE,
    YI,
    bars,
    board,
    coloured,
    figure,
    grid,
    linked,
    now,
    number,
    plan_variable,
    region_variable,
    steps,
)
from clusterwatch.grafana.words import COLOURS, SEVERITY, VERDICTS, severity_words, words, yes_no

UID = "clusterwatch-overview"
CLUSTER_UID = "clusterwatch-cluster"
_OF_PLAN = 'plan="$plan", region=~"$region", main="true"'
_CLUSTERS = f'{_OF_PLAN}, kind="cluster"'
_PARENTS = f'{_OF_PLAN}, kind=~"industry|region|city"'
_COLOUR = "clusterwatch_cluster_colour"
_VERDICT = "clusterwatch_cluster_verdict"


def overview() -> Dashboard:
    """All units of a plan at one glance."""
    return (
        board("城市总览 · 产业集群", UID, "规划内各集群的进度、颜色、排名和县区分布。", "now-30d")
        .with_variable(plan_variable())
        .with_variable(region_variable())
        .with_panel(_judged("符合进度的集群", 1, "green"))
        .with_panel(_judged("未达进度的集群", 0, "orange"))
        .with_panel(_unjudged())
        .with_panel(_suppressed())
        .with_panel(_period())
        .with_panel(_oldest())
        .with_panel(_colours())
        .with_panel(_counties())
        .with_panel(_ranking())
        .with_row(build.Row("集群明细"))
        .with_panel(_units("县区、园区产业集群", _CLUSTERS))
        .with_panel(_units("市级产业、县区与全市", _PARENTS, targets=False))
        .build()
    )


def _judged(title: str, value: int, colour: str) -> stat.Panel:
    counted = f"count({figure('on_track', _CLUSTERS)} == {value}) or vector(0)"
    return number(title, "按目标路径判断;涂灰的集群不计。", counted, "none", colour)


def _unjudged() -> stat.Panel:
    judged = f"count({figure('on_track', _CLUSTERS)}) or vector(0)"
    counted = f"count({figure('suppressed', _CLUSTERS)}) - ({judged})"
    return number("暂不评价的集群", "数据未齐、未设目标或缺少基数。", counted, "none")


def _suppressed() -> stat.Panel:
    counted = f"sum({figure('suppressed', _CLUSTERS)})"
    return number("数据不公开的集群", "报送单位过少或一家独大,只显示进度。", counted, "none")


def _period() -> stat.Panel:
    newest = f"max({figure('period_timestamp_seconds', _CLUSTERS)}) * 1000"
    return number("最新报告期", "报告期所在月份。", newest, "time: YYYY年M月")


def _oldest() -> stat.Panel:
    age = f"time() - min({figure('data_timestamp_seconds', _CLUSTERS)})"
    return number("最旧数据的时长", "距该集群最后一次收到报送的时间。", age, "s")


def _colours() -> bargauge.Panel:
    panel = bars(
        "集群颜色分布",
        "各颜色的集群数;灰色不是预警。",
        f"sum by ({_COLOUR}) ({figure('colour', _CLUSTERS, _COLOUR)})",
        f"{{{{{_COLOUR}}}}}",
        "none",
    )
    for name, (word, colour) in COLOURS.items():
        panel = panel.override_by_name(
            name,
            [
                DynamicConfigValue("displayName", word),
                DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour}),
            ],
        )
    return panel.span(8)


def _counties() -> stat.Panel:
    """Tiles of all counties and parks, with the worst colour of their clusters in words."""
    worst = " or ".join(
        f'(clusterwatch_cluster_colour{{{_CLUSTERS}, {_COLOUR}="{colour}"}} * {severity})'
        for colour, severity in SEVERITY.items()
    )
    named = f"max by (region, region_name) (clusterwatch_cluster_info{{{_CLUSTERS}}})"
    tiles = f"max by (region) ({worst}) * on (region) group_left (region_name) {named}"
    return (
        stat.Panel()
        .title("县区、园区")
        .description("每格一个县区或园区,取其集群中最差的颜色。")
        .datasource(SOURCE)
        .with_target(now(tiles, legend="{{region_name}}"))
        .unit("none")
        .mappings([severity_words()])
        .color_mode(BigValueColorMode.BACKGROUND)
        .text_mode(BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(steps((None, "text")))
        .no_value("—")
        .span(8)
        .height(9)
    )


def _ranking() -> bargauge.Panel:
    return (
        bars(
            "进度排名",
            "实际速度与规划要求速度之比;1 为恰好达标,不公开和未评价的集群不参加。",
            f"sort_desc({figure('path_ratio', _CLUSTERS)})",
            "{{name}}",
            "none",
        )
        .thresholds(steps((None, "red"), (0, "orange"), (0.6, "yellow"), (0.95, "green")))
        .min(-1)
        .max(2)
        .decimals(2)
        .span(8)
    )


def _units(title: str, selector: str, *, targets: bool = True) -> table.Panel:
    """Figures of units; parents have targets of their own for hardly any output."""

    def yi(name: str) -> str:
        return f"{figure(name, selector)} / 1e8"

    against = {
        "应达累计": (yi("required_year_to_date_yuan"), YI),
        "差距": (yi("gap_yuan"), YI),
        "达标概率": (figure("target_probability_ratio", selector), "percentunit"),
    }
    panel = grid(
        title,
        "金额单位亿元;没有数字表示未报、未知或不公开,不是零。点击名称进入集群详情。",
        {
            "集": (f"{figure('verdict', selector, _VERDICT)} == 1", "none"),
            "当月": (yi("month_yuan"), YI),
            "累计": (yi("year_to_date_yuan"), YI),
            "可比增速": (figure("comparable_growth_ratio", selector), "percentunit"),
            **(against if targets else {}),
            "报送率": (figure("coverage_ratio", selector), "percentunit"),
            "不公开": (figure("suppressed", selector), "none"),
            "数据时长": (f"time() - {figure('data_timestamp_seconds', selector)}", "s"),
        },
        ("plan", "region", "集"),
        {"name": "名称", _VERDICT: "状态", "unit": "编号"},
    )
    panel = coloured(panel, "状态", words(VERDICTS))
    panel = coloured(panel, "不公开", yes_no())
    url = f"/d/{CLUSTER_UID}?var-plan=${{plan}}&var-cluster=${{__data.fields.编号}}"
    return linked(panel, "名称", "集群详情", url)
