"""Records by the day on which Kafka received them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from shared.clock import CHINA, from_milliseconds
from shared.events.records import Record


def by_day(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records of each day in Beijing time, oldest day first, in their order."""
    first, last = (f(r.timestamp_ms for r in records) for f in (min, max)) if records else (0, 0)
    if _day(first) == _day(last):  # as ever, except when a backlog is read
        yield list(records)
        return
    for _, of_day in groupby(sorted(records, key=_day_of), key=_day_of):
        yield list(of_day)


def _day_of(record: Record) -> int:
    return _day(record.timestamp_ms)


def _day(timestamp_ms: int) -> int:
    return from_milliseconds(timestamp_ms).astimezone(CHINA).toordinal()
