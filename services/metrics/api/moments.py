"""`as_of`: answers from the figures of now, or as they were known at a moment of the past."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends, Query

from services.metrics.use_cases.read_clusters import ReadClusters
from shared.access.gate import reader_of
from shared.access.readers import Reader
from shared.clock import CHINA, Clock
from shared.http import Problem

AsOf = Annotated[
    str | None,
    Query(
        description="Figures as they were known: to the end of a day `YYYY-MM-DD` (Beijing time) "
        "or at an RFC 3339 time, by when reports reached the broker. Default: now."
    ),
]


def moment(text: str, now: datetime) -> datetime:
    """The moment that `as_of` names. Raises `Problem` 422 where it names none, or the future."""
    try:
        found = _parsed(text)
    except ValueError as error:
        raise Problem(
            422, f"as_of: {text!r} is neither YYYY-MM-DD nor an RFC 3339 time with offset"
        ) from error
    begins = found - timedelta(days=1) if len(text) == len("YYYY-MM-DD") else found
    if begins > now:
        raise Problem(422, f"as_of: {text} is in the future")
    return min(found, now)


def _parsed(text: str) -> datetime:
    if len(text) == len("YYYY-MM-DD"):
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=1), time(), CHINA)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def present(now: ReadClusters) -> Callable[[Reader], ReadClusters]:
    """Dependency of routes: the figures of now, as far as whoever asks may see them."""

    def read_now(asker: Annotated[Reader, Depends(reader_of)]) -> ReadClusters:
        return for_reader(now, asker)

    return read_now


def reader(
    now: ReadClusters, past: Callable[[datetime], ReadClusters], clock: Clock
) -> Callable[[Reader, str | None], ReadClusters]:
    """Dependency of routes: likewise, of the moment in the query parameter `as_of`."""

    def read_at(asker: Annotated[Reader, Depends(reader_of)], as_of: AsOf = None) -> ReadClusters:
        read = now if as_of is None else past(moment(as_of, clock.now()))
        return for_reader(read, asker)

    return read_at


def for_reader(read: ReadClusters, asker: Reader) -> ReadClusters:
    """Complete figures within the scope of a reader who has that right; masked ones otherwise."""
    if not asker.complete:
        return read
    return read.seen_by(
        lambda plan, unit: asker.sees_complete(plan.id, {unit.id, unit.region, plan.city})
    )
