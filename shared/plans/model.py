"""A plan: its units, indicators with targets, projects, mechanisms and open questions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from shared.events.period import Month
from shared.plans.targets import Base, Comparator, PathKind, Target, TargetKind, UndatedBase
from shared.plans.units import Locator, Unit


class PlanStatus(StrEnum):
    """Whether the document is in force."""

    ADOPTED = "adopted"
    DRAFT = "draft"


class Cadence(StrEnum):
    """How often a mechanism or an indicator is due."""

    CONTINUOUS = "continuous"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    MID_TERM = "mid_term"
    END_OF_PLAN = "end_of_plan"
    PERIODIC = "periodic"
    """Regular, without a stated period (定期)."""
    AD_HOC = "ad_hoc"
    """At no fixed time (不定期)."""


class Attribute(StrEnum):
    """How binding a target is."""

    EXPECTED = "expected"
    """预期性."""
    BINDING = "binding"
    """约束性."""


class Relevance(StrEnum):
    """How close an indicator is to following clusters."""

    CORE = "core"
    SIDE = "side"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure that decides who or what is meant (年营业收入1亿元以上)."""

    name: str
    value: Decimal
    measure: str
    comparator: Comparator
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One of several ways to read the document."""

    text: str
    locator: Locator | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """An inconsistency or open question, kept with every reading instead of settled silently."""

    id: str
    about: tuple[str, ...]
    """Ids of the units and indicators concerned; empty for the whole document."""
    text: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class PlanIndicator:
    """An indicator of one unit, with its targets."""

    id: str
    unit: str
    indicator: str
    """Indicator of the feed; the plan indicator's own id where only `stats.indicator.v1` has it."""
    name: str
    measure: str
    """Unit of measure of targets, base and history; empty for words."""
    kind: TargetKind
    targets: tuple[Target, ...]
    path: PathKind
    direction: int
    """1 where more is better, -1 where less is."""
    base: Base | None = None
    undated_base: UndatedBase | None = None
    also_stated: tuple[Target, ...] = ()
    """Other statements of the same target elsewhere in the document; never judged."""
    multiple: Decimal | None = None
    """Of the base, for `TargetKind.MULTIPLE`."""
    part_of: str | None = None
    """Id of the indicator it is a subset of (其中); the two are never added."""
    attribute: Attribute | None = None
    relevance: Relevance = Relevance.CORE
    periodicity: Cadence | None = None
    population: Threshold | None = None
    origins: tuple[str, ...] = ()
    """Province code prefixes of the investors that count; empty for all."""
    accountable_body: str | None = None
    responsible_units: tuple[str, ...] = ()
    locator: Locator | None = None
    notes: tuple[str, ...] = ()
    overlaid: tuple[str, ...] = ()
    """What an operator's overlay supplied, as ``field: source``."""

    @property
    def own_feed(self) -> bool:
        """Whether only `stats.indicator.v1` has it: a figure of the unit as a whole."""
        return self.indicator == self.id

    @property
    def target(self) -> Target | None:
        """The target that decides: the latest dated one, else the first; None without any."""
        dated = [target for target in self.targets if target.year is not None]
        if dated:
            return max(dated, key=lambda target: target.year or 0)
        return self.targets[0] if self.targets else None


@dataclass(frozen=True, slots=True)
class Change:
    """A change as printed; never used to derive a level, because many do not reproduce theirs."""

    kind: str
    """Such as average_growth, times, percent, points, more, less, share."""
    value: Decimal
    measure: str
    versus: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryFigure:
    """A past value that the document states."""

    id: str
    unit: str | None
    name: str
    measure: str
    year: int | None
    """None when the document gives no single year; `period` then says what it gives."""
    period: str | None
    value: Decimal | None
    indicator: str | None = None
    """Plan indicator it is an earlier value of, where that is certain."""
    comparator: Comparator | None = None
    approximate: bool = False
    wording: str | None = None
    """The document's word where it gives no exact figure (数十, 近20余)."""
    changes: tuple[Change, ...] = ()
    locator: Locator | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """A size of a project. Capacities of different things are never added."""

    value: Decimal | None
    measure: str
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project the document names."""

    name: str
    unit: str | None
    region: str | None
    status: str | None
    capacities: tuple[Capacity, ...] = ()
    investment: Decimal | None = None
    investment_measure: str | None = None
    owner: str | None = None
    dates: str | None = None
    locator: Locator | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that is either reached or not."""

    id: str
    name: str
    year: int | None
    unit: str | None = None
    locator: Locator | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A duty the document lays down: reports, meetings, assessments, task forces, platforms."""

    id: str
    name: str
    kind: str
    cadence: tuple[Cadence, ...] = ()
    actors: tuple[str, ...] = ()
    responsible_units: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    locator: Locator | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One policy document as data, in one version."""

    id: str
    version: str
    title: str
    issuer: str
    status: PlanStatus
    city: str
    """Id of the unit that is the plan's whole area."""
    target_year: int
    base_year: int
    units: tuple[Unit, ...]
    indicators: tuple[PlanIndicator, ...]
    effective_from: Month | None = None
    """First month this version decides; None for always."""
    published: str | None = None
    history: tuple[HistoryFigure, ...] = ()
    projects: tuple[Project, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    mechanisms: tuple[Mechanism, ...] = ()
    notes: tuple[Note, ...] = ()
    overlays: tuple[str, ...] = ()
    """Sources of the operator's overlays applied to it."""
    _by_id: Mapping[str, Unit] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {unit.id: unit for unit in self.units})

    def unit(self, unit_id: str) -> Unit:
        """The unit with this id. Raises `KeyError`."""
        return self._by_id[unit_id]

    def has_unit(self, unit_id: str) -> bool:
        """Whether this plan has such a unit."""
        return unit_id in self._by_id

    @cached_property
    def _indicators_by_unit(self) -> dict[str, tuple[PlanIndicator, ...]]:
        found: dict[str, list[PlanIndicator]] = {}
        for indicator in self.indicators:
            found.setdefault(indicator.unit, []).append(indicator)
        return {unit: tuple(indicators) for unit, indicators in found.items()}

    def indicators_of(self, unit_id: str) -> tuple[PlanIndicator, ...]:
        """The unit's indicators in the document's order; empty when it has none."""
        return self._indicators_by_unit.get(unit_id, ())

    def indicator(self, indicator_id: str) -> PlanIndicator:
        """The plan indicator with this id. Raises `KeyError`."""
        for indicator in self.indicators:
            if indicator.id == indicator_id:
                return indicator
        raise KeyError(indicator_id)

    def children(self, unit_id: str) -> tuple[Unit, ...]:
        """Units that name this one among their parents."""
        return tuple(unit for unit in self.units if unit_id in unit.parents)
