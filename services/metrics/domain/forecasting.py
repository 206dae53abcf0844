"""Which forecasts a unit's statuses want, and whether a stored one was made for these inputs."""

from hashlib import blake2b

import msgspec

from services.metrics.domain.assessment import Goal
from services.metrics.domain.forecast import ForecastRequest, Wanted
from services.metrics.domain.history import SEASON, History, history_of
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.levels import exact, rounded
from services.metrics.domain.target_kinds import Figure, rule_of
from shared.events.period import Month
from shared.plans import PathKind

FORECAST_PERIODS = 3
"""Newest periods of a unit that are forecast: alerts look at two that were judged, and the newest
is mostly incomplete. Older ones show the pace and never turn blue."""

_SEED_BYTES = 7


def newest_periods(inputs: UnitInputs) -> list[Month]:
    """The periods that are forecast, oldest first."""
    return sorted(p for p, s in inputs.cells.items() if s.totals.ytd_count)[-FORECAST_PERIODS:]


def wanted_forecast(
    inputs: UnitInputs, period: Month, goal: Goal | None, required_year: int | None
) -> ForecastRequest | None:
    """What a full forecast of the period depends on; None where there is nothing to forecast.

    That is: an older period, no target for a year's total, or no gapless history with a year
    before.
    """
    target = _target(inputs, period, goal)
    if target is None or period not in newest_periods(inputs):
        return None
    history = _history(inputs, period)
    if history is None or (not history.closed and history.periods < SEASON):
        return None
    required = None
    if required_year is not None:
        required = Wanted(period.year, required_year, direction=target.direction)
    return ForecastRequest(history, target, required, _seed(inputs, period))


def digest_of(request: ForecastRequest) -> bytes:
    """Hash of all that a forecast depends on: equal requests have equal answers."""
    return blake2b(msgspec.json.encode(request), digest_size=16).digest()


def _target(inputs: UnitInputs, period: Month, goal: Goal | None) -> Wanted | None:
    planned = inputs.planned
    if planned is None or inputs.stock or rule_of(planned).figure is not Figure.ROLLING_YEAR:
        return None
    if goal is None or goal.value is None:
        return None
    year = period.year if planned.path is PathKind.YEARLY else goal.year
    if year is None or year < period.year:
        return None
    return Wanted(year, rounded(exact(goal.value)), goal.comparator, planned.direction)


def _history(inputs: UnitInputs, period: Month) -> History | None:
    breaks = [each.month for each in inputs.unit.series_breaks if each.month <= period]
    first = max(breaks) if breaks else None
    year_to_date = {
        (p.year, p.month): state.totals.ytd
        for p, state in inputs.cells.items()
        if p <= period and state.totals.ytd_count and (first is None or p >= first)
    }
    return history_of(year_to_date, period.year, period.month)


def _seed(inputs: UnitInputs, period: Month) -> int:
    """The same for the same identity, wherever and whenever it is forecast."""
    identity = f"{inputs.plan.id}|{inputs.unit.id}|{inputs.indicator}|{period}"
    return int.from_bytes(blake2b(identity.encode(), digest_size=_SEED_BYTES).digest())
