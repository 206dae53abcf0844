"""Paths from a base to a target: the level required at every moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from services.metrics.domain.levels import Number, exact, grown
from shared.plans.targets import PathKind

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Point:
    """A level at the end of a calendar year; `value` is None while it is not known."""

    year: int
    value: Number | None


@dataclass(frozen=True, slots=True)
class Path:
    """A path with known ends: levels are exact, years are calendar years (end > start)."""

    shape: PathKind
    start_year: int
    start: Fraction
    end_year: int
    end: Fraction
    milestones: tuple[tuple[int, Fraction], ...] = ()

    @property
    def span(self) -> int:
        """Years from base to target."""
        return self.end_year - self.start_year


def moment(year: int, month: int = MONTHS) -> Fraction:
    """Time in years: ``year - 1 + month/12``, so that December, like a yearly figure, is `year`."""
    return year - 1 + Fraction(month, MONTHS)


def milestones_of(points: Sequence[Point]) -> tuple[tuple[int, Fraction], ...]:
    """Known milestones in order of time."""
    return tuple(sorted((p.year, exact(p.value)) for p in points if p.value is not None))


def required_level(path: Path, at: Fraction) -> Fraction:
    """Level required at a moment; before the base it is the base, after the target the target."""
    if path.shape in {PathKind.CONSTANT, PathKind.YEARLY} or at >= path.end_year:
        return path.end
    if at <= path.start_year:
        return path.start
    if path.shape is PathKind.MILESTONES:
        return _between_milestones(path, at)
    share = (at - path.start_year) / path.span
    if path.shape is PathKind.CAGR and path.start > 0 and path.end > 0:
        return grown(path.start, path.end, share)
    return path.start + (path.end - path.start) * share


def _between_milestones(path: Path, at: Fraction) -> Fraction:
    inner = [m for m in path.milestones if path.start_year < m[0] < path.end_year]
    stations = [(path.start_year, path.start), *inner, (path.end_year, path.end)]
    for (year, level), (next_year, next_level) in pairwise(stations):
        if year <= at <= next_year and next_year > year:
            return level + (next_level - level) * (at - year) / (next_year - year)
    return path.end
