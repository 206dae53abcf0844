"""What one reader may see of a snapshot: every figure of a paper passes here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.alerts.domain.papers.model import Masking
from services.alerts.domain.papers.snapshot import Change, Snapshot
from shared.confidentiality import EVERYTHING, Mask, Shown
from shared.confidentiality.public import complete
from shared.events.status import Status

Names = Callable[[Sequence[str]], Mapping[str, str]]
"""Names of enterprises and projects by token, as far as a reader may be told; may block."""


def no_names(_tokens: Sequence[str]) -> Mapping[str, str]:
    """For readers who are told none."""
    return {}


@dataclass(frozen=True, slots=True)
class ReaderView:
    """One reader's view; figures of units with the right to them are complete."""

    mask: Mask
    """The view of readers without the right, as it was decided when the paper was frozen."""
    covers: Callable[[str], bool]
    """Whether a unit lies in the reader's scope."""
    complete: Callable[[str], bool]
    """Whether a unit's confidential figures are shown as they are."""
    names: Names = no_names
    """Asked with tokens of units whose figures the reader sees complete, and no others."""

    def show(self, status: Status) -> Shown:
        """A status as the reader may see it."""
        return complete(status) if self.complete(status.unit) else self.mask.show(status)

    def shows(self, change: Change) -> bool:
        """Whether a correction may be shown."""
        return self.covers(change.unit) and (
            change.public or self.mask.suppression is None or self.complete(change.unit)
        )

    def before(self, snapshot: Snapshot) -> "ReaderView":
        """The view of what the issue before said: by its own decision about hidden cells."""
        hidden = None if snapshot.before is None else snapshot.before.hidden
        mask = EVERYTHING if hidden is None else hidden.mask
        return ReaderView(mask, self.covers, self.complete)

    def masking(self, units: Sequence[str]) -> Masking:
        """What a paper about these units is to this reader."""
        if self.mask.suppression is None or all(map(self.complete, units)):
            return Masking.INTERNAL
        return Masking.MASKED


def mask_of(snapshot: Snapshot) -> Mask:
    """The view of readers without the right, as it was decided when the paper was frozen."""
    return EVERYTHING if snapshot.hidden is None else snapshot.hidden.mask


def internal_view(snapshot: Snapshot) -> ReaderView:
    """Everything: for golden files and checks."""
    return ReaderView(mask_of(snapshot), lambda _unit: True, lambda _unit: True)


def public_view(snapshot: Snapshot) -> ReaderView:
    """Every unit, with confidential figures hidden."""
    return ReaderView(mask_of(snapshot), lambda _unit: True, lambda _unit: False)
