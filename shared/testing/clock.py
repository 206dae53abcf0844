"""Clocks that stand still until they are told to move, or run from a given time."""

import time
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


class RunningClock(FixedClock):
    """Runs as fast as the real one, from another time; for servers that work with pauses."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._started = time.monotonic()

    def now(self) -> datetime:
        """The start plus what has passed since."""
        return super().now() + timedelta(seconds=time.monotonic() - self._started)
