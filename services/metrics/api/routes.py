"""Routes of the read API; a few lines each."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from services.metrics.api import indicators, moments, outline, publications, wall, wall_feed
from services.metrics.api.models import (
    MAX_ITEMS,
    ClusterList,
    PlanList,
    RankedView,
    Ranking,
    ScoreList,
    page,
    plan_view,
)
from services.metrics.ports import AlertSource
from services.metrics.use_cases.publications import Publications
from services.metrics.use_cases.read_clusters import NotFound, ReadClusters, Selection
from services.metrics.use_cases.read_scores import (
    LARGEST_GROWTH,
    SMALLEST_GROWTH,
    WhatIfView,
    scores,
    what_if,
)
from services.metrics.use_cases.ticker import ReadTicker
from services.metrics.use_cases.views import ClusterView
from shared.clock import Clock, SystemClock
from shared.events.period import Month
from shared.events.reasons import Refused
from shared.plans import UnitKind

PlanId = Annotated[
    str | None, Query(description="Id of a plan; default: the first that has figures.")
]
Period = Annotated[str | None, Query(description="Reporting period YYYY-MM; default: newest.")]
Indicator = Annotated[
    str | None, Query(description="Indicator of the feed; default: the unit's value indicator.")
]
Kind = Annotated[UnitKind | None, Query(description="Units of this kind only.")]
Limit = Annotated[int, Query(ge=1, le=MAX_ITEMS, description="Most items in the answer.")]
Cursor = Annotated[str | None, Query(description="`next` of the answer before.")]
Growth = Annotated[
    float,
    Query(
        ge=SMALLEST_GROWTH,
        le=LARGEST_GROWTH,
        allow_inf_nan=False,
        description="Growth a year from the period on, as a ratio: 0.12 is 12 %.",
    ),
]
IfNoneMatch = Annotated[str | None, Header()]

_NOT_MODIFIED = 304


def add_routes(
    app: FastAPI,
    read: ReadClusters,
    past: Callable[[datetime], ReadClusters],
    published: Publications,
    alerts: AlertSource | None = None,
    clock: Clock | None = None,
) -> None:
    """Add the read API and the wall page; without `alerts` the wall's ticker has none to show."""
    clock = clock or SystemClock()
    routes = APIRouter(prefix="/api/v1", tags=["clusters"])
    reads = Depends(moments.reader(read, past, clock))
    _add_lists(routes, reads)
    _add_orders(routes, reads)
    _add_clusters(routes, reads)
    app.include_router(routes)
    now = Depends(moments.present(read))
    app.include_router(publications.router(published, now))
    app.include_router(outline.router(now))
    app.include_router(wall_feed.router(read, ReadTicker(alerts, clock), clock))
    app.include_router(wall.router())
    _add_problems(app)


def _add_lists(routes: APIRouter, reads: Any) -> None:  # noqa: ANN401 - a dependency
    @routes.get("/plans", summary="Plans that are followed")
    def list_plans(
        limit: Limit = 100, cursor: Cursor = None, read: ReadClusters = reads
    ) -> PlanList:
        items, after = page([plan_view(plan) for plan in read.plans()], limit, cursor)
        return PlanList(items=items, next=after)

    @routes.get("/clusters", summary="Units of a plan", response_model=ClusterList)
    def list_clusters(
        response: Response,
        plan: PlanId = None,
        period: Period = None,
        indicator: Indicator = None,
        kind: Kind = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        read: ReadClusters = reads,
    ) -> Response | ClusterList:
        tag = f'"{read.change_mark()}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if if_none_match == tag:
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        response.headers.update(headers)
        selection = Selection(_month(period), indicator, kind)
        items, after = page(read.clusters(read.plan(plan), selection), limit, cursor)
        return ClusterList(items=items, next=after, data_label=read.data_label)


def _add_orders(routes: APIRouter, reads: Any) -> None:  # noqa: ANN401 - a dependency
    @routes.get("/ranking", summary="Units of one kind, best first")
    def show_ranking(
        plan: PlanId = None,
        period: Period = None,
        kind: Annotated[UnitKind, Query(description="Kind of units.")] = UnitKind.CLUSTER,
        limit: Limit = 100,
        cursor: Cursor = None,
        read: ReadClusters = reads,
    ) -> Ranking:
        ranked = read.ranking(read.plan(plan), Selection(_month(period), None, kind))
        items, after = page(ranked, limit, cursor)
        views = [RankedView(rank=rank, cluster=view) for rank, view in items]
        return Ranking(items=views, next=after, data_label=read.data_label)

    @routes.get("/scores", summary="Mean scores of a plan's clusters: the plan, then its regions")
    def show_scores(
        plan: PlanId = None,
        period: Period = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        read: ReadClusters = reads,
    ) -> ScoreList:
        found = scores(read, read.plan(plan), _month(period))
        items, after = page(found, limit, cursor)
        return ScoreList(items=items, next=after, data_label=read.data_label)


def _add_clusters(routes: APIRouter, reads: Any) -> None:  # noqa: ANN401 - a dependency
    @routes.get("/clusters/{cluster}", summary="One unit in one period")
    def show_cluster(
        cluster: str,
        plan: PlanId = None,
        period: Period = None,
        indicator: Indicator = None,
        read: ReadClusters = reads,
    ) -> ClusterView:
        return read.cluster(*read.find(cluster, plan), Selection(_month(period), indicator))

    indicators.add(routes, reads)

    @routes.get("/clusters/{cluster}/what-if", summary="Where a growth a year would lead")
    def show_what_if(
        cluster: str,
        growth: Growth,
        plan: PlanId = None,
        period: Period = None,
        indicator: Indicator = None,
        read: ReadClusters = reads,
    ) -> WhatIfView:
        of_plan, unit = read.find(cluster, plan)
        view = read.cluster(of_plan, unit, Selection(_month(period), indicator))
        return what_if(view, of_plan, growth)

    @routes.get("/clusters/{cluster}/history", summary="One unit in all periods, oldest first")
    def show_history(
        cluster: str,
        plan: PlanId = None,
        indicator: Indicator = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        read: ReadClusters = reads,
    ) -> ClusterList:
        items, after = page(read.history(*read.find(cluster, plan), indicator), limit, cursor)
        return ClusterList(items=items, next=after, data_label=read.data_label)


def _month(text: str | None) -> Month | None:
    return None if text is None else Month.parse_reporting(text)


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(NotFound)
    async def on_not_found(_request: Request, error: NotFound) -> JSONResponse:
        return _problem(404, "Not Found", error.detail, near=error.near)

    @app.exception_handler(Refused)
    async def on_refused(_request: Request, refused: Refused) -> JSONResponse:
        return _problem(422, "Unprocessable Content", refused.detail, reason=str(refused.reason))


def _problem(status: int, title: str, detail: str, **extra: object) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    return JSONResponse(body, status, media_type="application/problem+json")
