"""What the dashboards are made of: queries, panels, variables and links."""

from collections.abc import Mapping

from grafana_foundation_sdk.builders import bargauge, common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LineInterpolation,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Panel,
    Threshold,
    ThresholdsMode,
    ValueMap,
    VariableOption,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
Panels = list[Builder[Panel]]

YI = "suffix: 亿元"
"""Unit of money on the dashboards: queries divide by 1e8."""

_PREFIX = "clusterwatch_cluster_"
_BY = "plan, unit, name, region"


def figure(name: str, selector: str, *more: str) -> str:
    """A metric of units, once for each: two replicas may tell it for a moment."""
    labels = ", ".join((_BY, *more))
    return f"max by ({labels}) ({_PREFIX}{name}{{{selector}}})"


def over_time(name: str, selector: str, *more: str) -> str:
    """The same over months: its last value in each step, so that single samples are seen."""
    labels = ", ".join(("unit, name", *more))
    return f"max by ({labels}) (last_over_time({_PREFIX}{name}{{{selector}}}[$__interval]))"


def query(expression: str, ref: str = "A", legend: str = "") -> Dataquery:
    """A query over the time range of the dashboard."""
    return Dataquery().datasource(SOURCE).expr(expression).ref_id(ref).legend_format(legend)


def now(expression: str, ref: str = "A", legend: str = "") -> Dataquery:
    """A query at one moment."""
    return query(expression, ref, legend).instant()


def board(title: str, uid: str, description: str, since: str = "now-3y") -> build.Dashboard:
    """An empty dashboard with what all have."""
    return (
        build.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["clusterwatch"])
        .refresh("30s")
        .time(since, "now")
        .timezone("Asia/Shanghai")
        .readonly()
        .with_variable(build.DatasourceVariable("source").label("数据源").type("prometheus"))
        .with_variable(_address("wall", "大屏地址", "http://127.0.0.1:8102/wall"))
        .with_variable(_address("console", "控制台地址", "http://127.0.0.1:8103/console"))
        .link(_link("全部看板", "").type(DashboardLinkType.DASHBOARDS).tags(["clusterwatch"]))
        .link(_link("大屏", "${wall}"))
        .link(_link("预警确认与控制台", "${console}"))
    )


def _address(name: str, label: str, url: str) -> build.TextBoxVariable:
    option = VariableOption(text=url, value=url, selected=True)
    return build.TextBoxVariable(name).label(label).default_value(url).current(option)


def _link(title: str, url: str) -> build.DashboardLink:
    return (
        build.DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .url(url)
        .target_blank(target_blank=True)
        .keep_time(keep_time=False)
        .include_vars(include_vars=False)
        .as_dropdown(as_dropdown=False)
    )


def variable(
    name: str, label: str, expression: str, regex: str = "", *, every: bool = False
) -> build.QueryVariable:
    """A variable whose values come from Prometheus; `every` adds a choice of all."""
    found = (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(expression)
        .regex(regex)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    )
    return found.include_all(include_all=True).all_value(".+") if every else found


def plan_variable() -> build.QueryVariable:
    """Plans that have figures."""
    return variable("plan", "规划", "label_values(clusterwatch_cluster_suppressed, plan)")


def region_variable() -> build.QueryVariable:
    """Counties and parks of the plan, by their names."""
    return variable(
        "region",
        "县区、园区",
        'query_result(count by (region, region_name) (clusterwatch_cluster_info{plan="$plan"}))',
        '/region="(?<value>[^"]+)".*region_name="(?<text>[^"]+)"/',
        every=True,
    )


def cluster_variable() -> build.QueryVariable:
    """Units of the plan in the chosen counties, by their names."""
    wanted = 'clusterwatch_cluster_info{plan="$plan", region=~"$region"}'
    return variable(
        "cluster",
        "集群",
        f"query_result(count by (name, unit) ({wanted}))",
        '/name="(?<text>[^"]+)".*unit="(?<value>[^"]+)"/',
    )


def steps(*pairs: tuple[float | None, str]) -> build.ThresholdsConfig:
    """Absolute thresholds."""
    found = [Threshold(value=value, color=colour) for value, colour in pairs]
    return build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def number(title: str, text: str, expression: str, unit: str, colour: str = "text") -> stat.Panel:
    """One number, now."""
    return (
        stat.Panel()
        .title(title)
        .description(text)
        .datasource(SOURCE)
        .with_target(now(expression))
        .unit(unit)
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .thresholds(steps((None, colour)))
        .no_value("—")
        .span(4)
        .height(4)
    )


def bars(title: str, text: str, expression: str, legend: str, unit: str) -> bargauge.Panel:
    """Horizontal bars, now, in the order of the query."""
    return (
        bargauge.Panel()
        .title(title)
        .description(text)
        .datasource(SOURCE)
        .with_target(now(expression, legend=legend))
        .unit(unit)
        .orientation(VizOrientation.HORIZONTAL)
        .thresholds(steps((None, "blue")))
        .no_value("—")
        .span(12)
        .height(9)
    )


def named(panel: bargauge.Panel, names: Mapping[str, str]) -> bargauge.Panel:
    """Series under words of their own."""
    for name, word in names.items():
        panel = panel.override_by_name(name, [DynamicConfigValue("displayName", word)])
    return panel


def lines(title: str, text: str, unit: str, queries: Mapping[str, str]) -> timeseries.Panel:
    """Lines over time; `queries` by legend. Monthly figures hold until the next ones."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(text)
        .datasource(SOURCE)
        .unit(unit)
        .line_interpolation(LineInterpolation.STEP_AFTER)
        .span_nulls(span_nulls=True)
        .legend(common.VizLegendOptions().show_legend(show_legend=True))
        .span(12)
        .height(9)
    )
    for place, (legend, expression) in enumerate(queries.items()):
        panel = panel.with_target(query(expression, chr(ord("A") + place), legend))
    return panel


def monthly(panel: timeseries.Panel) -> timeseries.Panel:
    """Steps of a day or more: enough for monthly figures, and single samples are seen."""
    return panel.interval("1d")


def rate_lines(title: str, text: str, unit: str, queries: Mapping[str, str]) -> timeseries.Panel:
    """Lines of what changes from second to second."""
    linear = LineInterpolation.LINEAR
    return lines(title, text, unit, queries).line_interpolation(linear).span_nulls(span_nulls=False)


def grid(
    title: str,
    text: str,
    columns: Mapping[str, tuple[str, str]],
    hidden: tuple[str, ...] = (),
    names: Mapping[str, str] | None = None,
) -> table.Panel:
    """A table of several queries merged by their labels; `columns`: heading → (query, unit)."""
    panel = table.Panel().title(title).description(text).datasource(SOURCE).no_value("—")
    panel = panel.unit("none").span(24).height(14)
    renamed = dict(names or {})
    for place, (heading, (expression, unit)) in enumerate(columns.items()):
        ref = chr(ord("A") + place)
        panel = panel.with_target(now(expression, ref).format(PromQueryFormat.TABLE))
        renamed[f"Value #{ref}"] = heading
        digits = 1 if unit == "percentunit" else 2
        values = [DynamicConfigValue("unit", unit)]
        values += [DynamicConfigValue("decimals", digits)] if unit in {YI, "percentunit"} else []
        panel = panel.override_by_name(heading, values)
    order = {name: place for place, name in enumerate(renamed)}
    options = {
        "excludeByName": dict.fromkeys(("Time", *hidden), True),
        "renameByName": renamed,
        "indexByName": order,
    }
    return panel.with_transformation(
        DataTransformerConfig(id_val="merge", options={})
    ).with_transformation(DataTransformerConfig(id_val="organize", options=options))


def coloured(panel: table.Panel, heading: str, mapping: ValueMap) -> table.Panel:
    """A column of words on their colours."""
    return panel.override_by_name(
        heading,
        [
            DynamicConfigValue("mappings", [mapping]),
            DynamicConfigValue("custom.cellOptions", {"type": "color-background"}),
        ],
    )


def linked(panel: table.Panel, heading: str, title: str, url: str) -> table.Panel:
    """A column whose cells are links."""
    link = {"title": title, "url": url, "targetBlank": False}
    return panel.override_by_name(heading, [DynamicConfigValue("links", [link])])
