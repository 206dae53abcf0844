"""`GET /api/v1/subjects/{token}`: the only way from a token to a name; each look is audited."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.api.events import PROBLEM, PROBLEMS
from services.ingest.api.held_views import SPOKEN
from services.ingest.domain.subjects import SubjectKind
from shared.access.gate import reader_of
from shared.access.readers import LOCAL, Reader
from shared.http import Problem

Audit = Callable[[str, str, str], None]
"""Writes actor, action and detail down. Blocks."""


class SubjectView(BaseModel):
    """Who is behind a token."""

    token: str
    kind: str = Field(description="enterprise, project or series.")
    code: str = Field(description="Credit code, id of the project, or region and cluster.")
    name: str | None = Field(description="As the register has it; projects are not in it.")


def subjects_router(index: SubjectIndex, audit: Audit, *, allowed: bool) -> APIRouter:
    """The route; without `allowed` it answers nobody."""
    router = APIRouter(prefix="/api/v1", tags=["operations"])

    @router.get(
        "/subjects/{token}",
        summary="Who is behind a token",
        responses={
            403: {"description": "Turned off", **PROBLEM},
            404: {**PROBLEMS[404], "description": "Unknown token"},
            422: PROBLEMS[422],
        },
    )
    def show_subject(
        token: Annotated[str, Path(max_length=64, description="As in the facts.")],
        who: Annotated[str, Query(max_length=100, pattern=SPOKEN, description="Who asks.")],
        reader: Annotated[Reader, Depends(reader_of)],
    ) -> SubjectView:
        if not allowed:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "names are not told here: CLUSTERWATCH_SUBJECT_NAMES=on turns that on",
            )
        found = index.name(token)
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"no subject has the token {token!r}")
        actor = who if reader == LOCAL else reader.name
        audit(actor, "subject_named", token if who == actor else f"{token} for {who}")
        subject, name = found
        kind = SubjectKind(subject.kind).name.lower()
        return SubjectView(token=token, kind=kind, code=subject.code, name=name)

    return router
