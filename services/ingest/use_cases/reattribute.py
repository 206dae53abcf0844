"""A changed plan reaches what was reported before: all subjects are attributed anew, in pieces."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

import msgspec

from services.ingest.domain.holds import Limits
from services.ingest.domain.subjects import Subject
from services.ingest.ports import Store
from services.ingest.use_cases.ingest import IngestBatch
from shared.plans import Plan

PIECE = 100
"""Subjects in one transaction, so that reports that arrive meanwhile wait for a moment only."""


class Progress(msgspec.Struct, frozen=True):
    """How far the attribution by the followed plans has come."""

    plans: str
    """Digest of the plans by which subjects are attributed."""
    after: int | None
    """Greatest subject number that is done; None when all are."""


class Subjects(Protocol):
    """The subjects of a store, and how far they have been attributed anew."""

    def progress(self) -> Progress | None:
        """What was saved last; locks it until the transaction ends. None on a new store."""
        ...

    def save_progress(self, progress: Progress) -> None:
        """Remember how far it has come."""
        ...

    def after(self, number: int, limit: int) -> Sequence[tuple[int, Subject]]:
        """Subjects with greater numbers, in order."""
        ...


def plans_digest(plans: Sequence[Plan]) -> str:
    """Changes whenever a unit, a membership rule, an indicator or a date of a plan does."""
    content = [(p.id, str(p.effective_from), p.units, p.indicators) for p in plans]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _digest(plans: Sequence[Plan], limits: Limits) -> str:
    return hashlib.sha256(f"{plans_digest(plans)} {limits}".encode()).hexdigest()


class Reattribute:
    """Sends the difference that other plans make for lines and register entries that stand."""

    def __init__(
        self, use_case: IngestBatch, plans: Sequence[Plan], limits: Limits | None = None
    ) -> None:
        self._use_case = use_case
        # Other limits may hold other lines, so they too lead to a new look at everything.
        self._digest = plans_digest(plans) if limits is None else _digest(plans, limits)

    def step(self, store: Store, subjects: Subjects) -> bool:
        """Do one piece in one transaction; false when there is nothing left to do."""
        known = subjects.progress()
        if known is not None and known.plans == self._digest and known.after is None:
            return False
        begun = known.after if known is not None and known.plans == self._digest else None
        piece = subjects.after(begun or 0, PIECE)
        if piece:
            self._use_case.reconsider(store, {subject for _, subject in piece})
        after = piece[-1][0] if len(piece) == PIECE else None
        subjects.save_progress(Progress(self._digest, after))
        return after is not None
