"""Units: what is judged as a whole, and which enterprises belong to it."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events.period import Month


class UnitKind(StrEnum):
    """Levels of a plan. Units of one kind may be ranked; kinds nest and are never added."""

    CLUSTER = "cluster"
    INDUSTRY = "industry"
    """A parent of clusters: a city-wide industry."""
    REGION = "region"
    """A county, district or park."""
    CITY = "city"
    """The whole area of a plan."""


@dataclass(frozen=True, slots=True)
class Locator:
    """Where the document says it: section and lines of the published text."""

    section: str | None
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MembershipRule:
    """Selects enterprises by place and industry; an empty tuple stands for any.

    All conditions must hold. A unit's rules are alternatives.
    """

    regions: tuple[str, ...] = ()
    """Region codes (GB/T 2260 or NBS zone codes)."""
    parks: tuple[str, ...] = ()
    """Ids of parks."""
    not_parks: tuple[str, ...] = ()
    """Parks that are units of their own inside these region codes: the park wins."""
    industries: tuple[str, ...] = ()
    """Prefixes of GB/T 4754-2017 industry codes."""
    valid_from: Month | None = None
    valid_to: Month | None = None
    """Last month it holds."""

    def matches(self, region: str, park: str | None, industry: str, month: Month) -> bool:
        """Whether an enterprise at this place, of this industry, belongs in this month."""
        return (
            (not self.regions or region in self.regions)
            and (not self.parks or park in self.parks)
            and park not in self.not_parks
            and (not self.industries or industry.startswith(self.industries))
            and (self.valid_from is None or self.valid_from <= month)
            and (self.valid_to is None or month <= self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """From this month on figures do not compare with earlier ones (borders changed)."""

    month: Month
    reason: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A cluster, industry, region or city."""

    id: str
    name: str
    kind: UnitKind
    region: str
    """Id of the region unit it lies in; a region's own id for regions and the city."""
    parents: tuple[str, ...] = ()
    """Units it is part of; the first is the primary one where `primary_parent` says so."""
    primary_parent: str | None = None
    aliases: tuple[str, ...] = ()
    """Other names: those of headings and of certified clusters included."""
    certified_name: str | None = None
    labels: tuple[str, ...] = ()
    """Words the document puts on it (主导, 特色, 首位, ...)."""
    value_indicator: str = "gross_output"
    membership: tuple[MembershipRule, ...] = ()
    """Rules, with regions already resolved to codes and parks."""
    codes: tuple[str, ...] = ()
    """Regions only: their codes."""
    parks: tuple[str, ...] = ()
    """Regions only: parks whose enterprises belong here, whatever their region code says."""
    segments: tuple[str, ...] = ()
    """Links of its chain (产业链环节)."""
    platforms: tuple[str, ...] = ()
    """Parks and platforms the document names with it."""
    accountable_body: str | None = None
    """责任主体."""
    responsible_units: tuple[str, ...] = ()
    """责任单位."""
    series_breaks: tuple[SeriesBreak, ...] = ()
    locator: Locator | None = None
    notes: tuple[str, ...] = ()
    overlaid: tuple[str, ...] = ()
    """What an operator's overlay supplied, as ``field: source``."""

    @property
    def region_code(self) -> str | None:
        """The region's own code; None for a park without one, and for other kinds."""
        return self.codes[0] if self.codes else None

    def includes(self, region: str, park: str | None, industry: str, month: Month) -> bool:
        """Whether one of the rules selects such an enterprise."""
        return any(rule.matches(region, park, industry, month) for rule in self.membership)
