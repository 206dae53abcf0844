"""One cluster: where it stands, its path, forecast, reports, investment, funds and projects."""

from collections.abc import Callable

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from clusterwatch.grafana.overview import CLUSTER_UID
from clusterwatch.grafana.parts import (
    YI,
    Panels,
    bars,
    board,
    cluster_variable,
    coloured,
    figure,
    grid,
    lines,
    monthly,
    named,
    number,
    over_time,
    plan_variable,
    region_variable,
    steps,
)
from clusterwatch.grafana.words import PARTS, STAGES, VERDICTS, words

_ONE = 'plan="$plan", unit="$cluster", main="true"'
_ANY = 'plan="$plan", unit="$cluster"'
"""Investment, funds and projects are judged by indicators of their own."""

_VERDICT = "clusterwatch_cluster_verdict"


def cluster() -> Dashboard:
    """Everything that is known of one unit."""
    shown = board("集群详情", CLUSTER_UID, "一个集群的进度、路径、预测、报送、投资、资金和项目。")
    shown = shown.with_variable(plan_variable()).with_variable(region_variable())
    shown = shown.with_variable(cluster_variable())
    for panel in _standing():
        shown = shown.with_panel(panel)
    shown = shown.with_panel(_verdict())
    for panel in _paths():
        shown = shown.with_panel(panel)
    shown = shown.with_row(build.Row("投资、资金与项目"))
    for panel in (*_investment(), *_funds(), *_projects()):
        shown = shown.with_panel(panel)
    return shown.build()


Query = Callable[[str], str]
"""Name of a metric, or a percentile, → expression."""


def _standing() -> Panels:
    def yi(name: str) -> str:
        return f"{figure(name, _ONE)} / 1e8"

    half = steps((None, "red"), (0.1, "orange"), (0.33, "yellow"), (0.66, "green"))
    gate = steps((None, "orange"), (0.95, "green"))
    return [
        number("累计", "本年累计实绩。", yi("year_to_date_yuan"), YI).decimals(2),
        number("差距", "累计减去已报部分的应达数,负数为落后。", yi("gap_yuan"), YI).decimals(2),
        number(
            "可比增速",
            "同一批报送的累计增速。",
            figure("comparable_growth_ratio", _ONE),
            "percentunit",
        ).decimals(1),
        number(
            "达标概率",
            "到目标年达标的预测概率。",
            figure("target_probability_ratio", _ONE),
            "percentunit",
        )
        .decimals(0)
        .thresholds(half),
        number(
            "报送率",
            "已报单位上年数占应报的比重;低于 95% 不评价。",
            figure("coverage_ratio", _ONE),
            "percentunit",
        )
        .decimals(1)
        .thresholds(gate),
        number(
            "数据时长",
            "距最后一次收到报送。",
            f"time() - {figure('data_timestamp_seconds', _ONE)}",
            "s",
        ),
    ]


def _verdict() -> table.Panel:
    panel = grid(
        "状态",
        "目标按规划原文的年份和口径;比值为实际速度与要求速度之比。",
        {
            "集": (f"{figure('verdict', _ONE, _VERDICT)} == 1", "none"),
            "目标": (f"{figure('target_yuan', _ONE)} / 1e8", YI),
            "比值": (figure("path_ratio", _ONE), "none"),
            "追赶增速": (figure("catch_up_growth_ratio", _ONE), "percentunit"),
            "应报": (figure("enterprises_expected", _ONE), "none"),
            "已报": (figure("enterprises_reporting", _ONE), "none"),
            "距上次符合进度(月)": (figure("months_since_on_track", _ONE), "none"),
        },
        ("plan", "region", "unit", "集"),
        {"name": "名称", _VERDICT: "状态"},
    )
    return coloured(panel, "状态", words(VERDICTS)).height(4)


def _paths() -> Panels:
    def yi(name: str) -> str:
        return f"{over_time(name, _ONE)} / 1e8"

    def fan(percentile: str) -> str:
        one = f'{_ONE}, percentile="{percentile}"'
        return f"{over_time('forecast_year_yuan', one)} / 1e8"

    return [
        monthly(
            lines(
                "累计与应达累计",
                "本年累计实绩与规划路径要求的累计数;1 月不单独报送。",
                YI,
                {
                    "累计": yi("year_to_date_yuan"),
                    "应达累计": yi("required_year_to_date_yuan"),
                },
            )
        ),
        _fan(fan, yi),
        monthly(lines("差距走势", "累计减去应达数;负数为落后。", YI, {"差距": yi("gap_yuan")})),
        monthly(
            lines(
                "报送率与可比增速",
                "报送率低于 95% 的月份不评价。",
                "percentunit",
                {
                    "报送率": over_time("coverage_ratio", _ONE),
                    "可比增速": over_time("comparable_growth_ratio", _ONE),
                },
            )
        ),
        named(
            bars(
                "累计变动的构成",
                "与上年同期库存数相比:持续企业、纳统、退库、口径调整,相加等于总变动。",
                f"{figure('year_to_date_change_yuan', _ONE, 'part')} / 1e8",
                "{{part}}",
                YI,
            ),
            PARTS,
        ),
    ]


def _fan(fan: Query, yi: Query) -> timeseries.Panel:
    panel = lines(
        "全年预测",
        "全年预测的中位数和 10%–90% 区间,与规划路径要求的全年数、目标相比。",
        YI,
        {
            "预测高值(90%)": fan("90"),
            "预测中值": fan("50"),
            "预测低值(10%)": fan("10"),
            "路径要求": yi("required_year_yuan"),
            "目标": yi("target_yuan"),
        },
    )
    return monthly(panel)


def _investment() -> Panels:
    def yi(name: str) -> str:
        return f"{over_time(name, _ANY)} / 1e8"

    return [
        monthly(
            lines(
                "固定资产投资",
                "项目所在地口径,与到位资金不可相加。",
                YI,
                {
                    "本年完成": yi("investment_year_to_date_yuan"),
                    "开工以来": yi("investment_since_start_yuan"),
                    "计划总投资": yi("investment_planned_total_yuan"),
                },
            )
        ),
        number(
            "投资完成率",
            "开工以来完成投资占计划总投资的比重。",
            figure("investment_completion_ratio", _ANY),
            "percentunit",
        ).decimals(1),
    ]


def _funds() -> Panels:
    return [
        bars(
            "到位资金来源",
            "本年累计,按投资方省份代码(foreign 为境外)和币种;不同币种不可相加。",
            f"sort_desc({figure('funds_origin_year_to_date', _ANY, 'currency', 'origin')}) / 1e8",
            "{{origin}} · {{currency}}",
            "suffix: 亿",
        ),
        monthly(
            lines(
                "到位资金增速",
                "本年累计与上年同期相比;规划来源为规划点名的省市。",
                "percentunit",
                {
                    "全部 {{currency}}": over_time("funds_growth_ratio", _ANY, "currency"),
                    "规划来源 {{currency}}": over_time(
                        "funds_planned_growth_ratio", _ANY, "currency"
                    ),
                },
            )
        ),
    ]


def _projects() -> Panels:
    return [
        named(
            bars(
                "项目阶段",
                "期末各阶段的招商项目数。",
                figure("projects", _ANY, "stage"),
                "{{stage}}",
                "none",
            ),
            STAGES,
        ),
        number("在推项目", "已签约、尚未竣工投产或终止。", figure("projects_open", _ANY), "none"),
        number(
            "停滞项目",
            "签约 90 天未开工、连续 3 期无进展或已过竣工日期。",
            figure("projects_stalled", _ANY),
            "none",
            "orange",
        ),
    ]
