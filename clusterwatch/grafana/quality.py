"""Data quality: what was reported, how complete and how late it is, and what was set aside."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models.dashboard import Dashboard

from clusterwatch.grafana.parts import (
    Panels,
    bars,
    board,
    coloured,
    figure,
    grid,
    lines,
    monthly,
    number,
    over_time,
    plan_variable,
    rate_lines,
    region_variable,
)
from clusterwatch.grafana.words import yes_no

UID = "clusterwatch-quality"
_CLUSTERS = 'plan="$plan", region=~"$region", main="true", kind="cluster"'
_RECORDS = "max by (component, topic) (clusterwatch_pipeline_records{%s})"


def quality() -> Dashboard:
    """Coverage, lateness, and what is in no figure."""
    shown = board("数据质量", UID, "报送率、迟报、拒收、待确认和不公开的数据。", "now-1y")
    shown = shown.with_variable(plan_variable()).with_variable(region_variable())
    for panel in (*_numbers(), _table(), *_over_time()):
        shown = shown.with_panel(panel)
    shown = shown.with_row(build.Row("未计入的记录"))
    for panel in _records():
        shown = shown.with_panel(panel)
    return shown.build()


def _numbers() -> Panels:
    behind = (
        "12 * year(vector(time() + 28800)) + month(vector(time() + 28800))"
        f" - on () (12 * year(max({figure('period_timestamp_seconds', _CLUSTERS)}))"
        f" + month(max({figure('period_timestamp_seconds', _CLUSTERS)})))"
    )
    coverage = figure("coverage_ratio", _CLUSTERS)
    dead = "sum(max by (component, topic, reason) (clusterwatch_pipeline_dead_letters_total))"
    return [
        number("最低报送率", "各集群中最低的报送率。", f"min({coverage})", "percentunit").decimals(
            1
        ),
        number(
            "报送率不足的集群",
            "低于 95% 的集群不评价。",
            f"count({coverage} < 0.95) or vector(0)",
            "none",
        ),
        number(
            "最新报告期落后月数", "通常为 1 至 2;1 月不单独报送,3 月上旬可为 3。", behind, "none"
        ),
        number("待确认报送", "疑似单位有误,等待人工确认。", _state("held"), "none", "orange"),
        number("待入库报送", "企业尚不在名录库。", _state("parked"), "none"),
        number("拒收记录", "累计进入死信主题,修正后可重放。", f"{dead} or vector(0)", "none"),
    ]


def _state(state: str) -> str:
    wanted = _RECORDS % f'state="{state}"'
    return f"sum({wanted}) or vector(0)"


def _table() -> table.Panel:
    panel = grid(
        "各集群报送情况",
        "应报和已报为单位数;没有数字表示未知,不是零。",
        {
            "报送率": (figure("coverage_ratio", _CLUSTERS), "percentunit"),
            "应报": (figure("enterprises_expected", _CLUSTERS), "none"),
            "已报": (figure("enterprises_reporting", _CLUSTERS), "none"),
            "数据时长": (f"time() - {figure('data_timestamp_seconds', _CLUSTERS)}", "s"),
            "报告期": (
                f"{figure('period_timestamp_seconds', _CLUSTERS)} * 1000",
                "time: YYYY年M月",
            ),
            "不公开": (figure("suppressed", _CLUSTERS), "none"),
        },
        ("plan", "region", "unit"),
        {"name": "名称"},
    )
    return coloured(panel, "不公开", yes_no())


def _over_time() -> Panels:
    return [
        monthly(
            lines(
                "报送率",
                "各集群按报告期的报送率。",
                "percentunit",
                {"{{name}}": over_time("coverage_ratio", _CLUSTERS)},
            )
        ),
        bars(
            "数据时长排名",
            "距最后一次收到报送的时间,最旧的在前。",
            f"sort_desc(time() - {figure('data_timestamp_seconds', _CLUSTERS)})",
            "{{name}}",
            "s",
        ),
    ]


def _records() -> Panels:
    reasons = "max by (component, topic, reason) (clusterwatch_pipeline_dead_letters_total)"
    return [
        bars(
            "拒收原因", "累计拒收的记录,按主题和原因。", reasons, "{{topic}} · {{reason}}", "none"
        ),
        bars(
            "数据疑点",
            "不拒收、但值得注意的情况。",
            "max by (topic, warning) (clusterwatch_ingest_warnings_total)",
            "{{topic}} · {{warning}}",
            "none",
        ),
        rate_lines(
            "等待中的报送",
            "待确认和等待名录的报送数。",
            "none",
            {
                "待确认 {{topic}}": _RECORDS % 'state="held"',
                "待入库 {{topic}}": _RECORDS % 'state="parked"',
            },
        ),
        bars(
            "HTTP 拒收",
            "经 HTTP 送来但被拒收的事件,没有进入 Kafka。",
            "sum by (topic, reason) (clusterwatch_ingest_http_refused_total)"
            " or sum by (topic) (clusterwatch_ingest_http_accepted_total * 0)",
            "{{topic}} {{reason}}",
            "none",
        ),
    ]
