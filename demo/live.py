"""The simulated present: outstanding reports trickle in, then corrections now and then."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge

from demo.dirt import malformed
from demo.history import World, outstanding, ranked
from demo.messages import Message, Note
from demo.population import Enterprise, cluster_of
from demo.reports import correction, plain_report, reporting_periods
from shared.events.period import Month

TRICKLE_SECONDS = 600.0
"""Time in which all clusters become complete, one after the other."""

INSPECTED_CLUSTER = "szah-yq-smart-home"
"""Complete and on track when the live part begins."""

_INSPECTED, _INSPECTION_AFTER, _DOUBLE_COUNTED = 12, 45.0, 0.7
"""Its largest enterprises, seconds until their corrections, and what is left of their figures."""

_FIRST_AFTER, _FIRST_COMPLETE = 3.0, 60.0
_CORRECTION_SECONDS = (20.0, 45.0)
_CORRECTED_PERIODS = 3
_FIRST_FREE_REVISION = 3  # the history uses 1 and 2
_DUPLICATE_EVERY, _MALFORMED_EVERY = 7, 11


@dataclass(frozen=True, slots=True)
class Due:
    """A record and when it is to be sent, in seconds after the start of the live part."""

    after: float
    message: Message
    home: str
    """Cluster it is from, or `outside-…`."""


def live(world: World, start: datetime) -> Iterator[Due]:
    """Records after the history, in order of sending, without end."""
    reports = trickle(world, start)
    revisions: Counter[tuple[str, int]] = Counter()
    inspected = _inspection(world, start, revisions)
    yield from merge(reports, inspected, key=lambda due: due.after)
    yield from _corrections(world, start, reports[-1].after if reports else 0.0, revisions)


def trickle(world: World, start: datetime) -> list[Due]:
    """Only the outstanding reports of the last due period, in order of sending."""
    return sorted(_trickle(world, start), key=lambda due: due.after)


def _trickle(world: World, start: datetime) -> Iterator[Due]:
    """Each cluster has its own window, so that they become complete one after the other."""
    missing = outstanding(world)
    step = (TRICKLE_SECONDS - _FIRST_COMPLETE) / max(1, len(missing) - 1)
    for number, (home, members) in enumerate(missing.items()):
        rng = random.Random(f"{world.seed}:trickle:{home}:{world.last}")
        until = _FIRST_COMPLETE + number * step
        for enterprise in members:
            after = round(rng.uniform(_FIRST_AFTER, until), 1)
            at = start + timedelta(seconds=after)
            report = plain_report(world.seed, world.figures, enterprise, world.last, at)
            yield Due(after, report, home)


def _inspection(
    world: World, start: datetime, revisions: Counter[tuple[str, int]]
) -> Iterator[Due]:
    """An inspection finds double counting: a cluster on track falls back, and is told so."""
    for number, enterprise in enumerate(ranked(world, INSPECTED_CLUSTER)[:_INSPECTED]):
        after = _INSPECTION_AFTER + number
        at = start + timedelta(seconds=after)
        revision = _next_revision(revisions, enterprise, world.last)
        sent = correction(
            world.seed, world.figures, enterprise, world.last, revision, _DOUBLE_COUNTED, at
        )
        yield Due(after, sent, INSPECTED_CLUSTER)


def _next_revision(
    revisions: Counter[tuple[str, int]], enterprise: Enterprise, period: Month
) -> int:
    key = (enterprise.uscc, period.number)
    revisions[key] += 1
    return _FIRST_FREE_REVISION + revisions[key] - 1


def _corrections(
    world: World, start: datetime, after: float, revisions: Counter[tuple[str, int]]
) -> Iterator[Due]:
    rng = random.Random(f"{world.seed}:corrections")
    periods = reporting_periods(world.last)[-_CORRECTED_PERIODS:]
    reporting = [e for e in world.enterprises if all(e.reports_in(p) for p in periods)]
    number = 0
    while True:
        number += 1
        after += rng.uniform(*_CORRECTION_SECONDS)
        at = start + timedelta(seconds=after)
        enterprise, period = rng.choice(reporting), rng.choice(periods)
        revision = _next_revision(revisions, enterprise, period)
        factor = round(rng.uniform(0.96, 1.04), 4)
        sent = correction(world.seed, world.figures, enterprise, period, revision, factor, at)
        yield Due(after, sent, cluster_of(enterprise))
        if number % _DUPLICATE_EVERY == 0:
            again = replace(sent, note=Note.DUPLICATE)
            yield Due(after + 1, again, cluster_of(enterprise))
        if number % _MALFORMED_EVERY == 0:
            yield _fault(world, enterprise, rng, after + 2)


def _fault(world: World, enterprise: Enterprise, rng: random.Random, after: float) -> Due:
    faults = list(malformed(enterprise.uscc, world.now, world.last))
    return Due(after, rng.choice(faults), cluster_of(enterprise))
