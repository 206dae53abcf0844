"""Scores and ranks of regions: pure numbers, every one traceable to the figures behind it.

A raw value becomes a score by its distance to fixed goalposts, ``100·(x - zero)/(full - zero)``
within 0 and 100 (distance to a reference: OECD/JRC, Handbook on Constructing Composite
Indicators, 2008, section 5; fixed goalposts as in the Human Development Index). What cannot be
assessed has no score, never zero: its weight goes to the other criteria in their proportion.

Everything is exact until it is shown. The total is rounded half up to 0.01 points; contributions
are rounded by the largest remainder, so that those shown add up to the total shown. Ranks follow
the totals shown: who shows the same total has the same rank, and the next rank is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from services.alerts.domain.papers.ranking_rules import Criterion, Goalposts, RankingRules

POINTS = 100
_CENT = Decimal("0.01")
_PARTS = 100
"""Parts of a point that are shown."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure behind a raw value, and where it stands."""

    key: str
    """Record key of the status (plan|unit|indicator|period), or fingerprint of an alert."""
    version: int | None
    figure: str
    """Name of the field."""
    value: int | float | None


@dataclass(frozen=True, slots=True)
class Raw:
    """What a criterion found for one region; a null value says by `reason` why."""

    value: Fraction | None
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A region with what every criterion found."""

    unit: str
    name: str
    raws: Mapping[Criterion, Raw]


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion of one region: from the raw value to the points it contributes."""

    criterion: Criterion
    raw: Raw
    weight: Decimal
    effective_weight: Fraction | None
    """With its share of the weight that could not be assessed; null where it is not itself."""
    score: Decimal | None
    """0 to 100, rounded half up to 0.01; the contribution is made from the exact one."""
    contribution: Decimal | None
    """Points of the total; null without a total or a score."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A region's place; no rank and no total where too little can be assessed."""

    unit: str
    name: str
    rank: int | None
    total: Decimal | None
    assessable: Decimal
    """Share of the weight that could be assessed."""
    parts: tuple[Part, ...]


def ranking(entries: Sequence[Entry], rules: RankingRules) -> tuple[Ranked, ...]:
    """Best first; then those without a rank. Regions of one rank stand in the order of their ids.

    The order of `entries` has no influence.
    """
    scored = sorted((_scored(entry, rules) for entry in entries), key=_order)
    totals = [one.total for one in scored if one.total is not None]
    return tuple(
        one if one.total is None else _placed(one, sum(total > one.total for total in totals) + 1)
        for one in scored
    )


def score_of(value: Fraction, posts: Goalposts) -> Fraction:
    """Points between 0 and 100, exact."""
    zero, full = Fraction(posts.zero), Fraction(posts.full)
    return POINTS * max(Fraction(0), min(Fraction(1), (value - zero) / (full - zero)))


def _order(ranked: Ranked) -> tuple[bool, Decimal, str]:
    total = ranked.total
    return total is None, Decimal(0) if total is None else -total, ranked.unit


def _placed(ranked: Ranked, rank: int) -> Ranked:
    return Ranked(ranked.unit, ranked.name, rank, ranked.total, ranked.assessable, ranked.parts)


def _scored(entry: Entry, rules: RankingRules) -> Ranked:
    raws = {name: entry.raws.get(name, Raw(None, "no_figure")) for name in rules.criteria}
    scores = {
        name: score_of(raw.value, rules.criteria[name])
        for name, raw in raws.items()
        if raw.value is not None
    }
    assessable = sum((rules.criteria[name].weight for name in scores), Decimal(0))
    enough = assessable > 0 and assessable >= rules.least_assessable
    exact: dict[Criterion, Fraction] = {}
    weights: dict[Criterion, Fraction] = {}
    if enough:
        weights = {n: Fraction(rules.criteria[n].weight) / Fraction(assessable) for n in scores}
        exact = {name: weights[name] * score for name, score in scores.items()}
    total = half_up(sum(exact.values(), Fraction(0))) if enough else None
    contributions = {} if total is None else _adding_up(exact, total)
    parts = tuple(
        Part(
            criterion=name,
            raw=raw,
            weight=rules.criteria[name].weight,
            effective_weight=weights.get(name),
            score=half_up(scores[name]) if name in scores else None,
            contribution=contributions.get(name),
        )
        for name, raw in raws.items()
    )
    return Ranked(entry.unit, entry.name, None, total, assessable, parts)


def half_up(points: Fraction) -> Decimal:
    """Points to 0.01, halves upwards."""
    return floor(points * _PARTS + Fraction(1, 2)) * _CENT


def _adding_up(exact: Mapping[Criterion, Fraction], total: Decimal) -> dict[Criterion, Decimal]:
    """Contributions to 0.01 that sum to the total: what is left goes to the largest remainders."""
    whole = {name: floor(points * _PARTS) for name, points in exact.items()}
    left = int(total / _CENT) - sum(whole.values())
    by_remainder = sorted(exact, key=lambda name: whole[name] - exact[name] * _PARTS)
    for name in by_remainder[:left]:
        whole[name] += 1
    return {name: cents * _CENT for name, cents in whole.items()}
