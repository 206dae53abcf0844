"""`POST /api/v1/events/{topic}`: for systems that cannot speak Kafka."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from services.ingest.api.bodies import JSON, NDJSON, media_type, read_body, split_items
from services.ingest.domain.reading import CONSUMED_TOPICS
from services.ingest.ports import Inbox, KafkaUnavailableError, Outgoing
from services.ingest.telemetry import HttpCounts
from services.ingest.use_cases.accept import CheckEvents
from shared.access.gate import reader_of
from shared.access.readers import Reader
from shared.events.reasons import Reason, Refused
from shared.http import Problem

_RETRY_AFTER = "5"


class ItemOutcome(BaseModel):
    """What became of one event."""

    index: int = Field(description="Place in the request, from 0; blank lines do not count.")
    outcome: Literal["accepted", "refused"] = Field(
        description="Accepted: all in-sync replicas of Kafka have it. Refused: it was not sent."
    )
    reason: Reason | None = None
    field: str | None = None
    detail: str | None = None


class Outcomes(BaseModel):
    """Body of the answer 207."""

    accepted: int
    refused: int
    items: list[ItemOutcome]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            NDJSON: {"schema": {"type": "string", "description": "One event per line."}},
            JSON: {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}
PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"type": "object"}}},
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body cannot be read", **PROBLEM},
    404: {"description": "No such topic", **PROBLEM},
    413: {"description": "The body is too large", **PROBLEM},
    415: {"description": "The body is of another type", **PROBLEM},
    422: {"description": "A parameter is not allowed", **PROBLEM},
    503: {"description": "Kafka does not acknowledge; send the same again later", **PROBLEM},
}


def events_router(
    check: CheckEvents, inbox: Inbox, counts: HttpCounts, *, body_limit: int, item_limit: int
) -> APIRouter:
    """The route with its collaborators and limits (bytes and events per request)."""
    router = APIRouter(prefix="/api/v1", tags=["intake"])

    @router.post(
        "/events/{topic}",
        status_code=HTTPStatus.MULTI_STATUS,
        summary="Send events to an input topic",
        openapi_extra=_BODY,
        responses=PROBLEMS,
        response_model_exclude_none=True,
    )
    async def send_events(
        topic: Annotated[str, Path(description="Input topic, such as stats.output.v1.")],
        request: Request,
        reader: Annotated[Reader, Depends(reader_of)],
    ) -> Outcomes:
        if topic not in CONSUMED_TOPICS:
            known = list(CONSUMED_TOPICS)
            raise Problem(
                HTTPStatus.NOT_FOUND,
                f"no input topic {topic!r}; the known ones are {', '.join(known)}",
                topics=known,
            )
        body = await read_body(request, body_limit)
        items = split_items(media_type(request), body, item_limit)
        sends_for = reader.scope.sends_for
        checked = await asyncio.to_thread(lambda: list(check.all(topic, items, sends_for)))
        await deliver(inbox, [item for item in checked if isinstance(item, Outgoing)])
        counts.took(topic, checked)
        return _answer(checked)

    return router


async def deliver(inbox: Inbox, events: Sequence[Outgoing]) -> None:
    """Send to Kafka. Raises `Problem` 503 when it does not acknowledge all of them."""
    try:
        await inbox.send(events)
    except KafkaUnavailableError as error:
        problem = Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Kafka did not acknowledge all events; send the same request again: "
            "what has arrived counts as a duplicate",
        )
        problem.headers = {"Retry-After": _RETRY_AFTER}
        raise problem from error


def _answer(checked: Sequence[Outgoing | Refused]) -> Outcomes:
    items = [_outcome(index, item) for index, item in enumerate(checked)]
    refused = sum(item.outcome == "refused" for item in items)
    return Outcomes(accepted=len(items) - refused, refused=refused, items=items)


def _outcome(index: int, item: Outgoing | Refused) -> ItemOutcome:
    if isinstance(item, Outgoing):
        return ItemOutcome(index=index, outcome="accepted")
    return ItemOutcome(
        index=index, outcome="refused", reason=item.reason, field=item.field, detail=item.detail
    )
