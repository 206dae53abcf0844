"""Suspicious reports: which lines are held back, because they would move a unit too far.

Everything here follows from standing versions, the register and decisions alone, and only from
earlier periods: last year's lines of the subject, last year's total of each unit, and what was
confirmed earlier in the year. So it does not matter in which order anything arrived.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.ingest.domain.decisions import Ruling, standing_ruling
from services.ingest.domain.plausibility import Doubt
from services.ingest.domain.versions import Version
from shared.events.decisions import DecisionVerdict


class LineState(StrEnum):
    """What has become of a standing line."""

    APPLIED = "applied"
    PARKED = "parked"
    """Its enterprise is not in the register."""
    HELD = "held"
    """It waits for confirmation."""
    REJECTED = "rejected"
    """It was found wrong, and stays out until another revision comes."""

    @property
    def counts(self) -> bool:
        """Whether the line contributes to facts, and serves as a reference."""
        return self is LineState.APPLIED


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a line is held."""

    factor: float
    """So many times above or below every reference is implausible."""
    unit_share: float
    """Part of a unit's figure by which the line would have to move it."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A doubt, and what it means to the units of the line."""

    doubt: Doubt
    shares: Mapping[str, float]
    """By how much each unit with a total of last year would be moved."""

    def units_above(self, limits: Limits) -> tuple[str, ...]:
        """Units that would be moved by more than the limit; the line is held if there is any."""
        return tuple(unit for unit, share in self.shares.items() if share > limits.unit_share)

    @property
    def largest_share(self) -> float:
        """The unit that would be moved most decides."""
        return max(self.shares.values(), default=0.0)


def suspect(
    found: Iterable[Doubt], weights: Mapping[str, int], totals: Mapping[str, int]
) -> Suspicion | None:
    """The doubt that would move a unit most; units without a total of last year say nothing."""
    suspicions = [
        Suspicion(
            doubt,
            {
                unit: doubt.share(weight, totals[unit])
                for unit, weight in weights.items()
                if totals.get(unit, 0) > 0
            },
        )
        for doubt in found
    ]
    return max(suspicions, key=lambda item: item.largest_share, default=None)


def state_of(
    version: Version, rulings: Sequence[Ruling], suspicion: Suspicion | None, limits: Limits | None
) -> LineState:
    """State of the standing version of a registered subject's line.

    Decisions go before thresholds; without limits nothing is held.
    """
    if not rulings and suspicion is None:
        return LineState.APPLIED
    ruling = standing_ruling(version, rulings)
    if ruling is not None:
        confirmed = ruling.verdict is DecisionVerdict.CONFIRMED
        return LineState.APPLIED if confirmed else LineState.REJECTED
    if limits is None or suspicion is None or not suspicion.units_above(limits):
        return LineState.APPLIED
    return LineState.HELD
