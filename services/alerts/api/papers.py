"""Papers over HTTP: issue one, list what was issued, read one in a format."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.alerts.api.cursors import read_cursor, write_cursor
from services.alerts.api.reach import Asker
from services.alerts.domain.papers.builder import NoSuchPaperError
from services.alerts.domain.papers.formats import MEDIA_TYPES, Format
from services.alerts.domain.papers.model import Paper, PaperKind
from services.alerts.domain.papers.snapshot import Issue
from services.alerts.use_cases.issue_papers import (
    IssuePapers,
    NothingToReportError,
    UnknownPlanError,
)
from services.alerts.use_cases.read_papers import NotIssuedError, PaperShelf, PaperWish, ReadPapers
from shared.access.readers import LOCAL, Reader
from shared.events.reasons import Refused
from shared.http import Problem

PATH = "/api/v1/reports"

Kind = Annotated[PaperKind, Path(description="Kind of the paper.")]
PlanId = Annotated[
    str | None,
    Query(max_length=128, description="Id of a plan; default: the first that has figures."),
]
UnitId = Annotated[
    str | None,
    Query(max_length=128, description="Unit the paper is about; default: the plan's whole area."),
]
Period = Annotated[
    str | None,
    Query(
        max_length=16,
        description="2026-W24, 2026-05, 2026-Q2 or 2026; default: the newest issue, of a draft "
        "this week or what is due.",
    ),
]
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Without control characters, which not every store keeps."""
OpenShelf = Callable[[], AbstractContextManager[PaperShelf]]

_FILES = {MEDIA_TYPES[one]: {"schema": {"type": "string"}} for one in Format if one != "json"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The paper.",
        "content": {**_FILES, MEDIA_TYPES[Format.JSON]: {"schema": {"type": "object"}}},
    }
}


class IssueBody(BaseModel):
    """A paper to issue."""

    model_config = ConfigDict(extra="forbid")

    plan: str | None = Field(default=None, max_length=128)
    period: str | None = Field(default=None, max_length=16)
    by: Words = Field(description="Who issues it; kept with it and in the audit log.")


class IssueAnswer(BaseModel):
    """An issued paper."""

    rhythm: str
    plan: str
    period: str
    issued_at: str
    issued_by: str
    sha256: str
    """Of what was frozen."""


class IssueList(BaseModel):
    """Issued papers, newest first."""

    items: list[IssueAnswer]
    next: str | None


class Press(Protocol):
    """Makes files of papers."""

    @property
    def policy(self) -> str:
        """Content security policy to serve its pages with."""
        ...

    async def render(self, paper: Paper, kind: Format) -> bytes:
        """The paper as a file; others go on meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Papers:
    """What the routes need."""

    read: ReadPapers
    issue: IssuePapers
    look: OpenShelf
    """A transaction that only reads."""
    write: OpenShelf
    press: Press

    def issues(self, reader: Reader, kind: PaperKind | None, plan: str | None) -> list[Issue]:
        """Issued papers of plans in the reader's scope, newest first."""
        if plan is not None and not self.read.follows(plan):
            return []
        rhythm = None if kind is None else self.read.builder(kind).rhythm
        with self.look() as shelf:
            found = shelf.issues(rhythm, plan)
        plans = reader.scope.plans
        return [one for one in reversed(found) if plans is None or one.plan in plans]

    def paper(self, wish: PaperWish, reader: Reader) -> Paper:
        """A paper as the reader may see it. Blocks."""
        with self.look() as shelf:
            return self.read.paper(shelf, wish, reader)


def papers_router(papers: Papers) -> APIRouter:
    """Routes below `/api/v1/reports`."""
    router = APIRouter(prefix=PATH, tags=["papers"])
    _add_lists(router, papers)
    _add_papers(router, papers)
    return router


def _add_lists(router: APIRouter, papers: Papers) -> None:
    @router.get("", summary="Issued papers, newest first")
    def list_issues(
        reader: Asker,
        kind: PaperKind | None = None,
        plan: PlanId = None,
        next: Annotated[str | None, Query(max_length=256)] = None,  # noqa: A002 - the name of the query parameter
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> IssueList:
        start = max(0, read_cursor(next, int) or 0)
        with problems():
            found = papers.issues(reader, kind, plan)
        more = start + limit if start + limit < len(found) else None
        items = [issue_view(one) for one in found[start : start + limit]]
        return IssueList(items=items, next=write_cursor(more))

    @router.post(
        "/{kind}",
        summary="Issue a paper: what it is made from is frozen",
        status_code=201,
        responses={200: {"model": IssueAnswer, "description": "It had been issued before."}},
    )
    def issue_paper(kind: Kind, body: IssueBody, reader: Asker, response: Response) -> IssueAnswer:
        by = body.by if reader == LOCAL else f"{body.by} ({reader.name})"
        with problems(), papers.write() as shelf:
            rhythm = papers.read.builder(kind).rhythm
            plan = papers.read.plan(shelf, body.plan)
            _check_scope(reader, plan)
            period = papers.read.period(rhythm, body.period)
            issue, made = papers.issue.issue(shelf, plan, period, by)
        if not made:
            response.status_code = HTTPStatus.OK
        return issue_view(issue)


def _add_papers(router: APIRouter, papers: Papers) -> None:
    @router.get(
        "/{kind}",
        summary="A paper as it was issued, or a draft",
        response_class=Response,
        responses=_ANSWERS,
    )
    async def show_paper(
        kind: Kind,
        reader: Asker,
        *,
        plan: PlanId = None,
        unit: UnitId = None,
        period: Period = None,
        format: Annotated[Format, Query(description="Format.")] = Format.HTML,  # noqa: A002 - the name of the query parameter
        draft: Annotated[bool, Query(description="What is known now, not issued.")] = False,
    ) -> Response:
        wish = PaperWish(kind, plan, unit, period, draft)
        with problems():
            paper = await asyncio.to_thread(papers.paper, wish, reader)
        return await paper_response(papers.press, paper, format)


async def paper_response(press: Press, paper: Paper, kind: Format) -> Response:
    """A paper as a file; pages open in the browser, the others are saved."""
    body = await press.render(paper, kind)
    how = "attachment" if kind in {Format.DOCX, Format.XLSX} else "inline"
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'{how}; filename="{paper.id}.{kind}"',
        "Content-Security-Policy": press.policy,
    }
    return Response(body, media_type=MEDIA_TYPES[kind], headers=headers)


def issue_view(issue: Issue) -> IssueAnswer:
    """The API's view of an issue."""
    return IssueAnswer(
        rhythm=str(issue.rhythm),
        plan=issue.plan,
        period=issue.period,
        issued_at=issue.issued_at.isoformat(),
        issued_by=issue.issued_by,
        sha256=issue.sha256,
    )


def _check_scope(reader: Reader, plan: str) -> None:
    """An issue is about the whole plan: a scope that leaves units of it out does not issue."""
    scope = reader.scope
    if scope.units is not None or (scope.plans is not None and plan not in scope.plans):
        raise Problem(HTTPStatus.FORBIDDEN, f"your token's scope does not cover all of {plan}")


@contextmanager
def problems() -> Iterator[None]:
    """Refusals of the use cases as problem documents."""
    try:
        yield
    except UnknownPlanError as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"no plan {error.args[0]!r}") from error
    except (NotIssuedError, NoSuchPaperError) as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error
    except NothingToReportError as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from error
    except Refused as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
