"""Routes of one dead letter: show why it was refused and what it said, mend it, replay it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from kafka.errors import KafkaError
from pydantic import BaseModel, Field

from services.ingest.api.events import PROBLEMS, deliver
from services.ingest.api.held_views import MAX_ID, Who, Why
from services.ingest.ports import Inbox
from services.ingest.use_cases.replay import NotReplayed, PrepareReplay
from shared.access.gate import reader_of
from shared.access.readers import LOCAL, Reader
from shared.events.reasons import Reason
from shared.files.mending import REMEDIES
from shared.http import Problem
from shared.messaging.dead_letters import StoredLetter

_MAX_SHOWN = 1_048_576
_MAX_VALUE = 1_048_576

ReadLetter = Callable[[int], StoredLetter | None]
"""Blocks; raises kafka.errors.KafkaError or `TimeoutError`."""
Audit = Callable[[str, str, str], None]
"""Writes actor, action and detail down. Blocks."""
Asker = Annotated[Reader, Depends(reader_of)]
Id = Annotated[int, Path(ge=0, le=MAX_ID, description="As listed.")]

_RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {**PROBLEMS[404], "description": "No such letter"},
    422: PROBLEMS[422],
    503: {**PROBLEMS[503], "description": "Kafka does not answer"},
}
_SENDING = {**_RESPONSES, 409: {**PROBLEMS[404], "description": "It would be refused again"}}


class LetterDetail(BaseModel):
    """A refused record with its reason, as it came."""

    id: int
    refused_at: datetime
    topic: str | None
    partition: int | None
    offset: int | None
    stage: str | None
    reason: Reason | None
    message: str | None = Field(description="Field and detail of the refusal.")
    remedy: str | None
    key: str | None
    value: str | None = Field(
        description=f"The first {_MAX_SHOWN} bytes; what is not UTF-8 is written as escapes."
    )
    size_bytes: int
    headers: list[str] = Field(description="Names of the record's own headers.")


class ReplayBody(BaseModel):
    """Who sends it again, and why."""

    who: Who
    why: Why


class MendBody(ReplayBody):
    """The value that should have been sent."""

    value: str = Field(
        min_length=1,
        max_length=_MAX_VALUE,
        description="The event as JSON text, so that its numbers stay exact.",
    )


class Replayed(BaseModel):
    """Kafka has it; sending it once more is harmless."""

    id: int
    topic: str


def letters_router(
    read: ReadLetter, prepare: PrepareReplay, inbox: Inbox, audit: Audit
) -> APIRouter:
    """The routes; the letter itself stays in its topic, whatever is done about it."""
    router = APIRouter(prefix="/api/v1/dead-letters", tags=["operations"])

    @router.get("/{id}", summary="One refused record, with its contents", responses=_RESPONSES)
    def show_letter(id: Id) -> LetterDetail:  # noqa: A002 - the name in the path
        return _detail(_read(read, id))

    @router.post("/{id}/replay", summary="Send it again as it was", responses=_SENDING)
    async def replay(id: Id, body: ReplayBody, reader: Asker) -> Replayed:  # noqa: A002 - likewise
        return await send(id, None, body, reader)

    @router.post("/{id}/mend", summary="Send a corrected value in its place", responses=_SENDING)
    async def mend(id: Id, body: MendBody, reader: Asker) -> Replayed:  # noqa: A002 - likewise
        return await send(id, body.value.strip().encode(errors="replace"), body, reader)

    async def send(letter: int, value: bytes | None, body: ReplayBody, reader: Reader) -> Replayed:
        stored = await asyncio.to_thread(_read, read, letter)
        prepared = await asyncio.to_thread(prepare, stored, value)
        if isinstance(prepared, NotReplayed):
            raise Problem(HTTPStatus.CONFLICT, f"letter {letter}: {prepared.why}")
        await deliver(inbox, [prepared.record])
        actor = body.who if reader == LOCAL else reader.name
        action = "dead_letter_replayed" if value is None else "dead_letter_mended"
        detail = f"letter {letter} to {prepared.record.topic}: {body.why}"
        await asyncio.to_thread(audit, actor, action, detail)
        return Replayed(id=letter, topic=prepared.record.topic)

    return router


def _read(read: ReadLetter, number: int) -> StoredLetter:
    try:
        stored = read(number)
    except (KafkaError, TimeoutError) as error:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, f"Kafka does not answer: {type(error).__name__}"
        ) from error
    if stored is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no dead letter {number}")
    return stored


def _detail(stored: StoredLetter) -> LetterDetail:
    letter = stored.letter
    return LetterDetail(
        id=stored.id,
        refused_at=datetime.fromtimestamp(stored.at_ms / 1000, UTC),
        topic=letter.topic if letter else None,
        partition=letter.partition if letter else None,
        offset=letter.offset if letter else None,
        stage=letter.stage if letter else None,
        reason=letter.reason if letter else None,
        message=letter.message if letter else None,
        remedy=REMEDIES[letter.reason] if letter else None,
        key=_text(stored.key),
        value=_text(stored.value),
        size_bytes=stored.size,
        headers=[name for name, _ in stored.headers],
    )


def _text(data: bytes | None) -> str | None:
    return None if data is None else data[:_MAX_SHOWN].decode("utf-8", errors="backslashreplace")
