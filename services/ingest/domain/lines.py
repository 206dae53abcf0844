"""Report lines: validated, in base units, ready to be compared with what stands."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from services.ingest.domain import subjects
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import Version, check_not_in_future, digest, microseconds
from shared.events.facts import INVESTMENT
from shared.events.inputs import InvestmentEvent, OutputEvent
from shared.events.measures import INDICATORS, Indicator, to_base_units
from shared.events.period import Month
from shared.events.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Figures:
    """The four numbers of a line, in base units; null where nothing was reported."""

    month: int | None = None
    ytd: int | None = None
    month_last_year: int | None = None
    ytd_last_year: int | None = None


@dataclass(frozen=True, slots=True)
class ProjectDetails:
    """What a project's line says beside its four numbers; amounts in yuan."""

    region: str
    industry: str
    cluster: str | None
    stage: str
    planned_total: int
    since_start: int
    completed_on: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One version of one line: (subject, indicator, period)."""

    subject: Subject
    topic: str
    indicator: str
    period: Month
    figures: Figures
    version: Version
    source: str
    broker_ms: int
    """When the broker received it, milliseconds since 1970."""
    project: ProjectDetails | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event came from."""

    event_id: str
    source: str
    topic: str
    broker_ms: int


def read_output(event: OutputEvent, origin: Origin) -> Line:
    """Validate one line of an enterprise's monthly report. Raises `Refused`."""
    subject = subjects.enterprise(event.uscc)
    period = Month.parse_reporting(event.period)
    check_not_in_future(event.reported_at, origin.broker_ms)
    indicator = INDICATORS.get(event.indicator)
    if indicator is None or indicator.topic != origin.topic:
        known = ", ".join(i.id for i in INDICATORS.values() if i.topic == origin.topic)
        raise Refused(
            Reason.UNKNOWN_INDICATOR, "indicator", f"{event.indicator!r} is not one of {known}"
        )
    figures = Figures(
        month=_amount(event.month, event.unit, indicator, "month"),
        ytd=_amount(event.ytd, event.unit, indicator, "ytd"),
        month_last_year=_amount(event.month_last_year, event.unit, indicator, "month_last_year"),
        ytd_last_year=_amount(event.ytd_last_year, event.unit, indicator, "ytd_last_year"),
    )
    _check_presence(figures, indicator)
    return Line(
        subject=subject,
        topic=origin.topic,
        indicator=indicator.id,
        period=period,
        figures=figures,
        version=_version(event, origin, figures, None),
        source=origin.source,
        broker_ms=origin.broker_ms,
    )


def read_investment(
    event: InvestmentEvent, origin: Origin, regions: Collection[str], clusters: Collection[str]
) -> Line:
    """Validate one project's monthly investment line. Raises `Refused`.

    `regions` are the known region codes, `clusters` the known unit ids.
    """
    period = Month.parse_reporting(event.period)
    check_not_in_future(event.reported_at, origin.broker_ms)
    check_region(event.region, regions)
    if event.cluster is not None:
        check_cluster(event.cluster, clusters, "cluster")
    indicator = INDICATORS[INVESTMENT]
    figures = Figures(
        month=_amount(event.month, event.unit, indicator, "month"),
        ytd=_amount(event.ytd, event.unit, indicator, "ytd"),
        month_last_year=_amount(event.month_last_year, event.unit, indicator, "month_last_year"),
        ytd_last_year=_amount(event.ytd_last_year, event.unit, indicator, "ytd_last_year"),
    )
    details = ProjectDetails(
        region=event.region,
        industry=event.industry,
        cluster=event.cluster,
        stage=event.stage,
        planned_total=to_base_units(event.planned_total, event.unit, INVESTMENT, "planned_total"),
        since_start=to_base_units(event.since_start, event.unit, INVESTMENT, "since_start"),
        completed_on=None if event.completed_on is None else event.completed_on.isoformat(),
    )
    return Line(
        subject=subjects.project(event.project_id),
        topic=origin.topic,
        indicator=INVESTMENT,
        period=period,
        figures=figures,
        version=_version(event, origin, figures, details),
        source=origin.source,
        broker_ms=origin.broker_ms,
        project=details,
    )


def check_region(code: str, regions: Collection[str]) -> None:
    """Refuse a region code that no plan covers. Raises `Refused`."""
    if code not in regions:
        raise Refused(
            Reason.UNKNOWN_REGION, "region", f"{code!r} is in no plan (known: {sorted(regions)})"
        )


def check_cluster(unit: str, clusters: Collection[str], field: str) -> None:
    """Refuse a cluster that no plan has. Raises `Refused` with `OUT_OF_RANGE`."""
    if unit not in clusters:
        raise Refused(Reason.OUT_OF_RANGE, field, f"no plan has a cluster {unit!r}")


def _amount(number: Decimal | None, unit: str, indicator: Indicator, field: str) -> int | None:
    if number is None:
        # A wrong unit is refused even when the line has no number in it.
        to_base_units(Decimal(0), unit, indicator.id, "unit")
        return None
    return to_base_units(number, unit, indicator.id, field)


def _check_presence(figures: Figures, indicator: Indicator) -> None:
    if indicator.stock and figures.month is None:
        raise Refused(
            Reason.MISSING_FIELD, "month", f"{indicator.id} is a level: its month is needed"
        )
    if not indicator.stock and figures.ytd is None:
        raise Refused(
            Reason.MISSING_FIELD, "ytd", f"{indicator.id} needs ytd, which is authoritative"
        )


def _version(
    event: OutputEvent | InvestmentEvent,
    origin: Origin,
    figures: Figures,
    details: ProjectDetails | None,
) -> Version:
    return Version(
        revision=event.revision,
        reported_at_us=microseconds(event.reported_at),
        event_id=origin.event_id,
        digest=digest((figures, details)),
    )
