"""How long records may gather before the next batch is taken."""

from typing import Protocol

_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.1, 0.2


class Pace(Protocol):
    """Decides how long to rest."""

    def __call__(self, taken: int, waiting: int, batch_size: int, seconds: float, /) -> float:
        """Seconds to rest after a batch, as in `rest_after`."""


def rest_after(taken: int, waiting: int, batch_size: int, seconds: float) -> float:
    """Seconds to rest after a batch of `taken` records that took so many seconds.

    A small batch costs nearly what a large one does. So while records trickle there are ten batches
    a second at most, and half of the time is left to the other processes of a busy machine; a lone
    record finds the rest over. With a batch full, or a batch `waiting`, there is none.
    """
    if taken >= batch_size or waiting >= batch_size:
        return 0.0
    return min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
