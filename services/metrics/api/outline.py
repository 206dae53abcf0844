"""Routes about what a plan follows: its units, and the path of each."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.metrics.api.models import PlanView, plan_view
from services.metrics.use_cases.read_clusters import ReadClusters, Selection
from services.metrics.use_cases.required_path import PathView, path_view
from shared.plans import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """A unit as the plan names it."""

    unit: str
    name: str
    kind: str
    region: str
    parents: list[str]
    labels: list[str]
    """Words the document puts on it, such as 县区 or 主导."""
    accountable_body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutline:
    """A plan and its units in the document's order."""

    plan: PlanView
    units: list[UnitView]


def router(reads: Any) -> APIRouter:  # noqa: ANN401 - a dependency
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["clusters"])

    @routes.get("/plans/{plan}", summary="A plan and its units")
    def show_plan(plan: str, read: ReadClusters = reads) -> PlanOutline:
        found = read.plan(plan)
        return PlanOutline(plan=plan_view(found), units=[_unit(unit) for unit in found.units])

    @routes.get("/clusters/{cluster}/path", summary="Levels required from base to target")
    def show_path(
        cluster: str,
        plan: Annotated[str | None, Query(description="Id of a plan.")] = None,
        indicator: Annotated[str | None, Query(description="Indicator of the feed.")] = None,
        read: ReadClusters = reads,
    ) -> PathView:
        of_plan, unit = read.find(cluster, plan)
        return path_view(of_plan, read.cluster(of_plan, unit, Selection(None, indicator)))

    return routes


def _unit(unit: Unit) -> UnitView:
    return UnitView(
        unit=unit.id,
        name=unit.name,
        kind=str(unit.kind),
        region=unit.region,
        parents=list(unit.parents),
        labels=list(unit.labels),
        accountable_body=unit.accountable_body,
    )
