"""A clock that stands still until it is told to move."""

from datetime import datetime, timedelta


class FixedClock:
    """Virtual time for tests."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The time that was set last."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._now += by
