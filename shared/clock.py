"""Time as a dependency: decisions get `now` passed in, adapters ask a clock."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8))
"""Time of the reports, their deadlines and their days; without daylight saving."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Current time, aware, in UTC."""
        return datetime.now(UTC)


class Moment:
    """A clock that stands at one moment, for views of the past."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """That moment."""
        return self._at


def from_milliseconds(timestamp_ms: int) -> datetime:
    """Broker timestamp (milliseconds since 1970) as an aware time in UTC."""
    return datetime.fromtimestamp(timestamp_ms / 1000, tz=UTC)
