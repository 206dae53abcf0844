"""Every metric of a unit: its family, and how it is read from a status."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from services.metrics.domain.exported import LABELS, Exported, Snapshot
from services.metrics.telemetry.amounts import AMOUNTS, Part
from shared.events.period import Month
from shared.events.status import Colour, FundsFigure, Status, Verdict
from shared.families import Family, Kind

PREFIX = "clusterwatch_cluster_"
_OFF_TRACK = "off_track"
VERDICTS = (*(str(verdict) for verdict in Verdict), _OFF_TRACK)
COLOURS = tuple(str(colour) for colour in Colour)

Read = Callable[[Exported], Iterable[Part]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A family and how it is read; `public` ones are all that a masked unit shows."""

    family: Family
    read: Read
    public: bool = False

    def of(self, unit: Exported) -> Iterable[Part]:
        """Extra label values and value of each sample of a unit."""
        return () if unit.shown.suppressed and not self.public else self.read(unit)


def _reading(
    name: str,
    help_: str,
    read: Read,
    *extra: str,
    kind: Kind = "gauge",
    public: bool = False,
) -> Reading:
    return Reading(Family(f"{PREFIX}{name}", kind, help_, (*LABELS, *extra)), read, public)


def _value(read: Callable[[Status], float | None]) -> Read:
    def of(unit: Exported) -> Iterable[Part]:
        value = read(unit.shown.status)
        return () if value is None else (((), value),)

    return of


def _achievement(status: Status) -> float | None:
    value = status.target.value if status.target else None
    level = status.rolling_year if status.level is None else status.level
    return level / value if value and level is not None else None


def _completion(status: Status) -> float | None:
    block = status.investment
    if block is None or not block.planned_total or block.since_start is None:
        return None
    return block.since_start / block.planned_total


def _month_start(status: Status) -> float:
    month = Month.parse(status.period)
    return datetime(month.year, month.month, 1, tzinfo=UTC).timestamp()


def _states(read: Callable[[Exported], str], states: tuple[str, ...]) -> Read:
    def of(unit: Exported) -> Iterator[Part]:
        holds = read(unit)
        for state in states:
            yield (state,), float(state == holds)

    return of


def _track(unit: Exported) -> Iterator[Part]:
    if unit.shown.track is not None:
        yield (), float(unit.shown.track == "on_track")


def _info(unit: Exported) -> Iterator[Part]:
    yield (unit.region_name, unit.plan_version), 1.0


def _funds(read: Callable[[FundsFigure], float | None], *, planned: bool = False) -> Read:
    def of(unit: Exported) -> Iterator[Part]:
        for block in unit.shown.status.funds:
            figure = block.planned if planned else block.total
            value = read(figure) if figure is not None else None
            if value is not None:
                yield (block.currency,), value

    return of


def _funds_by_origin(unit: Exported) -> Iterator[Part]:
    for block in unit.shown.status.funds:
        for origin, figure in sorted(block.by_origin.items()):
            yield (block.currency, origin), figure.ytd


def _investment_stages(unit: Exported) -> Iterator[Part]:
    block = unit.shown.status.investment
    for stage, number in sorted(block.projects.items()) if block else ():
        yield (stage,), number


def _stages(unit: Exported) -> Iterator[Part]:
    block = unit.shown.status.projects
    for stage, number in sorted(block.by_stage.items()) if block else ():
        yield (stage,), number


def _contracted(unit: Exported) -> Iterator[Part]:
    block = unit.shown.status.projects
    for currency, total in sorted(block.contracted_total.items()) if block else ():
        yield (currency,), total


def _stalled(unit: Exported) -> Iterator[Part]:
    if unit.stalled is not None:
        yield (), unit.stalled


_RATIOS = (
    _reading(
        "comparable_growth_ratio",
        "Growth of the year-to-date over the same reports (可比增速); 0.1 is +10 %.",
        _value(lambda s: s.ytd_growth),
    ),
    _reading(
        "coverage_ratio",
        "Share of last year's value that has reported (报送率).",
        _value(lambda s: s.coverage),
    ),
    _reading(
        "path_ratio",
        "Speed over the speed that the plan's path requires (R).",
        _value(lambda s: s.ratio),
    ),
    _reading(
        "achievement_ratio",
        "What is held against the target, over its value.",
        _value(_achievement),
    ),
    _reading(
        "target_probability_ratio",
        "Forecast probability of meeting the target in its year.",
        _value(lambda s: s.probability),
    ),
    _reading(
        "required_probability_ratio",
        "Forecast probability of reaching what the plan's path requires of this calendar year.",
        _value(lambda s: s.forecast.probability_required if s.forecast else None),
    ),
    _reading(
        "catch_up_growth_ratio",
        "Growth a year that would still meet the target.",
        _value(lambda s: s.catch_up_rate),
    ),
    _reading(
        "months_since_on_track",
        "Months since the unit was last on track; nothing while it never was.",
        _value(lambda s: s.months_since_on_track),
    ),
    _reading(
        "enterprises_expected",
        "Reports that are due.",
        _value(lambda s: s.enterprises.expected),
        public=True,
    ),
    _reading(
        "enterprises_reporting",
        "Due reports that have come.",
        _value(lambda s: s.enterprises.reporting),
        public=True,
    ),
)

_INVESTMENT = (
    _reading(
        "investment_year_to_date_yuan",
        "Fixed-asset investment since the beginning of the year.",
        _value(lambda s: s.investment.ytd if s.investment else None),
    ),
    _reading(
        "investment_comparable_growth_ratio",
        "Growth of the investment year-to-date over the same reports.",
        _value(lambda s: s.investment.growth if s.investment else None),
    ),
    _reading(
        "investment_planned_total_yuan",
        "Planned investment of all reporting projects.",
        _value(lambda s: s.investment.planned_total if s.investment else None),
    ),
    _reading(
        "investment_since_start_yuan",
        "Investment of all reporting projects since each one's start.",
        _value(lambda s: s.investment.since_start if s.investment else None),
    ),
    _reading(
        "investment_completion_ratio",
        "Investment since the projects' start over their planned total.",
        _value(_completion),
    ),
    _reading("investment_projects", "Investment projects by stage.", _investment_stages, "stage"),
)

_FUNDS = (
    _reading(
        "funds_year_to_date",
        "Funds received (到位资金) since the beginning of the year, in whole units of the "
        "currency; never added over currencies.",
        _funds(lambda figure: figure.ytd),
        "currency",
    ),
    _reading(
        "funds_planned_year_to_date",
        "Funds received from the origins that the plan names, in whole units of the currency.",
        _funds(lambda figure: figure.ytd, planned=True),
        "currency",
    ),
    _reading(
        "funds_origin_year_to_date",
        "Funds received by the investor's origin (province code, or foreign), in whole units of "
        "the currency.",
        _funds_by_origin,
        "currency",
        "origin",
    ),
    _reading(
        "funds_growth_ratio",
        "Growth of the funds received over last year's.",
        _funds(lambda figure: figure.growth),
        "currency",
    ),
    _reading(
        "funds_planned_growth_ratio",
        "Growth of the funds received from the origins that the plan names.",
        _funds(lambda figure: figure.growth, planned=True),
        "currency",
    ),
)

_PROJECTS = (
    _reading("projects", "Projects by stage at the end of the period.", _stages, "stage"),
    _reading(
        "projects_open",
        "Projects that are signed and neither completed, producing nor terminated.",
        _value(lambda s: s.projects.open_count if s.projects else None),
    ),
    _reading("projects_stalled", "Open projects that have stalled, by today's date.", _stalled),
    _reading(
        "projects_contracted",
        "Contracted total of the projects that are not terminated, in whole units of the currency.",
        _contracted,
        "currency",
    ),
)

_STATES = (
    _reading(
        "verdict",
        "1 for the verdict that holds, 0 for the others; suppressed units: on or off track only.",
        _states(lambda unit: unit.shown.verdict, VERDICTS),
        kind="stateset",
        public=True,
    ),
    _reading(
        "colour",
        "1 for the colour on the wall, 0 for the others; of suppressed units green, yellow or "
        "grey only.",
        _states(lambda unit: unit.shown.colour, COLOURS),
        kind="stateset",
        public=True,
    ),
    _reading("on_track", "1 on track, 0 off track; nothing while not judged.", _track, public=True),
    _reading(
        "suppressed",
        "1 where figures are masked: too few or too dominant contributors.",
        lambda unit: [((), float(unit.shown.suppressed))],
        public=True,
    ),
    _reading(
        "period_timestamp_seconds",
        "First day of the reporting month (UTC).",
        _value(_month_start),
        public=True,
    ),
    _reading(
        "data_timestamp_seconds",
        "Broker time of the newest input behind the figures; the data's age is time() minus it.",
        _value(lambda s: datetime.fromisoformat(s.as_of).timestamp() if s.as_of else None),
        public=True,
    ),
    _reading(
        "info",
        "Names of the unit, of the county or park it lies in, and the version of its plan.",
        _info,
        "region_name",
        "plan_version",
        kind="info",
        public=True,
    ),
)

READINGS: tuple[Reading, ...] = (
    *(
        _reading(name, help_, lambda unit, read=read: read(unit.shown.status), *extra)  # type: ignore[misc]
        for name, help_, read, extra in AMOUNTS
    ),
    *_RATIOS,
    *_INVESTMENT,
    *_FUNDS,
    *_PROJECTS,
    *_STATES,
)
"""All metrics of a unit, in the order of the page."""


class ClusterCollector(Collector):
    """Families of the units' newest figures, from an immutable snapshot."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not need a snapshot."""
        return [reading.family.metric() for reading in READINGS]

    def collect(self) -> Iterable[Metric]:
        """All families of the snapshot in hand."""
        units = self._snapshot().units
        for reading in READINGS:
            yield reading.family.metric(
                ((*unit.labels, *extra), value)
                for unit in units
                for extra, value in reading.of(unit)
            )
