"""What this process has changed in the store since an assessment last looked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from services.metrics.domain.standing import Standing
from services.metrics.ports.positions import Place, Position, Positions

_MOST = 20_000
"""Changed facts that are remembered, as they were and as they are; beyond them it is cheaper to
read everything again."""


_UNKNOWN = Position(-1, -1)


@dataclass(frozen=True, slots=True)
class Changed:
    """Facts that changed, by packed key; both have the same keys."""

    former: dict[int, Standing | None] = field(default_factory=dict)
    """As they stood before; None where there was none."""
    now: dict[int, Standing] = field(default_factory=dict)
    """As they stand after it."""


@dataclass(frozen=True, slots=True)
class _Batch:
    starts: Positions
    ends: Positions
    changed: Changed


def _together(batches: Sequence[_Batch]) -> Changed:
    """What batches have changed one after the other."""
    whole = Changed()
    for batch in batches:
        whole.now.update(batch.changed.now)
    for batch in reversed(batches):
        whole.former.update(batch.changed.former)
    return whole


class Changes:
    """Batches of facts that were stored, or are about to be, each with the positions it ends at.

    A view of the store shows some of them: those up to the one whose end it stands at. Whatever
    else moved a position (another replica, a new claim, a batch of which nobody knows whether it
    was committed) makes that unknown, and `seen_by` says so.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._batches: list[_Batch] = []
        self._remembered = 0
        self._tail: dict[Place, Position] = {}
        """Where the newest batch of each partition ends."""
        self._seen: Positions | None = None
        """Where the last view stood."""
        self._open = False

    def prepared(self, ends: Positions, changed: Changed) -> None:
        """A batch is about to be committed; called inside its transaction."""
        with self._lock:
            if self._open:  # the one before may have been stored or not
                self._forget()
                self._tail = dict.fromkeys(self._tail, _UNKNOWN)
            starts = {place: self._tail[place] for place in ends if place in self._tail}
            self._tail |= ends
            self._remembered += len(changed.now)
            if self._remembered > _MOST:
                self._forget()  # what comes now does not begin where a view has stood
            else:
                self._batches.append(_Batch(starts, ends, changed))
            self._open = True

    def committed(self) -> None:
        """The last batch that was prepared is stored."""
        with self._lock:
            self._open = False

    def seen_by(self, view: Positions) -> Changed | None:
        """What changed between the last view and this one; None: not known.

        The next call starts from this view.
        """
        with self._lock:
            number = self._batches_between(self._seen, view)
            self._seen = dict(view)
            if number is None:
                self._forget()
                return None
            seen, self._batches = self._batches[:number], self._batches[number:]
            self._remembered -= sum(len(batch.changed.now) for batch in seen)
        return _together(seen)

    def _batches_between(self, last: Positions | None, view: Positions) -> int | None:
        """How many batches lead from the last view to this one; None: not they alone."""
        if not view or last is None or last.keys() != view.keys():
            return None
        stands = dict(last)
        for number, batch in enumerate([_Batch({}, {}, Changed()), *self._batches]):
            if not _follows(stands, batch):
                return None
            stands |= {place: end for place, end in batch.ends.items() if place in stands}
            if stands == view:
                return number
        return None

    def _forget(self) -> None:
        self._batches, self._remembered = [], 0


def _follows(stands: Positions, batch: _Batch) -> bool:
    """Whether nothing lies between these positions and a batch, as far as they go."""
    return all(
        stands[place].epoch == end.epoch and stands[place] == batch.starts.get(place, stands[place])
        for place, end in batch.ends.items()
        if place in stands
    )
