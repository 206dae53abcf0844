"""How a paper is made from a snapshot: a builder for every kind of paper.

A builder asks the snapshot and the reader's view and nothing else: no store, no clock, no plan
catalogue. So a paper can be made again at any time, with the numbers that it had.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.alerts.domain.papers.model import Paper, PaperKind
from services.alerts.domain.papers.ranking_rules import frozen_rules
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.rulebook import PlanRules


class NoSuchPaperError(LookupError):
    """There is no paper of that kind about that unit; the text says why."""


class Builder(Protocol):
    """Makes the papers of one kind."""

    @property
    def kind(self) -> PaperKind:
        """Kind of the papers."""
        ...

    @property
    def rhythm(self) -> Rhythm:
        """Whose snapshots they are made from."""
        ...

    def build(self, snapshot: Snapshot, unit: str, view: ReaderView) -> Paper:
        """The paper about a unit as one reader sees it.

        Raises `NoSuchPaperError` for a unit that there is no such paper about.
        """
        ...


def _nothing(_rules: PlanRules) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is frozen for a rhythm, beside what every snapshot has."""

    months: int
    """Calendar months of statuses, up to the period's last reporting month."""
    up_to_now: bool = False
    """Also statuses after that month: the newest that there are."""
    compares: bool = False
    """Keep the headlines of the issue before, so that the paper can tell what moved."""
    configuration: Callable[[PlanRules], Mapping[str, Any]] = _nothing
    """Configuration of the plan that decides figures, such as criteria and weights; plain JSON."""


WANTED: Mapping[Rhythm, Wanted] = {
    Rhythm.WEEKLY: Wanted(months=15, up_to_now=True, compares=True),
    Rhythm.MONTHLY: Wanted(months=25),
    Rhythm.QUARTERLY: Wanted(months=28, configuration=lambda rules: frozen_rules(rules.ranking)),
    Rhythm.YEARLY: Wanted(months=37),
}
"""By rhythm; months reach back to the figures of last year that growth is told against."""
