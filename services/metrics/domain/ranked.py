"""Amounts by size, of which only the largest are remembered."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from heapq import nsmallest

from shared.confidentiality import ConfidentialityLimits

_KEPT = 16
"""The largest amounts that are remembered; two are looked at."""
_LOOKED_AT = 2


class Ranked:
    """Amounts by size, then by token: number, sum, and the largest while others come and go."""

    __slots__ = ("_top", "count", "total")

    def __init__(self, entries: Sequence[tuple[int, str]]) -> None:
        """`entries`: the negative of each size, and its token."""
        self.count = len(entries)
        self.total = -sum([size for size, _ in entries])
        self._top = nsmallest(_KEPT, entries)

    def add(self, size: int, token: str) -> None:
        """One more; a token comes once."""
        whole = len(self._top) == self.count
        self.count += 1
        self.total += size
        entry = (-size, token)
        # All that is not in the list stands behind its last entry.
        if whole or (self._top and entry < self._top[-1]):
            insort(self._top, entry)
            del self._top[_KEPT:]

    def remove(self, size: int, token: str) -> None:
        """One less, that was added."""
        self.count -= 1
        self.total -= size
        entry = (-size, token)
        if self._top and entry <= self._top[-1]:
            del self._top[bisect_left(self._top, entry)]

    def replace(self, old: int | None, new: int | None, token: str) -> None:
        """Another size of the same token; None: it is not, or not any more, among them."""
        if old is not None and new is not None and self._top and -max(old, new) > self._top[-1][0]:
            self.total += new - old  # it was not in the list, and is not now
            return
        if old is not None:
            self.remove(old, token)
        if new is not None:
            self.add(new, token)

    @property
    def is_short(self) -> bool:
        """Whether so many of the largest are gone that the next ones are not known."""
        return len(self._top) < min(_LOOKED_AT, self.count)

    @property
    def largest(self) -> tuple[int, str]:
        """Size and token of the largest; of equal ones the least token."""
        size, token = self._top[0]
        return -size, token

    def is_confidential(self, limits: ConfidentialityLimits) -> bool:
        """Whether publishing the sum would give a contributor away (see `primary`)."""
        if self.count == 0 or self.count < limits.min_contributors:
            return self.count > 0
        sizes = [-size for size, _ in self._top[:_LOOKED_AT]]
        return self.total > 0 and (
            sizes[0] > limits.max_largest * self.total
            or sum(sizes) > limits.max_two_largest * self.total
        )

    def is_of_few(self, limits: ConfidentialityLimits) -> bool:
        """The same of what is zero where nothing happened."""
        return self.total > 0 and self.is_confidential(limits)
