"""Route of what is followed of one unit."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.metrics.api.models import MAX_ITEMS, page
from services.metrics.use_cases.list_indicators import IndicatorView, indicators_of
from services.metrics.use_cases.read_clusters import ReadClusters


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorList:
    """A page of indicators."""

    items: list[IndicatorView]
    next: str | None
    data_label: str | None


def add(routes: APIRouter, reads: Any) -> None:  # noqa: ANN401 - a dependency
    """Add the route to the read API."""

    @routes.get("/clusters/{cluster}/indicators", summary="Indicators of one unit")
    def list_indicators(
        cluster: str,
        plan: Annotated[str | None, Query(description="Id of a plan.")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_ITEMS)] = 100,
        cursor: str | None = None,
        read: ReadClusters = reads,
    ) -> IndicatorList:
        found = indicators_of(read, *read.find(cluster, plan))
        items, after = page(found, limit, cursor)
        return IndicatorList(items=items, next=after, data_label=read.data_label)
