"""Routes that show what did not go through: dead letters and parked lines, without contents."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import APIRouter, Query
from kafka.errors import KafkaError
from pydantic import AwareDatetime, BaseModel, Field

from services.ingest.adapters.parked import Parked
from services.ingest.api.events import PROBLEMS
from shared.events.reasons import Reason
from shared.files.mending import REMEDIES
from shared.http import Problem
from shared.messaging.cluster import KafkaCluster
from shared.messaging.dead_letters import DeadLetters, Page, StoredLetter, Wanted, read_letter

_READERS_AT_ONCE = 4
"""Each opens a connection to Kafka; others wait."""
_MAX_ID = 2**63 - 1

Since = Annotated[AwareDatetime | None, Query(description="Refused at this time or later.")]
Until = Annotated[AwareDatetime | None, Query(description="Refused before this time.")]
Limit = Annotated[
    int,
    Query(ge=1, le=1000, description="Letters looked at; filters leave fewer in the answer."),
]
Cursor = Annotated[int | None, Query(ge=0, le=_MAX_ID, description="`next` of the answer before.")]
ReadPage = Callable[[Wanted, int | None, int], Page]


class DeadLetterView(BaseModel):
    """A dead letter without its contents: see `clusterwatch dead-letters show`."""

    id: int
    refused_at: datetime
    topic: str | None
    partition: int | None
    offset: int | None
    stage: str | None
    reason: Reason | None
    remedy: str | None
    size_bytes: int


class DeadLetterList(BaseModel):
    """Newest first."""

    items: list[DeadLetterView]
    next: int | None


class ParkedView(BaseModel):
    """Lines of a topic that wait for the register event of their enterprise."""

    topic: str
    reason: str = "not_registered"
    lines: int
    enterprises: int
    oldest_at: datetime = Field(description="Broker time of the line that waits longest.")
    age_days: dict[str, int] = Field(description="Lines by the days that they have waited.")


class ParkedList(BaseModel):
    """By topic."""

    items: list[ParkedView]
    next: None = None


def read_page(kafka: KafkaCluster) -> ReadPage:
    """Pages of the dead-letter topic, newest first, a few readers at a time."""
    at_once = BoundedSemaphore(_READERS_AT_ONCE)

    def read(wanted: Wanted, before: int | None, scan: int) -> Page:
        with at_once, closing(DeadLetters(kafka)) as letters:
            return letters.newest_first(wanted, before, scan)

    return read


def read_one(kafka: KafkaCluster) -> Callable[[int], StoredLetter | None]:
    """One letter by its id, a few readers at a time."""
    at_once = BoundedSemaphore(_READERS_AT_ONCE)

    def read(number: int) -> StoredLetter | None:
        with at_once:
            return read_letter(kafka, number)

    return read


def waiting_router(read: ReadPage, parked: Callable[[], Sequence[Parked]]) -> APIRouter:
    """Plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(prefix="/api/v1", tags=["operations"])

    @router.get(
        "/dead-letters",
        summary="Refused records, newest first",
        responses={status: PROBLEMS[status] for status in (422, 503)},
    )
    def list_dead_letters(
        reason: Annotated[Reason | None, Query(description="Only this reason.")] = None,
        topic: Annotated[str | None, Query(description="Only from this topic.")] = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> DeadLetterList:
        wanted = Wanted(
            reason=reason, topic=topic, since_ms=_milliseconds(since), until_ms=_milliseconds(until)
        )
        try:
            page = read(wanted, cursor, limit)
        except (KafkaError, TimeoutError) as error:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, f"Kafka does not answer: {type(error).__name__}"
            ) from error
        return DeadLetterList(items=[_view(stored) for stored in page.letters], next=page.next)

    @router.get("/parked", summary="Lines that wait for the register, by topic and age")
    def count_parked() -> ParkedList:
        return ParkedList(
            items=[
                ParkedView(
                    topic=found.topic,
                    lines=found.lines,
                    enterprises=found.subjects,
                    oldest_at=_time(found.oldest_ms),
                    age_days=found.ages,
                )
                for found in parked()
            ]
        )

    return router


def _view(stored: StoredLetter) -> DeadLetterView:
    letter = stored.letter
    return DeadLetterView(
        id=stored.id,
        refused_at=_time(stored.at_ms),
        topic=letter.topic if letter else None,
        partition=letter.partition if letter else None,
        offset=letter.offset if letter else None,
        stage=letter.stage if letter else None,
        reason=letter.reason if letter else None,
        remedy=REMEDIES[letter.reason] if letter else None,
        size_bytes=stored.size,
    )


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
