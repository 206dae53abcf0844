"""Indicators without a target: judged by their growth a year in the wanted direction."""

from dataclasses import dataclass
from fractions import Fraction

from services.metrics.domain.levels import growth_rate
from services.metrics.domain.thresholds import TrendThresholds
from shared.events.status import Verdict

DEFAULT_TREND_THRESHOLDS = TrendThresholds()


@dataclass(frozen=True, slots=True)
class Trend:
    """Verdict and oriented growth a year (0.015 is +1.5 % in the wanted direction)."""

    verdict: Verdict
    growth: float | None


def judge_trend(
    base: Fraction,
    latest: Fraction,
    years: Fraction,
    direction: int,
    limit: Fraction | None = None,
    thresholds: TrendThresholds = DEFAULT_TREND_THRESHOLDS,
) -> Trend:
    """Judge the growth since a positive base; total for finite levels.

    `limit` is the indicator's natural limit (100 for a percentage): near it little growth is left.
    """
    if years < 1:
        return Trend(Verdict.TOO_EARLY, None)
    if base <= 0 or latest < 0:
        return Trend(Verdict.NOT_ASSESSABLE, None)
    growth = direction * growth_rate(base, latest, years)
    room = room_left(base, limit, thresholds.limit_exponent)
    value = round(growth, 12)
    if value >= thresholds.on_track * room:
        return Trend(Verdict.ON_TRACK if value >= 0 else Verdict.MOVING_AWAY, growth)
    if value >= thresholds.behind * room:
        return Trend(Verdict.BEHIND, growth)
    return Trend(Verdict.FAR_BEHIND if value >= 0 else Verdict.MOVING_AWAY, growth)


def room_left(base: Fraction, limit: Fraction | None, exponent: float) -> float:
    """Factor on the thresholds: ``1-(y0/L)^4.44`` up to L, mirrored up to 2L, else 1.

    Formula of Statistics Canada's progress method.
    """
    if limit is None or limit <= 0 or not 0 <= base <= 2 * limit:
        return 1.0
    share = base / limit if base <= limit else (2 * limit - base) / limit
    return float(1.0 - float(share) ** exponent)
