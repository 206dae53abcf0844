"""Scores of clusters, and their means for a region and the whole plan.

A score is a number without a unit, so scores may be averaged where amounts may not be added
(clusters nest, indicators differ). 100 is on the path or beyond, 0 standing still or moving away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from shared.events.status import Verdict

FULL = 100.0

LEAST_JUDGED = 0.5
"""A mean stands for a group only when at least this share of its clusters with a target is
judged."""


class LeftOut(StrEnum):
    """Why a cluster is not in the mean."""

    NO_TARGET = "no_target"
    """Nothing to be judged by: it does not count as missing either."""
    NOT_JUDGED = "not_judged"
    """Grey for want of data, base or time: it counts as missing."""
    SUPPRESSED = "suppressed"
    """Masked: from the mean its ratio could be computed. It does not count as missing."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of scores (None: too little is judged to say), and what it stands on."""

    score: float | None
    judged: int
    of: int
    """Clusters that have a target and are not masked."""


def score_of(verdict: str, ratio: float | None, *, suppressed: bool) -> float | LeftOut:
    """``100·R`` within 0 and 100; an achieved target is 100, whatever R."""
    if suppressed:
        return LeftOut.SUPPRESSED
    if verdict == Verdict.ACHIEVED:
        return FULL
    if verdict == Verdict.NO_TARGET:
        return LeftOut.NO_TARGET
    if ratio is None or verdict not in _JUDGED:
        return LeftOut.NOT_JUDGED
    return FULL * min(1.0, max(0.0, ratio))


_JUDGED = frozenset(
    str(verdict)
    for verdict in (Verdict.ON_TRACK, Verdict.BEHIND, Verdict.FAR_BEHIND, Verdict.MOVING_AWAY)
)


def mean_of(scores: Sequence[float | LeftOut]) -> Mean:
    """The unweighted mean of the scores there are."""
    known = [score for score in scores if not isinstance(score, LeftOut)]
    of = len(known) + sum(score is LeftOut.NOT_JUDGED for score in scores)
    enough = bool(known) and len(known) >= LEAST_JUDGED * of
    return Mean(fmean(known) if enough else None, len(known), of)
