"""Queues simulated arrival by arrival from a seed, to try what the formulas and the page say.

Times are seconds.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapreplace
from itertools import accumulate
from typing import NamedTuple


class Stretch(NamedTuple):
    """So many seconds with this mean rate of arrivals a second."""

    seconds: float
    rate: float


def arrivals(rng: random.Random, stretches: Sequence[Stretch]) -> Iterator[float]:
    """Poisson arrivals, one rate after the other."""
    ends = list(accumulate(stretch.seconds for stretch in stretches))
    work = list(accumulate((s.seconds * s.rate for s in stretches), initial=0.0))
    done = rng.expovariate(1.0)
    while done < work[-1]:
        place = bisect_right(work, done) - 1
        yield ends[place] - (work[place + 1] - done) / stretches[place].rate
        done += rng.expovariate(1.0)


def waits(times: Iterable[float], servers: int, service: Callable[[], float]) -> Iterator[float]:
    """How long each waits for one of several servers, first come first served."""
    free = [0.0] * servers
    for time in times:
        begins = max(time, free[0])
        yield begins - time
        heapreplace(free, begins + service())


def batch_delays(times: Sequence[float], setup: float, each: float, most: int) -> Iterator[float]:
    """Seconds until the batch with each arrival is stored: one reader takes all that waits.

    A batch of n takes `setup` + n `each`, and holds at most `most`.
    """
    now, taken = 0.0, 0
    while taken < len(times):
        now = max(now, times[taken])
        number = min(bisect_right(times, now) - taken, most)
        now += setup + number * each
        yield from (now - time for time in times[taken : taken + number])
        taken += number


def shared(times: Iterable[float], partitions: int, rng: random.Random) -> list[list[float]]:
    """Arrivals by partition: each enterprise's key has one, whichever."""
    found: list[list[float]] = [[] for _ in range(partitions)]
    for time in times:
        found[rng.randrange(partitions)].append(time)
    return found
