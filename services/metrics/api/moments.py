"""`as_of`: answers from the figures of now, or as they were known at a moment of the past."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Query

from services.metrics.use_cases.read_clusters import ReadClusters
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


def reader(
    now: ReadClusters, past: Callable[[datetime], ReadClusters], clock: Clock
) -> Callable[[str | None], ReadClusters]:
    """Dependency of routes: what to read from, by the query parameter `as_of`."""

    def read_at(as_of: AsOf = None) -> ReadClusters:
        return now if as_of is None else past(moment(as_of, clock.now()))

    return read_at
