"""Published months over HTTP: publish one, read it as it was, list what was corrected since."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StringConstraints

from services.metrics.api.models import ClusterList
from services.metrics.use_cases.publications import (
    AlreadyPublished,
    Correction,
    Publication,
    Publications,
)
from services.metrics.use_cases.read_clusters import ReadClusters, Selection
from shared.events.period import Month
from shared.http import Problem

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
PlanId = Annotated[str, Path(description="Id of a plan.")]
Period = Annotated[str, Path(description="Reporting period YYYY-MM.")]


class NewPublication(BaseModel):
    """A month to publish."""

    plan: str = Field(description="Id of the plan.")
    period: str = Field(description="Reporting period YYYY-MM.")
    by: Words = Field(description="Who publishes it; goes into the audit log.")
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        default="", description="A remark, such as the number of the bulletin."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationList:
    """Published months, newest first."""

    items: list[Publication]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionList:
    """What reads differently now than it did when the month was published."""

    publication: Publication
    items: list[Correction]


def router(publications: Publications, reads: Any) -> APIRouter:  # noqa: ANN401 - a dependency
    """Routes below `/api/v1/publications`."""
    routes = APIRouter(prefix="/api/v1/publications", tags=["publications"])

    @routes.get("", summary="Published months, newest first")
    def list_publications(plan: str | None = None) -> PublicationList:
        return PublicationList(items=publications.all(plan))

    @routes.post("", summary="Publish a month: its figures stay as they are now", status_code=201)
    def publish_month(body: NewPublication, read: ReadClusters = reads) -> Publication:
        plan, period = read.plan(body.plan), Month.parse_reporting(body.period)
        try:
            return publications.publish(read, plan, period, body.by, body.note)
        except AlreadyPublished as error:
            known = error.publication
            raise Problem(
                409,
                f"{known.period} of {known.plan} was published on {known.published_at} by "
                f"{known.actor}; corrections are listed under /api/v1/publications",
            ) from error

    @routes.get("/{plan}/{period}", summary="Units of a plan as they were published")
    def show_published(plan: PlanId, period: Period, read: ReadClusters = reads) -> ClusterList:
        of_plan, month = read.plan(plan), Month.parse_reporting(period)
        publication = publications.find(of_plan, month)
        then = publications.as_published(read, publication)
        views = then.clusters(of_plan, Selection(month))
        return ClusterList(items=views, next=None, data_label=read.data_label)

    @routes.get("/{plan}/{period}/corrections", summary="What was corrected since")
    def show_corrections(
        plan: PlanId, period: Period, read: ReadClusters = reads
    ) -> CorrectionList:
        of_plan = read.plan(plan)
        publication = publications.find(of_plan, Month.parse_reporting(period))
        found = publications.corrections(read, of_plan, publication)
        return CorrectionList(publication=publication, items=found)

    return routes
