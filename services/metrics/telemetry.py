"""Metrics of the units, as one collector over an immutable snapshot.

Base units are in the names (yuan, persons, joules, ratio); a null gives no sample, and a masked
unit only says that it is suppressed and whether it is on track. No sample carries a timestamp:
the reporting period and the age of the data are gauges of their own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.metrics.domain.masking import Shown
from shared.events.period import Month
from shared.events.status import Status, Verdict

LABELS = ("plan", "unit", "name", "kind", "region", "indicator")

_PREFIX = "clusterwatch_cluster_"
_OFF_TRACK = "off_track"
_VERDICTS = (*(str(verdict) for verdict in Verdict), _OFF_TRACK)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Newest shown status of every unit and indicator, and when it was taken."""

    taken_at: datetime
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class _Measure:
    """How amounts of a base unit are exposed."""

    suffix: str
    factor: float = 1.0


_MEASURES = {
    "CNY": _Measure("yuan"),
    "person": _Measure("persons"),
    "kWh": _Measure("joules", 3_600_000.0),  # Prometheus' base unit of energy
    "1": _Measure("ratio", 1e-6),
}

Read = Callable[[Status], float | None]


def _achievement_of(status: Status) -> float | None:
    value = status.target.value if status.target else None
    if not value or status.rolling_year is None:
        return None
    return status.rolling_year / value


def _month_start(period: str) -> float:
    month = Month.parse(period)
    return datetime(month.year, month.month, 1, tzinfo=UTC).timestamp()


_AMOUNTS: tuple[tuple[str, str, Read], ...] = (
    ("month", "Amount of the reporting month.", lambda s: s.month),
    ("year_to_date", "Amount since the beginning of the year (累计).", lambda s: s.ytd),
    ("rolling_year", "Amount of the last twelve months.", lambda s: s.rolling_year),
    (
        "required_year_to_date",
        "Year-to-date that the plan's path requires.",
        lambda s: s.required_ytd,
    ),
    (
        "required_year",
        "Amount that the plan's path requires of the calendar year.",
        lambda s: s.required_year,
    ),
    (
        "gap",
        "Year-to-date minus what was required of the reports that came; negative is behind.",
        lambda s: s.gap,
    ),
    ("target", "Target of the plan.", lambda s: s.target.value if s.target else None),
    ("base", "Base that the plan's path starts from.", lambda s: s.base.value if s.base else None),
    (
        "forecast_year",
        "Expected amount of the calendar year (median).",
        lambda s: s.forecast.median if s.forecast else None,
    ),
)

_RATIOS: tuple[tuple[str, str, Read], ...] = (
    (
        "comparable_growth_ratio",
        "Growth of the year-to-date over the same reports (可比增速); 0.1 is +10 %.",
        lambda s: s.ytd_growth,
    ),
    (
        "coverage_ratio",
        "Share of last year's value that has reported (报送率).",
        lambda s: s.coverage,
    ),
    ("path_ratio", "Speed over the speed that the plan's path requires (R).", lambda s: s.ratio),
    ("achievement_ratio", "Rolling year over the target's value.", _achievement_of),
    (
        "target_probability_ratio",
        "Forecast probability of meeting the target in its year.",
        lambda s: s.probability,
    ),
    (
        "months_since_on_track",
        "Months since the unit was last on track; nothing while it never was.",
        lambda s: s.months_since_on_track,
    ),
    ("enterprises_expected", "Reports that are due.", lambda s: s.enterprises.expected),
    ("enterprises_reporting", "Due reports that have come.", lambda s: s.enterprises.reporting),
    (
        "investment_year_to_date_yuan",
        "Fixed-asset investment since the beginning of the year.",
        lambda s: s.investment.ytd if s.investment else None,
    ),
    (
        "investment_comparable_growth_ratio",
        "Growth of the investment year-to-date over the same reports.",
        lambda s: s.investment.growth if s.investment else None,
    ),
    (
        "period_timestamp_seconds",
        "First day of the reporting month (UTC).",
        lambda s: _month_start(s.period),
    ),
    (
        "data_timestamp_seconds",
        "Broker time of the newest input behind the figures.",
        lambda s: datetime.fromisoformat(s.as_of).timestamp() if s.as_of else None,
    ),
)


class ClusterCollector(Collector):
    """Families of the units' newest figures."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not need a snapshot."""
        return families(Snapshot(datetime.now(UTC)))

    def collect(self) -> Iterable[Metric]:
        """All families of the snapshot in hand."""
        return families(self._snapshot())


def families(snapshot: Snapshot) -> list[Metric]:
    """Metric families of a snapshot."""
    amounts = [
        _family(f"{name}_{measure.suffix}", help_, snapshot, _in_measure(read, base_unit))
        for name, help_, read in _AMOUNTS
        for base_unit, measure in _MEASURES.items()
    ]
    ratios = [_family(name, help_, snapshot, read) for name, help_, read in _RATIOS]
    return [*amounts, *ratios, *_states(snapshot), _taken_at(snapshot)]


def _family(name: str, help_: str, snapshot: Snapshot, read: Read) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}{name}", help_, labels=LABELS)
    for shown in snapshot.shown:
        value = read(shown.status)
        if value is not None:
            family.add_metric(_labels(shown.status), value)
    return family


def _in_measure(read: Read, base_unit: str) -> Read:
    measure = _MEASURES[base_unit]

    def value(status: Status) -> float | None:
        own = status.measure if status.measure in _MEASURES else "1"
        amount = read(status) if own == base_unit else None
        return None if amount is None else amount * measure.factor

    return value


def _states(snapshot: Snapshot) -> list[Metric]:
    verdict = GaugeMetricFamily(
        f"{_PREFIX}verdict",
        "1 for the verdict that holds, 0 for the others; suppressed units: on or off track only.",
        labels=(*LABELS, "verdict"),
    )
    track = GaugeMetricFamily(
        f"{_PREFIX}on_track", "1 on track, 0 off track; nothing while not judged.", labels=LABELS
    )
    suppressed = GaugeMetricFamily(
        f"{_PREFIX}suppressed",
        "1 where figures are masked: too few or too dominant contributors.",
        labels=LABELS,
    )
    projects = GaugeMetricFamily(
        f"{_PREFIX}investment_projects", "Investment projects by stage.", labels=(*LABELS, "stage")
    )
    for shown in snapshot.shown:
        labels = _labels(shown.status)
        for each in _VERDICTS:
            verdict.add_metric((*labels, each), float(each == shown.verdict))
        if shown.track is not None:
            track.add_metric(labels, float(shown.track == "on_track"))
        suppressed.add_metric(labels, float(shown.suppressed))
        investment = shown.status.investment
        for stage, number in (investment.projects if investment else {}).items():
            projects.add_metric((*labels, stage), number)
    return [verdict, track, suppressed, projects]


def _taken_at(snapshot: Snapshot) -> Metric:
    family = GaugeMetricFamily(
        "clusterwatch_metrics_snapshot_timestamp_seconds",
        "When the figures of this page were taken from the store.",
    )
    family.add_metric((), snapshot.taken_at.timestamp())
    return family


def _labels(status: Status) -> tuple[str, ...]:
    return (
        status.plan,
        status.unit,
        status.name,
        status.unit_kind,
        status.region,
        status.indicator,
    )
