"""The first dashboard: where every cluster stands, and how the pipeline is doing."""

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import BigValueColorMode
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

UID = "clusterwatch-clusters"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
_BY = "unit, name, region"
_CLUSTERS = '{plan="$plan", kind="cluster"}'
_PARENTS = '{plan="$plan", kind=~"industry|region|city"}'

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
"""Words and colours of the verdicts; the colour never stands alone."""

_COLUMNS = (
    ("month_yuan", "当月"),
    ("year_to_date_yuan", "累计"),
    ("comparable_growth_ratio", "可比增速"),
    ("required_year_to_date_yuan", "应达累计"),
    ("gap_yuan", "差距"),
    ("coverage_ratio", "报送率"),
    ("suppressed", "不公开"),
)


def clusters_dashboard() -> Dashboard:
    """Verdicts, figures, coverage and data age of all units; pipeline health below."""
    board = (
        build.Dashboard("产业集群进度 · clusterwatch")
        .uid(UID)
        .tags(["clusterwatch"])
        .refresh("30s")
        .time("now-30d", "now")
        .timezone("Asia/Shanghai")
        .readonly()
        .with_variable(build.DatasourceVariable("source").label("数据源").type("prometheus"))
        .with_variable(
            build.QueryVariable("plan")
            .label("规划")
            .datasource(_SOURCE)
            .query("label_values(clusterwatch_cluster_suppressed, plan)")
        )
    )
    for panel in (
        _count("符合进度", "sum(clusterwatch_cluster_on_track%s)", "green"),
        _count("未达进度", "sum(1 - clusterwatch_cluster_on_track%s)", "orange"),
        _count(
            "暂不评价",
            "count(clusterwatch_cluster_suppressed%s)"
            f" - (count(clusterwatch_cluster_on_track{_CLUSTERS}) or vector(0))",
            "text",
        ),
        _oldest_data(),
    ):
        board = board.with_panel(panel.span(6).height(4))
    return (
        board.with_panel(_table("县区、园区产业集群", _CLUSTERS).span(24).height(17))
        .with_panel(_table("市级产业、县区与园区", _PARENTS).span(24).height(15))
        .with_row(build.Row("走势"))
        .with_panel(_lines("可比增速", "comparable_growth_ratio", "percentunit"))
        .with_panel(_lines("报送率", "coverage_ratio", "percentunit"))
        .with_row(build.Row("数据链路"))
        .with_panel(_lag())
        .with_panel(_records())
        .build()
    )


def _query(expression: str, ref: str, legend: str = "") -> Dataquery:
    return Dataquery().datasource(_SOURCE).expr(expression).ref_id(ref).legend_format(legend)


def _instant(expression: str, ref: str) -> Dataquery:
    return _query(expression, ref).instant().format(PromQueryFormat.TABLE)


def _count(title: str, expression: str, colour: str) -> stat.Panel:
    thresholds = build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE)
    return (
        stat.Panel()
        .title(title)
        .datasource(_SOURCE)
        .with_target(_query(expression % _CLUSTERS, "A").instant())
        .color_mode(BigValueColorMode.VALUE)
        .thresholds(thresholds.steps([Threshold(value=None, color=colour)]))
        .no_value("0")
    )


def _oldest_data() -> stat.Panel:
    expression = f"time() - min(clusterwatch_cluster_data_timestamp_seconds{_CLUSTERS})"
    return (
        stat.Panel()
        .title("最旧数据的时长")
        .datasource(_SOURCE)
        .with_target(_query(expression, "A").instant())
        .unit("s")
        .color_mode(BigValueColorMode.NONE)
    )


def _table(title: str, selector: str) -> table.Panel:
    panel = table.Panel().title(title).datasource(_SOURCE).no_value("—")
    verdict = f"sum by ({_BY}, verdict) (clusterwatch_cluster_verdict{selector} == 1)"
    panel = panel.with_target(_instant(verdict, "V"))
    names = {"name": "名称", "verdict": "状态"}
    for position, (metric, heading) in enumerate(_COLUMNS):
        ref = chr(ord("A") + position)
        expression = f"sum by ({_BY}) (clusterwatch_cluster_{metric}{selector})"
        expression += " / 1e8" if metric.endswith("_yuan") else ""
        panel = panel.with_target(_instant(expression, ref))
        names[f"Value #{ref}"] = heading
        panel = _with_column_format(panel, heading, metric)
    age = f"time() - max by ({_BY}) (clusterwatch_cluster_data_timestamp_seconds{selector})"
    panel = panel.with_target(_instant(age, "T"))
    names["Value #T"] = "数据时长"
    panel = panel.override_by_name("数据时长", [DynamicConfigValue("unit", "s")])
    hidden = {"Time": True, "unit": True, "region": True, "Value #V": True}
    order = {name: place for place, name in enumerate(names)}
    return (
        panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": hidden,
                    "renameByName": names,
                    "indexByName": order,
                },
            )
        )
        .override_by_name("状态", [DynamicConfigValue("mappings", [_verdict_words()]), _COLOURED])
    )


_COLOURED = DynamicConfigValue("custom.cellOptions", {"type": "color-background"})


def _with_column_format(panel: table.Panel, heading: str, metric: str) -> table.Panel:
    if metric.endswith("_yuan"):
        unit = "suffix: 亿元"
    elif metric.endswith("_ratio"):
        unit = "percentunit"
    else:
        unit = "none"
    values = [DynamicConfigValue("unit", unit)]
    if unit != "none":
        values.append(DynamicConfigValue("decimals", 1 if metric.endswith("_ratio") else 2))
    return panel.override_by_name(heading, values)


def _verdict_words() -> ValueMap:
    return ValueMap(
        options={
            verdict: ValueMappingResult(text=word, color=colour, index=place)
            for place, (verdict, (word, colour)) in enumerate(VERDICTS.items())
        }
    )


def _lines(title: str, metric: str, unit: str) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(title)
        .datasource(_SOURCE)
        .with_target(_query(f"clusterwatch_cluster_{metric}{_CLUSTERS}", "A", "{{name}}"))
        .unit(unit)
        .legend(common.VizLegendOptions().show_legend(show_legend=True))
        .span(12)
        .height(9)
    )


def _lag() -> timeseries.Panel:
    panel = timeseries.Panel().title("等待处理的记录").datasource(_SOURCE).span(12).height(8)
    for place, service in enumerate(("ingest", "metrics", "alerts")):
        expression = f"sum(clusterwatch_{service}_consumer_lag_records)"
        panel = panel.with_target(_query(expression, chr(ord("A") + place), service))
    return panel


def _records() -> timeseries.Panel:
    panel = timeseries.Panel().title("每秒处理的记录").datasource(_SOURCE).span(12).height(8)
    for place, service in enumerate(("ingest", "metrics", "alerts")):
        expression = f"sum(rate(clusterwatch_{service}_records_consumed_total[$__rate_interval]))"
        panel = panel.with_target(_query(expression, chr(ord("A") + place), service))
    return panel
