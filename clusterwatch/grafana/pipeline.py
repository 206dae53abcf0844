"""Pipeline health: from Kafka to the figures, and from the alerts to those who are told."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import Dashboard

from clusterwatch.grafana.parts import Panels, bars, board, number, rate_lines
from clusterwatch.grafana.words import SERVICES

UID = "clusterwatch-pipeline"
_PIPELINE = "clusterwatch_pipeline_"
_RATE = "[$__rate_interval]"


def pipeline() -> Dashboard:
    """How records flow, how long it takes, and what stands still."""
    shown = board("数据链路", UID, "服务、积压、时延、结果发布和通知的运行状况。", "now-6h")
    for panel in (*_numbers(), *_flow()):
        shown = shown.with_panel(panel)
    shown = shown.with_row(build.Row("时延与批次"))
    for panel in (*_delays(), *_batches()):
        shown = shown.with_panel(panel)
    shown = shown.with_row(build.Row("预测与通知"))
    for panel in (*_forecasts(), *_telling()):
        shown = shown.with_panel(panel)
    return shown.build()


def _numbers() -> Panels:
    wanted = "|".join(f"clusterwatch-{service}" for service in SERVICES)
    age = "time() - min(clusterwatch_metrics_snapshot_timestamp_seconds)"
    return [
        number(
            "运行中的实例", "Prometheus 抓取成功的服务实例。", f'sum(up{{job=~"{wanted}"}})', "none"
        ),
        number(
            "积压记录", "Kafka 中等待处理的记录。", f"sum({_PIPELINE}consumer_lag_records)", "none"
        ),
        number("待发布结果", "等待写入 Kafka 的结果。", _outbox("sum"), "none"),
        number("指标核对时长", "距大屏指标上次与数据库核对。", age, "s"),
        number(
            "等待的预测",
            "已到期、尚未计算的预测。",
            "sum(clusterwatch_metrics_forecasts_waiting)",
            "none",
        ),
        number(
            "正在发生的预警",
            "各规则正在发生的预警数。",
            'sum(max by (rule, plan) (clusterwatch_alerts_alerts{state="firing"})) or vector(0)',
            "none",
            "orange",
        ),
    ]


def _outbox(by: str) -> str:
    return f"{by}(max by (component) ({_PIPELINE}outbox_records))"


def _flow() -> Panels:
    consumed = f"max by (component, topic) (rate({_PIPELINE}records_consumed_total{_RATE}))"
    published = f"sum by (component) (rate({_PIPELINE}records_published_total{_RATE}))"
    return [
        rate_lines(
            "每秒处理",
            "每秒处理的记录;月报平时没有新数据是正常的。",
            "cps",
            {"{{component}} · {{topic}}": consumed},
        ),
        rate_lines(
            "积压",
            "Kafka 中等待处理的记录。",
            "none",
            {"{{component}}": f"sum by (component) ({_PIPELINE}consumer_lag_records)"},
        ),
        bars(
            "记录状态",
            "处理过的记录现在的状态,与对账接口相同。",
            f"max by (component, topic, state) ({_PIPELINE}records)",
            "{{component}} · {{topic}} · {{state}}",
            "none",
        ),
        rate_lines("每秒发布", "每秒写入 Kafka 的结果。", "cps", {"{{component}}": published}),
    ]


def _quantile(share: str, metric: str, by: str) -> str:
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{_RATE})))"


def _delays() -> Panels:
    delay = f"{_PIPELINE}delay_seconds"
    whole = "clusterwatch_metrics_end_to_end_delay_seconds"
    return [
        rate_lines(
            "各级时延",
            "记录从进入 Kafka 到入库;重放旧数据时为其年龄。",
            "s",
            {
                "中位数 {{component}}": _quantile("0.5", delay, "component"),
                "95% {{component}}": _quantile("0.95", delay, "component"),
            },
        ),
        rate_lines(
            "端到端时延",
            "从报送进入 Kafka 到计入集群数据。",
            "s",
            {"中位数": _quantile("0.5", whole, ""), "95%": _quantile("0.95", whole, "")},
        ),
    ]


def _batches() -> Panels:
    failures = f"sum by (component) (rate({_PIPELINE}batch_failures_total{_RATE}))"
    return [
        rate_lines(
            "批次大小",
            "一次入库的记录数。",
            "none",
            {"中位数 {{component}}": _quantile("0.5", f"{_PIPELINE}batch_records", "component")},
        ),
        rate_lines(
            "入库失败与等待",
            "失败后重试的次数,以及当前批次已等待的时间。",
            "s",
            {
                "等待 {{component}}": f"max by (component) ({_PIPELINE}batch_pending_seconds)",
                "失败次数/秒 {{component}}": failures,
            },
        ),
    ]


def _forecasts() -> Panels:
    made = "sum by (method) (clusterwatch_metrics_forecasts_total)"
    return [
        bars("预测次数", "进程启动以来重新计算的预测,按方法。", made, "{{method}}", "none"),
        bars(
            "程序版本",
            "各服务运行的版本。",
            f"count by (component, version, python) ({_PIPELINE}build_info)",
            "{{component}} {{version}} · Python {{python}}",
            "none",
        ),
    ]


def _telling() -> Panels:
    return [
        bars(
            "通知发送",
            "进程启动以来各渠道的发送结果。",
            "sum by (channel, outcome) (clusterwatch_alerts_delivery_attempts_total)",
            "{{channel}} · {{outcome}}",
            "none",
        ),
        bars(
            "通知状态",
            "台账中各渠道的通知。",
            "max by (channel, status) (clusterwatch_alerts_deliveries)",
            "{{channel}} · {{status}}",
            "none",
        ),
    ]
