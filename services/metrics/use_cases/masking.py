"""Keeps the decision about hidden cells up to date with the stored statuses."""

from collections.abc import Iterable
from threading import Lock

from services.metrics.ports import StatusReader
from shared.confidentiality import (
    EVERYTHING,
    ConfidentialityLimits,
    Hierarchy,
    Mask,
    Suppressor,
    hierarchy_of,
)
from shared.events.status import Status
from shared.plans import Plan

_OVERLAP = 60_000_000
"""Versions are microseconds: a transaction may commit this much after one that began later."""


class Masking:
    """The mask of readers without the right; one decision serves all of them.

    Thread-safe. Only statuses that changed are read, and only what they touch is decided again.
    """

    def __init__(self, plans: Iterable[Plan], limits: ConfidentialityLimits | None) -> None:
        self._hierarchy: Hierarchy = hierarchy_of(plans)
        self._limits = limits
        self._suppressor = None if limits is None else Suppressor(self._hierarchy, limits)
        self._versions: dict[str, int] = {}
        self._newest = 0
        self._lock = Lock()

    def of(self, reader: StatusReader) -> Mask:
        """The mask for what a reader of the store sees; shows everything where masking is off."""
        if self._suppressor is None:
            return EVERYTHING
        with self._lock:
            for version, changed in reader.changed_since(self._newest - _OVERLAP, self._versions):
                self._suppressor.put([changed])
                self._versions[changed.key] = version
                self._newest = max(self._newest, version)
            return Mask(self._suppressor.decision())

    def of_past(self, reader: StatusReader, past: Iterable[Status]) -> Mask:
        """Hides what is hidden today, and what had to be hidden when these statuses were true."""
        mask = self.of(reader)
        if self._limits is None or mask.suppression is None:
            return mask
        then = Suppressor(self._hierarchy, self._limits)
        then.put(past)
        return Mask(mask.suppression.also(then.decision()))
