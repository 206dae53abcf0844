"""Targets and bases: what must be reached, compared how, and where the path starts."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.plans.measures import MEASURES


class TargetKind(StrEnum):
    """What sort of figure a target is; each kind has its own way of being followed."""

    ANNUAL_FLOW = "annual_flow"
    """A year's total, such as output or investment."""
    STOCK = "stock"
    """What is there at a moment, such as a number of enterprises."""
    SHARE = "share"
    """A share or ratio of two sums."""
    RATE = "rate"
    """A rate or its change, in percentage points or per cent."""
    PER_CAPITA = "per_capita"
    """A stock per so many inhabitants."""
    INCREMENT = "increment"
    """What is added over the plan's period, counted from zero (新增)."""
    YEARLY_COUNT = "yearly_count"
    """A count that is due every year again (每年)."""
    MULTIPLE = "multiple"
    """A multiple of the base (翻番, 倍增)."""
    RANK = "rank"
    """A place in a ranking; a lower number is better."""
    COVERAGE = "coverage"
    """The share of a defined population that has something (全覆盖)."""
    FLOOR = "floor"
    """A level that must never be fallen below (不减少)."""
    CEILING = "ceiling"
    """A level that must never be exceeded (以内)."""
    GROWTH = "growth"
    """Growth per year."""
    MILESTONE = "milestone"
    """Reached or not, without a figure."""
    TEXT = "text"
    """Words without a figure; shown, never judged."""


class PathKind(StrEnum):
    """How the value required in a year before the target year follows from base and target."""

    CAGR = "cagr"
    """Constant growth rate."""
    LINEAR = "linear"
    """Constant difference a year."""
    MILESTONES = "milestones"
    """Linear between dated targets."""
    YEARLY = "yearly"
    """Due in full every year: no interpolation and no base."""
    CONSTANT = "constant"
    """One bound that holds at all times: floors and ceilings."""
    NONE = "none"
    """No figure to be on the way to."""


class Comparator(StrEnum):
    """How an actual value is held against the target's."""

    ABOVE = ">"
    """突破, 超过: the figure itself is not enough."""
    AT_LEAST = ">="
    """达到, 以上, 不低于."""
    AT_MOST = "<="
    """以内, 不超过."""
    EQUAL = "="
    """A bare figure, or 全覆盖."""
    GROWTH = "growth_pa"
    """Growth of at least this much every year."""


class Missing(StrEnum):
    """Why a target or a base has no value. Null is a value, never zero."""

    REDACTED = "redacted"
    """Blanked out in the published document."""
    ASSIGNED = "assigned_elsewhere"
    """Another authority assigns it."""
    UNSTATED = "unstated"
    """The document does not say."""


DOCUMENT = "document"
"""Source of everything the plan document itself states."""

FEED = "feed"
"""Source of a base that is taken from the statistics feed."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target value, in the measure the plan uses."""

    year: int | None
    """Year it is due; None when the document gives none."""
    value: Decimal | None
    comparator: Comparator
    measure: str
    missing: Missing | None = None
    source: str = DOCUMENT
    approximate: bool = False
    """The document says about (左右) and gives no tolerance."""
    lines: tuple[int, ...] = ()
    """Lines of the document, where they differ from the indicator's."""
    note: str | None = None

    @property
    def base_units(self) -> int | None:
        """The value in base units (yuan, persons, millionths of a ratio, ...), or None."""
        return in_base_units(self.value, self.measure)

    @property
    def redacted(self) -> bool:
        """Whether the published document hides the value."""
        return self.missing is Missing.REDACTED


@dataclass(frozen=True, slots=True)
class Base:
    """Where the path starts."""

    year: int
    value: Decimal | None
    measure: str
    source: str = DOCUMENT
    from_data: bool = False
    """True: this year's total in the feed, frozen at the first closed assessment."""
    comparator: Comparator | None = None
    """Set when the document gives a bound (突破5%) and not a point."""

    @property
    def base_units(self) -> int | None:
        """The value in base units, or None when it comes from the feed or is not known."""
        return in_base_units(self.value, self.measure)


@dataclass(frozen=True, slots=True)
class UndatedBase:
    """An earlier value without a year: shown, but no path can start from it.

    A person who knows the year supplies the base in an overlay.
    """

    value: Decimal
    measure: str
    period: str
    """What the document gives instead of a year."""
    comparator: Comparator | None = None


def in_base_units(value: Decimal | None, measure: str) -> int | None:
    """A figure of a plan as an integer of base units; None for None and for no whole number."""
    if value is None or measure not in MEASURES:
        return None
    return MEASURES[measure].to_base_units(value)
