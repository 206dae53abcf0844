"""Bodies of the read API; lists are pages with a cursor."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.metrics.use_cases.read_scores import ScoreView
from services.metrics.use_cases.views import ClusterView
from shared.http import Problem
from shared.plans import Plan

MAX_ITEMS = 1000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan that is followed."""

    plan: str
    version: str
    title: str
    issuer: str
    status: str
    city: str
    base_year: int
    target_year: int
    units: int
    indicators: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedView:
    """A place in a ranking; null for what is not judged or suppressed."""

    rank: int | None
    cluster: ClusterView


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanList:
    """A page of plans."""

    items: list[PlanView]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterList:
    """A page of units."""

    items: list[ClusterView]
    next: str | None
    data_label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreList:
    """A page of scores: the plan's first, then each region's."""

    items: list[ScoreView]
    next: str | None
    data_label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A page of a ranking."""

    items: list[RankedView]
    next: str | None
    data_label: str | None


def plan_view(plan: Plan) -> PlanView:
    """The view of a plan."""
    return PlanView(
        plan=plan.id,
        version=plan.version,
        title=plan.title,
        issuer=plan.issuer,
        status=str(plan.status),
        city=plan.city,
        base_year=plan.base_year,
        target_year=plan.target_year,
        units=len(plan.units),
        indicators=len(plan.indicators),
    )


def page(items: Sequence[Item], limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
    """The part of a list after `cursor`, and the cursor of what follows; 422 for a bad one."""
    start = _offset(cursor)
    end = start + limit
    after = base64.urlsafe_b64encode(f"{end}".encode()).decode() if end < len(items) else None
    return list(items[start:end]), after


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(cursor.encode("ascii"))))
    except (binascii.Error, ValueError) as error:
        raise Problem(422, "cursor is not one that this service gave") from error
