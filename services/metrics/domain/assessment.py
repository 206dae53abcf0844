"""What a judgement is made from and what comes out."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.metrics.domain.levels import Number
from services.metrics.domain.paths import MONTHS, Point, moment
from shared.events.status import Colour, Verdict
from shared.plans.targets import PathKind


class Why(StrEnum):
    """Reason words of a judgement, as they appear in the status."""

    NO_TARGET_VALUE = "no_target_value"
    NO_PATH = "no_path"
    NOT_DUE_YET = "not_due_yet"
    NO_TARGET_YEAR = "no_target_year"
    NO_BASE_VALUE = "no_base_value"
    FIRST_YEAR = "first_year"
    NO_LATEST_VALUE = "no_latest_value"
    COVERAGE_BELOW_GATE = "coverage_below_gate"
    MIXED_SIGNS = "mixed_signs"
    SERIES_BREAK = "series_break"
    TARGET_YEAR_NOT_AFTER_BASE = "target_year_not_after_base"
    ZERO_BASE_LINEAR = "zero_base_linear"
    THROUGH_ZERO_LINEAR = "through_zero_linear"
    TARGET_NOT_BEYOND_BASE = "target_not_beyond_base"
    TARGET_MET = "target_met"
    TARGET_YEAR_PAST = "target_year_past"
    CLIPPED = "clipped"
    UNLIKELY_TO_ARRIVE = "unlikely_to_arrive"
    VERY_UNLIKELY_TO_ARRIVE = "very_unlikely_to_arrive"
    FORECAST_NOT_CURRENT = "forecast_not_current"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a plan asks for: a level, by when, and how strictly.

    `comparator` is ``>``, ``>=``, ``<=``, ``<`` or ``=``; the last means reached, in the wanted
    direction.
    """

    value: Number | None
    year: int | None
    comparator: str = "="
    of_base: bool = False
    """True for a multiple of the base: while `value` is None it is the base that is missing."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest level: a rolling year at the end of `month`, or with month 12 a yearly figure."""

    value: Number | None
    year: int
    month: int = MONTHS

    @property
    def at(self) -> Fraction:
        """Time in years, ``year - 1 + month/12``."""
        return moment(self.year, self.month)


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that a judgement depends on. Levels share one base unit (integers for money)."""

    goal: Goal | None
    base: Point | None
    latest: Latest
    direction: int = 1
    """1 where more is wanted, -1 where less is."""
    path: PathKind = PathKind.CAGR
    milestones: tuple[Point, ...] = ()
    broken: bool = False
    """Whether the unit's borders changed since the base: levels do not compare."""
    coverage: float | None = None
    """Share of the expected value that has reported; None where the notion does not apply."""
    outstanding: Number = 0
    """How much the requirement is lowered for reports that are due and have not come.

    R compares the level with the required one less this: required values times coverage.
    """
    probability: float | None = None
    """Forecast probability of meeting the target."""
    forecast_is_current: bool = False
    """True when the forecast was made for exactly these inputs."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with all that explains it; figures are None where they are not defined."""

    verdict: Verdict
    colour: Colour
    ratio: float | None
    """R of the path, clipped for display where base and target nearly coincide."""
    raw_ratio: float | None
    """R before that clipping."""
    path: PathKind
    """The path used, which may differ from the one asked for (see `reasons`)."""
    required: int | None
    """Level required at the moment of the latest value, in base units."""
    required_year: int | None
    """Level required for the whole calendar year of the latest value, in base units."""
    gap: int | None
    """Latest level minus `required`, in base units."""
    catch_up_rate: float | None
    """Growth a year needed from here to the target, as a ratio."""
    target_met: bool
    reasons: tuple[str, ...]
