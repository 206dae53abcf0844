"""Rules `contribution`, `funds_growth` and `investment_pace`.

Confidential figures hold: the mere alert would tell them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.alerts.domain.detail import Detail
from services.alerts.domain.further_rules import PeriodRule, confidential, gate
from services.alerts.domain.outcome import Outcome, Signal, SignalKind
from services.alerts.domain.periods import Stretch, assess_periods
from shared.events.period import Month
from shared.events.status import Colour, FundsFigure, Status

_YUAN = "CNY"
_MONTHS = 12
_INVESTMENT_CONFIDENTIAL = "investment_confidential"
"""Reason word of statuses whose investment block has too few or too dominant projects."""


@dataclass(frozen=True, slots=True)
class InvestmentPaceRule:
    """When the investment of a unit's projects is slow."""

    enabled: bool = True
    periods: int = 2
    colour: Colour = Colour.YELLOW
    years: float = 3.0
    """Years in which projects are taken to invest what was left at the beginning of the year.

    Reports say what a project will cost and when it was begun, not how much is due each year.
    """


def assess_contribution(rule: PeriodRule, statuses: Iterable[Status]) -> Outcome:
    """One contributor explains more than the threshold (50 %) of a fall of the unit."""

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        held = confidential(status) or gate(rule, status)
        if held is not None:
            return held
        if status.ytd_growth is None:
            return Signal(SignalKind.HOLD, "growth_unknown")
        if status.ytd_growth >= 0:
            return Signal(SignalKind.CLEAR, "no_fall")
        if status.largest_fall is None:
            return Signal(SignalKind.HOLD, "contributors_unknown")
        if status.largest_fall.share > rule.threshold:
            return Signal(SignalKind.FIRE, "one_explains_the_fall")
        return Signal(SignalKind.CLEAR, "many_explain_the_fall")

    def found(status: Status) -> Detail:
        fall = status.largest_fall
        return Detail() if fall is None else Detail(subject=fall.subject, share=fall.share)

    return assess_periods(statuses, say, rule.periods, lambda _status: rule.colour, found)


def assess_funds_growth(
    rule: PeriodRule, statuses: Iterable[Status], wanted: float | None
) -> Outcome:
    """Funds from the plan's origins grow by less than the plan wants (a ratio such as 0.15).

    The threshold says how far below the plan's growth is still tolerated.
    """

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        held = confidential(status) or _thin(rule, status)
        if held is not None:
            return held
        growth = planned_growth(status)
        if wanted is None:
            return Signal(SignalKind.HOLD, "no_target")
        if growth is None:
            return Signal(SignalKind.HOLD, "growth_unknown")
        if growth < wanted - rule.threshold:
            return Signal(SignalKind.FIRE, "funds_below_plan")
        return Signal(SignalKind.CLEAR, "funds_as_planned")

    def found(status: Status) -> Detail:
        return Detail(growth=planned_growth(status), wanted_growth=wanted)

    return assess_periods(statuses, say, rule.periods, lambda _status: rule.colour, found)


def assess_investment_pace(rule: InvestmentPaceRule, statuses: Iterable[Status]) -> Outcome:
    """Investment is behind last year's and behind what the projects' plans ask for."""

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        if status.confidential or _INVESTMENT_CONFIDENTIAL in status.reasons:
            return Signal(SignalKind.HOLD, "confidential")
        investment = status.investment
        if investment is None or investment.period != status.period:
            return Signal(SignalKind.HOLD, "investment_unknown")
        wanted = wanted_investment(rule, status)
        if investment.ytd is None or investment.ytd_last_year is None or wanted is None:
            return Signal(SignalKind.HOLD, "investment_unknown")
        if investment.ytd < investment.ytd_last_year and investment.ytd < wanted:
            return Signal(SignalKind.FIRE, "investment_behind")
        return Signal(SignalKind.CLEAR, "investment_in_pace")

    def found(status: Status) -> Detail:
        investment = status.investment
        if investment is None:
            return Detail()
        return Detail(
            growth=investment.growth,
            ytd=investment.ytd,
            ytd_last_year=investment.ytd_last_year,
            wanted_ytd=wanted_investment(rule, status),
        )

    return assess_periods(statuses, say, rule.periods, lambda _status: rule.colour, found)


def wanted_investment(rule: InvestmentPaceRule, status: Status) -> int | None:
    """What the projects' plans ask for by the end of the period, in yuan.

    What was left to invest at the beginning of the year, spread evenly over the rule's years.
    """
    investment = status.investment
    if investment is None or investment.planned_total is None or investment.since_start is None:
        return None
    before = investment.since_start - (investment.ytd or 0)
    left = max(investment.planned_total - before, 0)
    return round(left / rule.years * Month.parse(status.period).month / _MONTHS)


def planned_growth(status: Status) -> float | None:
    """Growth of the plan's origins in yuan where the block says it, else the status's own."""
    planned: FundsFigure | None = None
    for block in status.funds:
        if block.currency == _YUAN and block.period == status.period:
            planned = block.planned
    return status.ytd_growth if planned is None else planned.growth


def _thin(rule: PeriodRule, status: Status) -> Signal | None:
    """Funds are reported where there are any: where no report is expected none is missing."""
    return None if status.enterprises.expected == 0 else gate(rule, status)
