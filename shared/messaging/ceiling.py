"""Ceiling of dead letters: a topic whose records are nearly all bad is stopped, not emptied.

One bad record goes to the dead letters and its neighbours go on. When nearly everything is bad the
fault lies elsewhere - a release of the source, a setting of ours - and going on would only move
the whole topic to where nobody counts it. Such a topic stays unread until somebody looks.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a topic may be bad."""

    share: float
    """Above this part of the window a topic stops; 1 never stops one."""
    window: int
    """Records of a topic that are looked at; fewer decide nothing."""


@dataclass(slots=True)
class _Recent:
    """The newest batches of a topic, as (records, refused), and their sums."""

    batches: deque[tuple[int, int]] = field(default_factory=deque)
    records: int = 0
    refused: int = 0

    def add(self, records: int, refused: int, window: int) -> None:
        """Remember a batch; forget what the window does not need any more."""
        self.batches.append((records, refused))
        self.records += records
        self.refused += refused
        while self.batches and self.records - self.batches[0][0] >= window:
            oldest = self.batches.popleft()
            self.records -= oldest[0]
            self.refused -= oldest[1]


@dataclass(slots=True)
class Ceiling:
    """What this process has seen of each topic since it started.

    Kept in memory on purpose: a start is how somebody says that the cause is mended, and lets no
    more than one further window of bad records through where it is not.
    """

    limit: Limit
    stopped: dict[str, str] = field(default_factory=dict)
    """By topic, why."""
    _recent: dict[str, _Recent] = field(default_factory=dict)

    def observe(self, records: Mapping[str, int], refused: Mapping[str, int]) -> None:
        """Account for a stored batch: numbers of its records, and of those refused, by topic."""
        for topic, number in records.items():
            recent = self._recent.setdefault(topic, _Recent())
            recent.add(number, refused.get(topic, 0), self.limit.window)
            full = recent.records >= self.limit.window
            if full and recent.refused > self.limit.share * recent.records:
                self.stopped.setdefault(
                    topic, f"{recent.refused} of the last {recent.records} records were refused"
                )

    def reason(self) -> str | None:
        """What is stopped and why; None while everything is read."""
        if not self.stopped:
            return None
        return "; ".join(f"{topic} is stopped: {why}" for topic, why in self.stopped.items())
