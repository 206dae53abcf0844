"""Routes of held reports: list, show, confirm, reject; who waits for the register; who is who."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from services.ingest.adapters.held_desk import HeldDesk
from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.api.events import PROBLEMS
from services.ingest.api.held_views import (
    MAX_ID,
    Decided,
    DecisionBody,
    HeldDetail,
    HeldList,
    HeldState,
    decision_view,
    held_detail,
    held_view,
)
from services.ingest.ports import LineKey, Tokens
from services.ingest.use_cases.decide import NotDecidedError, Request
from shared.access.gate import reader_of
from shared.access.readers import LOCAL, Reader
from shared.events.decisions import DecisionVerdict
from shared.events.period import Month
from shared.events.reasons import Refused
from shared.http import Problem

Asker = Annotated[Reader, Depends(reader_of)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most of them in one answer.")]
Cursor = Annotated[int, Query(ge=0, le=MAX_ID, description="`next` of the answer before.")]
Id = Annotated[
    str, Path(max_length=300, description="As listed: token.indicator.period, joined by dots.")
]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {**PROBLEMS[404], "description": "Unknown"},
    422: PROBLEMS[422],
}
_DECISION = {
    **_NOT_FOUND,
    409: {**PROBLEMS[404], "description": "There is nothing to decide"},
}


class WaitingView(BaseModel):
    """An enterprise whose reports wait for its register event."""

    subject: str = Field(description="Token, as in the facts.")
    topic: str
    lines: int
    first_period: str
    last_period: str


class WaitingList(BaseModel):
    """In the order in which they first came."""

    items: list[WaitingView]
    next: int | None


def held_router(desk: HeldDesk, index: SubjectIndex, tokens: Tokens) -> APIRouter:
    """Plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(prefix="/api/v1", tags=["held reports"])

    @router.get("/held", summary="Reports that are kept back", responses={422: PROBLEMS[422]})
    def list_held(
        state: Annotated[HeldState, Query(description="Which ones.")] = HeldState.WAITING,
        limit: Limit = 200,
        cursor: Cursor = 0,
    ) -> HeldList:
        found = desk.page(state.states, cursor, limit)
        items = [held_view(held, tokens.token(held.stored.line.subject)) for held in found]
        return HeldList(items=items, next=found[-1].number if len(found) == limit else None)

    @router.get("/held/{id}", summary="A report, and what speaks against it", responses=_NOT_FOUND)
    def show_held(id: Id) -> HeldDetail:  # noqa: A002 - the name in the path
        found = desk.find(line_key(index, id))
        if found is None:
            raise _unknown(id)
        held, decisions = found
        token = tokens.token(held.stored.line.subject)
        return held_detail(held, token, [decision_view(past) for past in decisions])

    _add_decisions(router, desk, index)
    _add_waiting(router, desk, tokens)
    return router


def _add_decisions(router: APIRouter, desk: HeldDesk, index: SubjectIndex) -> None:
    @router.post(
        "/held/{id}/confirm",
        status_code=HTTPStatus.ACCEPTED,
        summary="The reported figures are right: let them count",
        responses=_DECISION,
    )
    def confirm(id: Id, body: DecisionBody, reader: Asker) -> Decided:  # noqa: A002 - likewise
        return decide(id, body, reader, DecisionVerdict.CONFIRMED)

    @router.post(
        "/held/{id}/reject",
        status_code=HTTPStatus.ACCEPTED,
        summary="The reported figures are wrong: keep them out until another revision comes",
        responses=_DECISION,
    )
    def reject(id: Id, body: DecisionBody, reader: Asker) -> Decided:  # noqa: A002 - likewise
        return decide(id, body, reader, DecisionVerdict.REJECTED)

    def decide(
        held_id: str, body: DecisionBody, reader: Reader, verdict: DecisionVerdict
    ) -> Decided:
        key = line_key(index, held_id)
        request = Request(verdict, body.who.strip(), body.why.strip(), body.revision)
        actor = request.who if reader == LOCAL else reader.name
        try:
            decision = desk.decide(key, request, actor)
        except NotDecidedError as error:
            raise Problem(HTTPStatus.CONFLICT, f"{held_id}: {error}") from error
        return Decided(
            id=held_id,
            decision_id=decision.decision_id,
            verdict=decision.verdict,
            revision=decision.revision,
        )


def _add_waiting(router: APIRouter, desk: HeldDesk, tokens: Tokens) -> None:
    @router.get(
        "/parked/subjects",
        summary="Enterprises whose reports wait for the register",
        responses={422: PROBLEMS[422]},
    )
    def list_waiting(limit: Limit = 200, cursor: Cursor = 0) -> WaitingList:
        found = desk.waiting(cursor, limit)
        items = [
            WaitingView(
                subject=tokens.token(each.subject),
                topic=each.topic,
                lines=each.lines,
                first_period=str(each.first),
                last_period=str(each.last),
            )
            for each in found
        ]
        return WaitingList(items=items, next=found[-1].number if len(found) == limit else None)


def line_key(index: SubjectIndex, held_id: str) -> LineKey:
    """The line of an id. Raises `Problem` 404 for what cannot be one."""
    token, _, rest = held_id.partition(".")
    indicator, _, period = rest.rpartition(".")
    subject = index.find(token)
    if subject is None:
        raise _unknown(held_id)
    try:
        return LineKey(subject, indicator, Month.parse(period))
    except Refused as refusal:
        raise _unknown(held_id) from refusal


def _unknown(held_id: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND, f"there is no report {held_id!r}; GET /api/v1/held lists those held"
    )
