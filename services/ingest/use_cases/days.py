"""Records by the day on which Kafka received them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from shared.clock import CHINA
from shared.events.records import Record

_DAY_MS = 24 * 3600 * 1000
_CHINA_MS = int(CHINA.utcoffset(None).total_seconds() * 1000)


def by_day(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records of each day in Beijing time, oldest day first, in their order."""
    times = [record.timestamp_ms for record in records] or [0]
    if _day(min(times)) == _day(max(times)):  # as ever, except when a backlog is read
        yield list(records)
        return
    for _, of_day in groupby(sorted(records, key=_day_of), key=_day_of):
        yield list(of_day)


def _day_of(record: Record) -> int:
    return _day(record.timestamp_ms)


def _day(timestamp_ms: int) -> int:
    return (timestamp_ms + _CHINA_MS) // _DAY_MS
