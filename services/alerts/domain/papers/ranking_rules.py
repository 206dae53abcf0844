"""Criteria of the quarterly ranking (季评比), their weights and goalposts: data, per plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Criterion(StrEnum):
    """What counties and parks are compared by."""

    LEVEL = "level"
    """Achieved against required, mean of the region's clusters (1 is as required)."""
    GROWTH = "growth"
    """Comparable growth of the region's own year-to-date, as a ratio."""
    GAP_CLOSED = "gap_closed"
    """Share of the shortfall of the quarter before that was closed in the quarter."""
    FUNDS = "funds"
    """Growth of the funds from the plan's origins, as a share of the growth the plan wants."""
    PROJECTS = "projects"
    """Projects that reached a further stage less those stalled, as a share of all open ones."""
    DATA_DISCIPLINE = "data_discipline"
    """Mean coverage of the quarter's periods, less a deduction for working days late."""


@dataclass(frozen=True, slots=True)
class Goalposts:
    """Weight of a criterion, and the raw values that give no and all points.

    Fixed goalposts and not the best and the worst of the day: a region's score then depends on its
    own figures alone, and no third region can turn the order of two others.
    """

    weight: Decimal
    zero: Decimal
    """Raw value (and anything beyond it) that gives 0 points."""
    full: Decimal
    """Raw value (and anything beyond it) that gives 100 points; below `zero` where less is better.
    """


def _shipped() -> Mapping[Criterion, Goalposts]:
    rows = {
        Criterion.LEVEL: ("0.30", "0.60", "1.00"),
        Criterion.GROWTH: ("0.20", "-0.05", "0.15"),
        Criterion.GAP_CLOSED: ("0.15", "-0.50", "0.50"),
        Criterion.FUNDS: ("0.15", "0.00", "1.00"),
        Criterion.PROJECTS: ("0.10", "-0.50", "0.50"),
        Criterion.DATA_DISCIPLINE: ("0.10", "0.80", "1.00"),
    }
    return {name: Goalposts(*map(Decimal, row)) for name, row in rows.items()}


@dataclass(frozen=True, slots=True)
class RankingRules:
    """How counties and parks are ranked; the weights sum to one."""

    enabled: bool = True
    least_assessable: Decimal = Decimal("0.5")
    """Share of the weight that must be assessable for a total and a rank."""
    minimum_coverage: float = 0.95
    """Growth of thinner figures is not assessed."""
    late_day_costs: Decimal = Decimal("0.02")
    """Taken off the mean coverage for each working day late, mean of the clusters' periods."""
    criteria: Mapping[Criterion, Goalposts] = field(default_factory=_shipped)
    """In the order in which they are shown; a criterion that is left out is not used."""


_KEY = "ranking"


def frozen_rules(rules: RankingRules) -> Mapping[str, Any]:
    """The rules as a snapshot keeps them: plain JSON, decimals as text."""
    criteria = [
        {
            "criterion": str(name),
            "weight": str(posts.weight),
            "zero": str(posts.zero),
            "full": str(posts.full),
        }
        for name, posts in rules.criteria.items()
    ]
    return {
        _KEY: {
            "enabled": rules.enabled,
            "least_assessable": str(rules.least_assessable),
            "minimum_coverage": rules.minimum_coverage,
            "late_day_costs": str(rules.late_day_costs),
            "criteria": criteria,
        }
    }


def rules_from(extra: Mapping[str, Any]) -> RankingRules:
    """Inverse of `frozen_rules`, in the order of the criteria. Raises `KeyError`."""
    found = extra[_KEY]
    return RankingRules(
        enabled=found["enabled"],
        least_assessable=Decimal(found["least_assessable"]),
        minimum_coverage=found["minimum_coverage"],
        late_day_costs=Decimal(found["late_day_costs"]),
        criteria={
            Criterion(row["criterion"]): Goalposts(
                Decimal(row["weight"]), Decimal(row["zero"]), Decimal(row["full"])
            )
            for row in found["criteria"]
        },
    )
