"""What a subscription would have got: stored statuses replayed through the real decisions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Protocol

import msgspec

from services.alerts.domain.alert import SeriesKey, Transition
from services.alerts.domain.calendar import BEIJING, deadline
from services.alerts.domain.papers.rhythm import PaperPeriod
from services.alerts.domain.papers.schedule import PaperOrder, coming
from services.alerts.domain.subscription import Decision, Subscription
from services.alerts.ports import Ledger
from services.alerts.use_cases.evaluate import Evaluate
from services.alerts.use_cases.subscriptions import SubscriptionLedger
from services.alerts.use_cases.upkeep import KeepUp
from shared.clock import Clock
from shared.events.notices import Notice
from shared.events.period import Month
from shared.events.status import Status

MONTHS = 24
_MORNING = time(9)
_ID = "preview"
_COMING = 4
"""Papers of each order that a preview names."""


@dataclass(frozen=True, slots=True)
class ComingPaper:
    """A paper that will be due."""

    order: PaperOrder
    period: PaperPeriod
    due: datetime


class ReplayLedger(SubscriptionLedger, Protocol):
    """A ledger that remembers what was decided."""

    decided: list[tuple[Transition, tuple[Decision, ...]]]


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True, slots=True)
class Preview:
    """Replays period by period, each on the morning after its deadline.

    Figures are those that stand today: what was restated since is seen as it is now. Silences and
    acknowledgements of the time play no part.
    """

    evaluate: Evaluate
    clock: Clock
    scratch: Callable[[], AbstractContextManager[ReplayLedger]]

    def __call__(
        self, ledger: Ledger, wanted: Subscription, months: int = MONTHS
    ) -> list[tuple[Transition, Decision]]:
        """Every transition of the time with the decision about this subscription."""
        now = self.clock.now()
        first = _months_before(now, months)
        plan = wanted.filter.plan
        by_period = _statuses(ledger, plan)
        notices = ledger.notices({unit for unit, _ in ledger.noticed()})
        mask = self.evaluate.mask_of(ledger)
        evaluate = replace(self.evaluate, mask_of=lambda _replay: mask)
        before = [one for period, found in by_period.items() if period < first for one in found]
        with self.scratch() as replay:
            start = now - timedelta(days=31 * (months + 2))
            subscription = replace(wanted, id=_ID, created_at=start, updated_at=start)
            replay.save_subscription(subscription, start)
            replay.go_live()
            past = _Past(evaluate, replay, notices, plan)
            past.step(before, start, first_load=True)
            replay.decided.clear()
            for period in sorted(period for period in by_period if period >= first):
                moment = min(self._morning_after(period), now)
                past.step(by_period[period], moment)
                KeepUp(self.evaluate.rulebook, self.evaluate.tell, _At(moment))(replay)
            return [
                (transition, decision)
                for transition, decisions in replay.decided
                for decision in decisions
                if decision.subscription_id == _ID
            ]

    def papers(self, wanted: Subscription) -> list[ComingPaper]:
        """The next papers of each order, by the time at which they will be due."""
        now, rulebook, days = self.clock.now(), self.evaluate.rulebook, self.evaluate.working_days
        found = [
            ComingPaper(order, period, due)
            for order in wanted.papers
            for period, due in islice(
                coming(order, now, rulebook.of(order.plan).report_late.deadline_day, days),
                _COMING,
            )
        ]
        return sorted(found, key=lambda one: (one.due, one.order.identity))

    def _morning_after(self, period: Month) -> datetime:
        day = self.evaluate.rulebook.defaults.report_late.deadline_day
        due = deadline(period, day, self.evaluate.working_days).day
        return datetime.combine(due + timedelta(days=1), _MORNING, BEIJING).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Past:
    """What was known at a moment, put into the replay."""

    evaluate: Evaluate
    replay: ReplayLedger
    notices: Sequence[Notice]
    plan: str | None

    def step(
        self, statuses: Sequence[Status], moment: datetime, *, first_load: bool = False
    ) -> None:
        """Statuses as they stand today, notices that had come by then, and every rule's say."""
        encoded = [(status, msgspec.json.encode(status)) for status in statuses]
        self.replay.put_statuses(encoded, moment)
        come = [one for one in self.notices if datetime.fromisoformat(one.at) <= moment]
        self.replay.put_notices(come)
        noticed = self.evaluate.noticed(self.replay.noticed())
        keys = dict.fromkeys((*self.replay.series_keys(), *_wanted(noticed, self.plan)))
        self.evaluate(self.replay, keys, moment, first_load=first_load)


def _statuses(ledger: Ledger, plan: str | None) -> dict[Month, list[Status]]:
    found: dict[Month, list[Status]] = defaultdict(list)
    for statuses in ledger.series_of(_wanted(ledger.series_keys(), plan)).values():
        for status in statuses:
            found[Month.parse(status.period)].append(status)
    return found


def _wanted(keys: Iterable[SeriesKey], plan: str | None) -> list[SeriesKey]:
    return [key for key in keys if plan in {None, key.plan}]


def _months_before(now: datetime, months: int) -> Month:
    count = now.year * 12 + now.month - 1 - months
    return Month(count // 12, count % 12 + 1)
