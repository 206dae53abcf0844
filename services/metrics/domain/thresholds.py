"""Where one verdict ends and the next begins."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lower bounds (inclusive) of R, probabilities and coverage; the published methods' values."""

    on_track: float = 0.95
    behind: float = 0.60
    coverage: float = 0.95
    """Below this share of the expected value nothing is judged."""
    likely: float = 0.66
    """On track, but less likely than this to arrive: an early warning (blue)."""
    very_unlikely: float = 0.10
    """Far behind and less likely than this to arrive: red."""


@dataclass(frozen=True, slots=True)
class TrendThresholds:
    """Lower bounds (inclusive) of the oriented growth a year where there is no target."""

    on_track: float = 0.015
    behind: float = 0.005
    limit_exponent: float = 4.44
    """Near a natural limit both bounds shrink with this power, as Statistics Canada does."""
