"""`GET /api/v1/warnings`: standing lines that are odd, by token and without figures."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.ingest.adapters.warning_store import WarnedLine
from services.ingest.api.events import PROBLEMS
from services.ingest.domain.subjects import Subject
from services.ingest.domain.warnings import Warned

_MAX_ID = 2**63 - 1
Topic = Annotated[str | None, Query(description="Only from this topic.")]
Kind = Annotated[Warned | None, Query(description="Only lines with this warning.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most lines in one answer.")]
Cursor = Annotated[int, Query(ge=0, le=_MAX_ID, description="`next` of the answer before.")]
ReadWarned = Callable[[str | None, Warned | None, int, int], Sequence[WarnedLine]]
"""Lines of a topic with a warning, after a cursor, so many at most."""


class WarnedView(BaseModel):
    """A line and what is odd about it."""

    subject: str = Field(description="Token, as in the facts.")
    topic: str
    indicator: str
    period: str
    revision: int
    warnings: list[Warned]


class WarnedList(BaseModel):
    """In the order of the store."""

    items: list[WarnedView]
    next: int | None


def warnings_router(read: ReadWarned, token: Callable[[Subject], str]) -> APIRouter:
    """Plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(prefix="/api/v1", tags=["operations"])

    @router.get(
        "/warnings",
        summary="Standing lines that are odd, which is no reason to refuse them",
        responses={422: PROBLEMS[422]},
    )
    def list_warnings(
        topic: Topic = None, warning: Kind = None, limit: Limit = 200, cursor: Cursor = 0
    ) -> WarnedList:
        found = read(topic, warning, cursor, limit)
        items = [
            WarnedView(
                subject=token(line.subject),
                topic=line.topic,
                indicator=line.indicator,
                period=line.period,
                revision=line.revision,
                warnings=list(line.warnings),
            )
            for line in found
        ]
        return WarnedList(items=items, next=found[-1].id if len(found) == limit else None)

    return router
