"""Keeps the decision about hidden cells up to date with a store of statuses."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Protocol

from shared.confidentiality.hierarchy import hierarchy_of
from shared.confidentiality.primary import ConfidentialityLimits
from shared.confidentiality.public import EVERYTHING, Mask
from shared.confidentiality.suppression import Suppressor
from shared.events.status import Status
from shared.plans import Plan


class ChangedStatuses(Protocol):
    """A view of a store of statuses that knows roughly when each was stored."""

    def changed_since(self, mark: int, known: Mapping[str, int]) -> Iterable[tuple[int, Status]]:
        """Statuses stored after `mark`, each with its own mark.

        Not those whose version by key is `known`.
        """
        ...


class Masking:
    """The mask of readers without the right; one decision serves all of them.

    Thread-safe. Only statuses that changed are read, and only what they touch is decided again.
    `overlap`: marks are times, and a transaction may commit so much after one that began later.
    """

    def __init__(
        self, plans: Iterable[Plan], limits: ConfidentialityLimits | None, overlap: int = 0
    ) -> None:
        self._hierarchy = hierarchy_of(plans)
        self._limits = limits
        self._overlap = overlap
        self._suppressor = None if limits is None else Suppressor(self._hierarchy, limits)
        self._versions: dict[str, int] = {}
        self._newest = -1
        self._lock = Lock()

    def of(self, store: ChangedStatuses) -> Mask:
        """The mask as the store stands; shows everything where masking is off."""
        if self._suppressor is None:
            return EVERYTHING
        with self._lock:
            since = self._newest - self._overlap
            for mark, changed in store.changed_since(since, self._versions):
                self._suppressor.put([changed])
                self._versions[changed.key] = changed.version
                self._newest = max(self._newest, mark)
            return Mask(self._suppressor.decision())

    def of_past(self, store: ChangedStatuses, past: Iterable[Status]) -> Mask:
        """Hides what is hidden today, and what had to be hidden when these statuses were true.

        Both, because today's figures and the past's can be held against each other. What is hidden
        today protects the secrets of then first, so that seldom anything more is hidden.
        """
        mask = self.of(store)
        if self._limits is None or mask.suppression is None:
            return mask
        then = Suppressor(self._hierarchy, self._limits, standing=mask.suppression)
        then.put(past)
        return Mask(mask.suppression.also(then.decision()))
