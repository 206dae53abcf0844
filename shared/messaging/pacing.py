"""How long records may gather before the next batch is taken."""

from typing import Protocol

_SECONDS = 0.1


class Pace(Protocol):
    """Decides how long to rest."""

    def __call__(self, taken: int, waiting: int, batch_size: int, /) -> float:
        """Seconds to rest after a batch, as in `rest_after`."""


def rest_after(taken: int, waiting: int, batch_size: int) -> float:
    """Seconds to rest after a batch of `taken` records.

    A small batch costs nearly what a large one does. So while records trickle there are ten batches
    a second at most; a lone record finds the rest over. With a batch full, or a batch `waiting`,
    there is none.
    """
    return 0.0 if taken >= batch_size or waiting >= batch_size else _SECONDS
