"""How fast a level moves, measured by how fast it should: 1 is exactly on the path.

The ratio R of the plan's path decides the verdict. The ratio of the United Nations' 2023
progress method and the linear ratio are given beside it, because they disagree on steep paths.
All functions are total: for finite levels they never raise and never give NaN or an infinity.
"""

from fractions import Fraction

from services.metrics.domain.levels import (
    LARGEST_RATIO,
    bounded,
    grown,
    growth_rate,
)
from services.metrics.domain.paths import Path, required_level
from shared.plans.targets import PathKind

NEAR_TARGET = Fraction(1, 100)
"""Closer than this share of the target, base and target are too near for R to mean anything."""

DISPLAY_LIMIT = 9.99
"""Where R is clipped for display when base and target are that near."""


def path_ratio(path: Path, at: Fraction, level: Fraction, direction: int) -> float:
    """R of a level at a moment on its path; `direction` is 1 where more is wanted, -1 where less.

    cagr: growth a year since the base over required growth a year. linear: share of the way over
    share of the time. milestones and floors: way since the base over way required by now.
    yearly: this year's level over the level due every year.
    """
    if path.shape is PathKind.CAGR:
        return cagr_ratio(path, at, level, direction)
    if path.shape is PathKind.LINEAR:
        return linear_ratio(path, at, level, direction)
    if path.shape is PathKind.YEARLY:
        return _yearly_ratio(path, level, direction)
    return _required_ratio(path, at, level, direction)


def cagr_ratio(path: Path, at: Fraction, level: Fraction, direction: int) -> float:
    """``d·a/|r|`` with a and r the actual and the required compound growth from the base year.

    Base and target must be positive and the level not negative.
    """
    actual = direction * growth_rate(path.start, level, at - path.start_year)
    required = abs(growth_rate(path.start, path.end, Fraction(path.span)))
    if required == 0:
        return _sign(actual) * LARGEST_RATIO
    return max(-LARGEST_RATIO, min(LARGEST_RATIO, actual / required))


def linear_ratio(path: Path, at: Fraction, level: Fraction, direction: int) -> float:
    """``d·(y_t-y_0)/|T-y_0| · (T-t_0)/(t-t_0)``.

    Written with the direction, so that drifting towards a target looser than the base is not
    progress; where the target lies in the wanted direction it is the usual linear ratio.
    """
    way = direction * (level - path.start) * path.span
    return _share(way, abs(path.end - path.start) * (at - path.start_year))


def un_ratio(path: Path, at: Fraction, level: Fraction) -> float | None:
    """``(v_t·(1+a)^(T-t) - v_b)/(v_T - v_b)``: where today's growth leads, over where it should.

    United Nations 2023 progress chart method. None where base equals target, the base is not
    positive or the level is negative.
    """
    if path.end == path.start or path.start <= 0 or level < 0:
        return None
    share = Fraction(path.span) / (at - path.start_year)
    projected = grown(path.start, level, share) if level > 0 else level
    return bounded((projected - path.start) / (path.end - path.start))


def is_near(path: Path) -> bool:
    """Whether base and target are so near that only the sign of R means anything."""
    return abs(path.end - path.start) < NEAR_TARGET * abs(path.end) or path.end == path.start


def _required_ratio(path: Path, at: Fraction, level: Fraction, direction: int) -> float:
    """Way since the base over the way required by now.

    Where the milestones require none yet, or a step back, 1 is still exactly on the path and the
    whole way from base to target is the yardstick.
    """
    required = required_level(path, at)
    wanted = direction * (required - path.start)
    if path.shape is PathKind.MILESTONES and wanted <= 0 and path.end != path.start:
        return bounded(1 + direction * (level - required) / abs(path.end - path.start))
    return _share(direction * (level - path.start), abs(wanted))


def _yearly_ratio(path: Path, level: Fraction, direction: int) -> float:
    """``y_t/T`` where more is wanted, mirrored around 1 where less is."""
    short = direction * (level - path.end)
    return _share(short, Fraction(0)) if path.end == 0 else bounded(1 + short / abs(path.end))


def _share(part: Fraction, whole: Fraction) -> float:
    if whole == 0:
        return _sign(part) * LARGEST_RATIO
    return bounded(part / whole)


def _sign(value: Fraction | float) -> int:
    return (value > 0) - (value < 0)
