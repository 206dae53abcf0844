"""Freezes what a paper is made from: once and for ever, or as a draft to look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Protocol

from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.calendar import (
    BEIJING,
    WorkingDays,
    deadline,
    newest_due,
    today_in_china,
    working_days_since,
)
from services.alerts.domain.notice_rules import held_reports
from services.alerts.domain.papers.builder import WANTED, Wanted
from services.alerts.domain.papers.corrections import changes_since, headlines, last_words
from services.alerts.domain.papers.hidden import hidden_of
from services.alerts.domain.papers.plan_facts import plan_facts
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.domain.papers.snapshot import (
    Before,
    CalendarFacts,
    FeedState,
    Issue,
    Snapshot,
)
from services.alerts.domain.rulebook import PlanRules, Rulebook
from shared.clock import Clock
from shared.confidentiality import ChangedStatuses, Mask
from shared.events.notices import Notice, NoticeKind
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Catalogue, Plan


class PaperLedger(Protocol):
    """The store inside one transaction, as far as papers ask it."""

    def lock_evaluation(self) -> None:
        """Wait until no other replica evaluates or issues."""
        ...

    def statuses_between(self, plan: str, first: Month, last: Month | None) -> tuple[Status, ...]:
        """Standing statuses of a plan, by unit, indicator and period."""
        ...

    def standing(self, plan: str, unit: str, indicator: str, period: str) -> Status | None:
        """The standing status of one key."""
        ...

    def changed_since(self, mark: int, known: Mapping[str, int]) -> Iterable[tuple[int, Status]]:
        """Statuses stored after a mark; for the mask."""
        ...

    def alerts_since(self, plan: str, since: datetime) -> tuple[Alert, ...]:
        """Alerts of a plan that stand, or changed since."""
        ...

    def transitions_since(
        self, fingerprints: Iterable[str], since: datetime
    ) -> tuple[Transition, ...]:
        """Transitions of some alerts, in order."""
        ...

    def notices(self, units: Iterable[str]) -> tuple[Notice, ...]:
        """All notices about some units."""
        ...

    def issues(self, rhythm: Rhythm | None = None, plan: str | None = None) -> tuple[Issue, ...]:
        """Issued papers in the order in which they were issued."""
        ...

    def snapshot(self, issue: Issue) -> Snapshot:
        """What a paper was frozen from."""
        ...

    def snapshots(self, issues: Sequence[Issue]) -> Iterator[Snapshot]:
        """What several papers were frozen from, one at a time."""
        ...

    def put_issue(self, snapshot: Snapshot, by: str) -> bool:
        """Keep an issue for ever; False where that period was issued before."""
        ...

    def audit(self, actor: str, action: str, detail: str, now: datetime) -> None:
        """Add a line to the audit log."""
        ...


class NothingToReportError(Exception):
    """There is no figure of that period yet."""


class UnknownPlanError(LookupError):
    """No such plan is followed."""


@dataclass(frozen=True, slots=True)
class IssuePapers:
    """Gathers what a paper of any unit and reader needs, and keeps it."""

    catalogue: Catalogue
    rulebook: Rulebook
    working_days: WorkingDays
    mask_of: Callable[[ChangedStatuses], Mask]
    clock: Clock
    data_label: str = ""
    issuer: str = ""
    wanted: Mapping[Rhythm, Wanted] = field(default_factory=lambda: WANTED)

    def issue(
        self, ledger: PaperLedger, plan: str, period: PaperPeriod, by: str
    ) -> tuple[Issue, bool]:
        """The issue of a period, and whether it was made now: whatever stands first, stays.

        Raises `UnknownPlanError` and `NothingToReportError`.
        """
        ledger.lock_evaluation()
        found = find_issue(ledger, plan, period)
        if found is not None:
            return found, False
        snapshot = self._freeze(ledger, plan, period, is_draft=False)
        made = ledger.put_issue(snapshot, by)
        issue = find_issue(ledger, plan, period)
        if issue is None:
            raise RuntimeError("an issue that was kept cannot be found")
        if made:
            detail = f"{period.rhythm} {plan} {period.text} {issue.sha256}"
            ledger.audit(by, "paper_issued", detail, self.clock.now())
        return issue, made

    def preview(self, ledger: PaperLedger, plan: str, period: PaperPeriod) -> Snapshot:
        """The paper as it would be issued now; nothing is kept. Raises as `issue` does."""
        return self._freeze(ledger, plan, period, is_draft=True)

    def _freeze(
        self, ledger: PaperLedger, plan_id: str, period: PaperPeriod, *, is_draft: bool
    ) -> Snapshot:
        plan, now = self._plan(plan_id, period.month), self.clock.now()
        wanted = self.wanted[period.rhythm]
        first = _months_before(period.month, wanted.months - 1)
        last = None if wanted.up_to_now else period.month
        statuses = ledger.statuses_between(plan.id, first, last)
        mask = self.mask_of(ledger)
        _check_there_is_news(statuses, plan, period)
        issued = ledger.issues(period.rhythm, plan.id)
        since = _since(period, issued)
        alerts = ledger.alerts_since(plan.id, since)
        units = frozenset(unit.id for unit in plan.units)
        notices = ledger.notices(units)
        rules = self.rulebook.of(plan.id)
        said = last_words(ledger.snapshots(issued))

        def now_of(unit: str, indicator: str, of_period: str) -> Status | None:
            return ledger.standing(plan.id, unit, indicator, of_period)

        return Snapshot(
            rhythm=period.rhythm,
            period=period.text,
            plan=plan_facts(plan),
            frozen_at=now.astimezone(UTC),
            number=1 + sum(_year(one) == _year_of(period) for one in issued),
            data_label=self.data_label,
            issuer=self.issuer,
            statuses=statuses,
            alerts=alerts,
            transitions=ledger.transitions_since((one.fingerprint for one in alerts), since),
            held=held_reports(notices),
            feeds=_feeds(notices),
            calendar=self._calendar(rules, now),
            stalling=rules.project_stalled.limits,
            hidden=hidden_of(mask, units),
            changes=changes_since(said, now_of, mask),
            before=_before(ledger, issued, wanted),
            extra=wanted.configuration(rules),
            is_draft=is_draft,
        )

    def _plan(self, plan_id: str, month: Month) -> Plan:
        try:
            return self.catalogue.deciding(plan_id, month)
        except KeyError as error:
            raise UnknownPlanError(plan_id) from error

    def _calendar(self, rules: PlanRules, now: datetime) -> CalendarFacts:
        today, rule = today_in_china(now), rules.report_late
        newest = newest_due(today, rule.deadline_day, self.working_days)
        due = deadline(newest, rule.deadline_day, self.working_days)
        return CalendarFacts(
            today=today,
            newest_due=str(newest),
            deadline=due.day,
            working_days_late=working_days_since(due.day, today, self.working_days),
            official=due.official,
            minimum_coverage=rules.coverage_low.minimum_coverage,
        )


def find_issue(ledger: PaperLedger, plan: str, period: PaperPeriod) -> Issue | None:
    """The issue of a period."""
    issued = ledger.issues(period.rhythm, plan)
    return next((one for one in issued if one.period == period.text), None)


def _check_there_is_news(statuses: Sequence[Status], plan: Plan, period: PaperPeriod) -> None:
    months = {str(period.month)} if period.rhythm is not Rhythm.WEEKLY else None
    if not any(months is None or status.period in months for status in statuses):
        raise NothingToReportError(f"there is no figure of {plan.id} in {period.text} yet")


def _since(period: PaperPeriod, issued: Sequence[Issue]) -> datetime:
    """The first moment of the period, or the issue before it where that is earlier."""
    first = datetime.combine(period.first_day, time(), BEIJING).astimezone(UTC)
    return min([first, *(one.issued_at for one in issued[-1:])])


def _before(ledger: PaperLedger, issued: Sequence[Issue], wanted: Wanted) -> Before | None:
    if not issued:
        return None
    snapshot = ledger.snapshot(issued[-1])
    return Before(
        period=snapshot.period,
        issued_at=snapshot.frozen_at,
        sha256=issued[-1].sha256,
        hidden=snapshot.hidden,
        headlines=tuple(headlines(snapshot)) if wanted.compares else (),
    )


def _feeds(notices: Iterable[Notice]) -> tuple[FeedState, ...]:
    newest: dict[tuple[str, str], str] = {}
    for notice in notices:
        if notice.kind is NoticeKind.FEED_REPORTED and notice.period is not None:
            place = (notice.topic or "", notice.source or "")
            newest[place] = max(notice.period, newest.get(place, ""))
    return tuple(FeedState(*place, period) for place, period in sorted(newest.items()))


def _months_before(month: Month, count: int) -> Month:
    number = month.year * 12 + month.month - 1 - count
    return Month(number // 12, number % 12 + 1)


def _year(issue: Issue) -> int:
    return _year_of(PaperPeriod.parse(issue.rhythm, issue.period))


def _year_of(period: PaperPeriod) -> int:
    """A week belongs to its ISO year."""
    return int(period.text[:4])
