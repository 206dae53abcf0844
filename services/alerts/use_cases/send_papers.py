"""Issues papers when they are due, and puts them into the queue of those who want them.

One transaction issues, decides and queues: a process that dies before its end has done nothing,
and after it the delivery worker of any replica goes on. A subscription's decision about a paper
and period stands in the ledger once, so nothing is ever queued twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from services.alerts.domain.alert import Audience, Kind, Labels, PaperNote, State, Transition
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import Figures
from services.alerts.domain.papers.rhythm import PaperPeriod
from services.alerts.domain.papers.schedule import PaperOrder, newest_due, sequence_of
from services.alerts.domain.quiet import next_allowed
from services.alerts.domain.subscription import Decision, Subscription
from services.alerts.ports import Ledger, Mode
from services.alerts.use_cases.issue_papers import (
    IssuePapers,
    NothingToReportError,
    PaperLedger,
    UnknownPlanError,
)
from shared.events.status import Colour

PAPER = "paper"
"""Label `alertname` of what brings a paper; the label `paper` says of which kind."""
_SCHEDULE = "schedule"
"""Who issues what no person issued before."""

_log = structlog.get_logger(__name__)


class PaperRoom(Ledger, PaperLedger, Protocol):
    """The ledger and the papers in one transaction."""


@dataclass(frozen=True, slots=True)
class DuePaper:
    """A paper that a subscription is owed."""

    subscription: Subscription
    order: PaperOrder
    period: PaperPeriod
    due: datetime


@dataclass(frozen=True, slots=True)
class SendPapers:
    """Looks for due papers, and queues them."""

    issue_papers: IssuePapers
    directory: Directory

    def due(self, ledger: Ledger) -> list[DuePaper]:
        """What is due now and not decided; only reads. Of missed periods the newest alone."""
        if ledger.mode() is not Mode.LIVE:
            return []
        now = self.issue_papers.clock.now()
        return [
            one
            for subscription in ledger.subscriptions()
            for one in self._due(subscription, now)
            if not ledger.has_decided(
                labels_of(one.order).fingerprint, sequence_of(one.period), subscription.id
            )
        ]

    def _due(self, subscription: Subscription, now: datetime) -> Iterator[DuePaper]:
        rulebook, days = self.issue_papers.rulebook, self.issue_papers.working_days
        for order in subscription.papers:
            day = rulebook.of(order.plan).report_late.deadline_day
            found = newest_due(order, now, day, days)
            if found is not None and (order.since is None or found[1] >= order.since):
                yield DuePaper(subscription, order, *found)

    def __call__(self, room: PaperRoom) -> int:
        """Issue and queue all that is due; returns the number of deliveries."""
        room.lock_evaluation()
        return sum(self._queue(room, one) for one in self.due(room))

    def _queue(self, room: PaperRoom, one: DuePaper) -> int:
        plan, period = one.order.plan, one.period
        try:
            self.issue_papers.issue(room, plan, period, _SCHEDULE)
        except NothingToReportError:
            # Looked for again at the next round: its figures may come yet.
            return 0
        except UnknownPlanError:
            _log.warning("paper_of_unknown_plan", plan=plan, subscription=one.subscription.id)
            return 0
        now = self.issue_papers.clock.now()
        allowed = next_allowed(one.subscription.quiet, now, self.issue_papers.working_days)
        decision = Decision(
            one.subscription.id,
            send=True,
            reason="paper_due",
            channels=one.subscription.channels,
            not_before=allowed if allowed > now else None,
            waits_for="quiet_hours" if allowed > now else "",
        )
        return len(room.record_once(self._transition(one, now), decision, now))

    def _transition(self, one: DuePaper, now: datetime) -> Transition:
        """The same for all subscriptions: what differs stands in their orders."""
        sequence = sequence_of(one.period)
        name = self.directory.name_of(one.order.plan, one.order.unit)
        return Transition(
            labels=labels_of(one.order),
            episode=sequence,
            sequence=sequence,
            kind=Kind.PAPER,
            state=State.FIRING,
            previous_state=None,
            colour=Colour.GREY,
            previous_colour=None,
            period=one.period.text,
            since=None,
            reason="paper_due",
            audience=Audience.MATCHING,
            audience_reason="paper_due",
            starts_at=now,
            at=now,
            figures=Figures(name),
            paper=PaperNote(one.order.kind, one.period.text),
        )


def labels_of(order: PaperOrder) -> Labels:
    """Identity of a series of papers."""
    return Labels(PAPER, order.plan, order.unit, "", "", extra={PAPER: str(order.kind)})
