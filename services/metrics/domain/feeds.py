"""Where a series of a unit comes from, and by which indicator of a plan it is judged."""

from collections.abc import Iterable
from enum import StrEnum

from services.metrics.domain.target_kinds import Figure, rule_of
from shared.events.facts import FUNDS, INVESTMENT, MEMBERSHIP, PROJECT
from shared.events.measures import INDICATORS
from shared.events.period import Month
from shared.plans import Plan, PlanIndicator
from shared.plans.measures import status_measure

YUAN = "CNY"
"""The currency that plans mean: amounts in others stand beside it and are never converted."""

_OF_REPORTS = frozenset({Figure.ROLLING_YEAR, Figure.SINCE_BASE, Figure.GROWTH})


class Feed(StrEnum):
    """Feeds by what can be done with their figures."""

    OUTPUT = "output"
    """Enterprises' reports: expected by the register, added up to totals of the unit."""
    INVESTMENT = "investment"
    """Projects' reports at their own place; no register expects them."""
    FUNDS = "funds"
    """Funds received by projects, by currency and origin."""
    PROJECTS = "projects"
    """Stages of projects: states, no amounts."""
    ZONE = "zone"
    """A figure that exists only for the unit as a whole; nothing is added up."""
    MEMBERSHIP = "membership"
    """Which reports a unit may expect; no figures."""


def feed_of(indicator: str, *, zone: bool) -> Feed:
    """The feed of an indicator of facts or of statuses; `zone`: a plan's own indicator."""
    named = {INVESTMENT: Feed.INVESTMENT, PROJECT: Feed.PROJECTS, MEMBERSHIP: Feed.MEMBERSHIP}
    if zone:
        return Feed.ZONE
    if indicator == FUNDS or indicator.startswith(f"{FUNDS}."):
        return Feed.FUNDS
    return named.get(indicator, Feed.OUTPUT)


def concerned(indicator: str, feed: Feed, value_indicators: set[str]) -> set[str]:
    """Indicators of the statuses that a fact of this indicator concerns.

    A unit's value indicator also carries what its projects invest, receive and reach.
    """
    match feed:
        case Feed.INVESTMENT:
            return {INVESTMENT, PROJECT, *value_indicators}
        case Feed.FUNDS:
            return {FUNDS, *value_indicators}
        case Feed.PROJECTS:
            return {PROJECT, *value_indicators}
        case _:
            return {indicator}


def behind(indicator: str, known: Iterable[str]) -> set[str]:
    """Indicators of facts, among those known, whose periods have a status of this indicator."""
    match feed_of(indicator, zone=False):
        case Feed.FUNDS:
            return {name for name in known if name.startswith(f"{FUNDS}.")}
        case Feed.PROJECTS:
            return {PROJECT, INVESTMENT}.intersection(known)
        case _:
            return {indicator}.intersection(known)


def reporting_period(month: Month) -> Month:
    """The reporting period of a calendar month: January belongs to February's."""
    return Month(month.year, max(month.month, 2))


def currency_and_origin(indicator: str) -> tuple[str, str]:
    """Parts of a fact indicator of funds: `funds.CNY.31` is ("CNY", "31")."""
    _, currency, origin = indicator.split(".", 2)
    return currency, origin


def counts(planned: PlanIndicator | None, origin: str) -> bool:
    """Whether funds of this origin are among those the plan means (all where it names none)."""
    return planned is None or not planned.origins or origin.startswith(planned.origins)


def planned_for(plan: Plan, unit: str, indicator: str) -> PlanIndicator | None:
    """The plan's indicator that judges a unit's series; None where the plan says nothing of it.

    Of several one with a target value goes first, a level before a growth.
    """
    candidates = [
        planned
        for planned in plan.indicators_of(unit)
        if planned.indicator == indicator and (planned.own_feed or _suits(planned, indicator))
    ]
    return min(
        candidates,
        key=lambda p: (
            p.target is None or p.target.value is None,
            rule_of(p).figure is Figure.GROWTH,
        ),
        default=None,
    )


def _suits(planned: PlanIndicator, indicator: str) -> bool:
    """Whether reports of the feed can be held against the target."""
    figure = rule_of(planned).figure
    return figure is Figure.STAND if is_stock(indicator) else figure in _OF_REPORTS


def is_stock(indicator: str) -> bool:
    """Whether enterprises report it as a level at the month's end."""
    known = INDICATORS.get(indicator)
    return known is not None and known.stock


def measure_of(plan: Plan, unit: str, indicator: str) -> str:
    """Base unit of a series' amounts, as statuses name it."""
    if indicator == FUNDS:
        return YUAN
    if indicator == PROJECT:
        return "project"
    planned = planned_for(plan, unit, indicator)
    if planned is not None and planned.own_feed:
        return status_measure(planned.measure)
    known = INDICATORS.get(indicator)
    return known.base_unit if known is not None else "1"
