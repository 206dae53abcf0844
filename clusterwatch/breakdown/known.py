"""What a break-down needs and no plan document states: bases and historical cumulative shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from services.metrics.domain.shares import PastYear, ShareSource, cumulative_share
from shared.plans import Plan, PlanIndicator

_DECEMBER = 12

YearToDate = Mapping[tuple[int, int], int]
"""Year-to-date figures by (year, month), in base units."""


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base year's total in base units, and who says so."""

    value: int
    source: str


@dataclass(frozen=True, slots=True)
class Share:
    """Share of a year that is usually done by a period, and where it was seen."""

    value: Fraction
    source: str


class Known(Protocol):
    """Where bases and shares come from: a file, or the metrics API."""

    def base(self, plan: Plan, indicator: PlanIndicator) -> KnownBase | None:
        """The base that the plan takes from the feed; None while it is not known."""
        ...

    def share(self, plan: Plan, indicator: PlanIndicator, year: int, month: int) -> Share | None:
        """The cumulative share at a month of a year to come; None without a past."""
        ...


@dataclass(frozen=True, slots=True)
class KnownFigures:
    """Bases by plan indicator and shares by unit and month, as files give them."""

    bases: Mapping[str, KnownBase] = field(default_factory=dict)
    shares: Mapping[tuple[str, int], Share] = field(default_factory=dict)
    """The unit is empty where a share is for all units without one of their own."""

    def base(self, plan: Plan, indicator: PlanIndicator) -> KnownBase | None:  # noqa: ARG002 - ids are unique
        """The base of the file."""
        return self.bases.get(indicator.id)

    def share(self, plan: Plan, indicator: PlanIndicator, year: int, month: int) -> Share | None:  # noqa: ARG002 - of every plan and year
        """The unit's own share of the file, else the one for all."""
        return self.shares.get((indicator.unit, month)) or self.shares.get(("", month))


_WORDS = {ShareSource.OWN: "本单元", ShareSource.PARENT: "上级单元"}


def share_of_history(year: int, month: int, own: YearToDate, parent: YearToDate) -> Share | None:
    """Mean share of up to three closed years before `year`; the parent's while there is none."""
    share = cumulative_share(month, _past(own, year, month), _past(parent, year, month))
    if share is None or share.years == 0:
        return None
    return Share(share.value, f"{_WORDS[share.source]}前{share.years}年累计占比均值")


def _past(figures: YearToDate, before: int, month: int) -> Sequence[PastYear]:
    years = {year for year, at in figures if year < before and at == _DECEMBER}
    return [
        PastYear(figures.get((year, month)), figures[year, _DECEMBER])
        for year in sorted(years, reverse=True)
    ]
