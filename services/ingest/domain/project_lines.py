"""Lines of projects: investment, funds received, and the stages they reach."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from services.ingest.domain import subjects
from services.ingest.domain.lines import (
    Figures,
    Line,
    Origin,
    ProjectDetails,
    check_cluster,
    check_region,
    figures_of,
    reporting_month,
    version_of,
)
from services.ingest.domain.origins import investor_origin
from shared.events.facts import INVESTMENT, PROJECT, funds_indicator
from shared.events.inputs import Currency, FundsEvent, InvestmentEvent, Number, ProjectEvent
from shared.events.measures import INDICATORS, to_base_units, to_currency_units
from shared.events.period import Month
from shared.events.reasons import Reason, Refused


def read_investment(
    event: InvestmentEvent, origin: Origin, regions: Collection[str], clusters: Collection[str]
) -> Line:
    """Validate one project's monthly investment line. Raises `Refused`.

    `regions` are the known region codes, `clusters` the known unit ids.
    """
    period = reporting_month(event.period)
    _check_place(event, regions, clusters)
    figures = figures_of(event, INDICATORS[INVESTMENT])
    details = ProjectDetails(
        region=event.region,
        park=event.park,
        industry=event.industry,
        cluster=event.cluster,
        stage=event.stage,
        planned_total=to_base_units(event.planned_total, event.unit, INVESTMENT, "planned_total"),
        since_start=to_base_units(event.since_start, event.unit, INVESTMENT, "since_start"),
        started_on=_day(event.started_on),
        completed_on=_day(event.completed_on),
    )
    return Line(
        subject=subjects.project(event.project_id),
        topic=origin.topic,
        indicator=INVESTMENT,
        period=period,
        figures=figures,
        version=version_of(event, origin, figures, details),
        source=origin.source,
        broker_ms=origin.broker_ms,
        project=details,
    )


def read_funds(
    event: FundsEvent, origin: Origin, regions: Collection[str], clusters: Collection[str]
) -> Line:
    """Validate what one project received from one origin in one currency. Raises `Refused`."""
    period = reporting_month(event.period)
    _check_place(event, regions, clusters)
    investor = investor_origin(event.origin, "origin")

    def money(number: Number | None, field: str) -> int | None:
        found = to_currency_units(number or 0, event.unit, event.currency, field)
        return None if number is None else found

    figures = Figures(
        month=money(event.month, "month"),
        ytd=money(event.ytd, "ytd"),
        month_last_year=money(event.month_last_year, "month_last_year"),
        ytd_last_year=money(event.ytd_last_year, "ytd_last_year"),
    )
    details = ProjectDetails(region=event.region, park=event.park, cluster=event.cluster)
    return Line(
        subject=subjects.project(event.project_id),
        topic=origin.topic,
        indicator=funds_indicator(event.currency, investor),
        period=period,
        figures=figures,
        version=version_of(event, origin, figures, details),
        source=origin.source,
        broker_ms=origin.broker_ms,
        project=details,
    )


def read_stage(
    event: ProjectEvent, origin: Origin, regions: Collection[str], clusters: Collection[str]
) -> Line:
    """Validate a stage that a project has reached. Raises `Refused`.

    An amount without a currency is in yuan.
    """
    _check_place(event, regions, clusters)
    month = Month.parse(f"{event.occurred_on:%Y-%m}", "occurred_on")
    investor = event.investor_origin
    details = ProjectDetails(
        region=event.region,
        park=event.park,
        cluster=event.cluster,
        stage=event.stage,
        occurred_on=_day(event.occurred_on),
        contracted_total=_contracted(event),
        currency=None if event.contracted_total is None else event.currency or "CNY",
        manufacturing=event.manufacturing,
        origin=None if investor is None else investor_origin(investor, "investor_origin"),
        top500=event.top500,
    )
    return Line(
        subject=subjects.project(event.project_id),
        topic=origin.topic,
        indicator=stage_indicator(event.stage, event.occurred_on.day),
        period=month,
        figures=Figures(),
        version=version_of(event, origin, event.name, event.capacity_text, details),
        source=origin.source,
        broker_ms=origin.broker_ms,
        project=details,
    )


def stage_indicator(stage: str, day: int) -> str:
    """What a stage line is about: with the month it is the identity (stage, occurred_on)."""
    return f"{PROJECT}.{stage}.{day:02}"


class _Placed(Protocol):
    """Where an event says that its project is."""

    @property
    def region(self) -> str: ...
    @property
    def cluster(self) -> str | None: ...


def _check_place(event: _Placed, regions: Collection[str], clusters: Collection[str]) -> None:
    check_region(event.region, regions)
    if event.cluster is not None:
        check_cluster(event.cluster, clusters, "cluster")


def _contracted(event: ProjectEvent) -> int | None:
    if event.contracted_total is None:
        return None
    if event.unit is None:
        raise Refused(Reason.MISSING_FIELD, "unit", "contracted_total needs its unit")
    currency: Currency = event.currency or "CNY"
    return to_currency_units(event.contracted_total, event.unit, currency, "contracted_total")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
