"""Papers as readers ask for them: an issue as it was frozen, or a draft of what is known now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.alerts.domain.calendar import newest_due, today_in_china
from services.alerts.domain.papers.builder import Builder, NoSuchPaperError
from services.alerts.domain.papers.model import Paper, PaperKind
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import Names, ReaderView, mask_of, no_names
from services.alerts.ports import NameBook
from services.alerts.use_cases.issue_papers import (
    IssuePapers,
    PaperLedger,
    UnknownPlanError,
    find_issue,
)
from shared.access.readers import Reader


class PaperShelf(PaperLedger, Protocol):
    """The store as far as readers of papers ask it."""

    def plans_in_use(self) -> frozenset[str]:
        """Plans that have a status."""
        ...


class NotIssuedError(LookupError):
    """No such paper has been issued; the text says what can be had."""


@dataclass(frozen=True, slots=True)
class PaperWish:
    """Which paper is asked for; what is null is chosen."""

    kind: PaperKind
    plan: str | None = None
    unit: str | None = None
    period: str | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class ReadPapers:
    """Finds or previews a snapshot, and makes the paper of one reader from it."""

    builders: Mapping[PaperKind, Builder]
    issue_papers: IssuePapers
    names: NameBook | None = None

    def builder(self, kind: PaperKind) -> Builder:
        """Who makes papers of a kind. Raises `NoSuchPaperError`."""
        found = self.builders.get(kind)
        if found is None:
            raise NoSuchPaperError(f"there are no {kind} papers")
        return found

    def paper(self, shelf: PaperShelf, wish: PaperWish, reader: Reader) -> Paper:
        """The paper as the reader may see it.

        Raises `NotIssuedError`, `NoSuchPaperError`, `UnknownPlanError`, `NothingToReportError`,
        and `Refused` for a period that is none.
        """
        builder = self.builder(wish.kind)
        snapshot = self.snapshot(shelf, builder.rhythm, wish)
        unit = wish.unit or snapshot.plan.city
        return builder.build(snapshot, unit, self.view(snapshot, reader))

    def snapshot(self, shelf: PaperShelf, rhythm: Rhythm, wish: PaperWish) -> Snapshot:
        """What the paper is made from; raises as `paper` does."""
        plan = self.plan(shelf, wish.plan)
        if wish.draft:
            period = self.period(rhythm, wish.period)
            return self.issue_papers.preview(shelf, plan, period)
        issued = shelf.issues(rhythm, plan)
        if wish.period is not None:
            period = PaperPeriod.parse(rhythm, wish.period)
            found = find_issue(shelf, plan, period)
        else:
            found = issued[-1] if issued else None
        if found is None:
            raise NotIssuedError(_what_there_is(rhythm, plan, [one.period for one in issued]))
        return shelf.snapshot(found)

    def follows(self, plan: str) -> bool:
        """Whether the catalogue has such a plan."""
        return any(one.id == plan for one in self.issue_papers.catalogue.plans)

    def plan(self, shelf: PaperShelf, wanted: str | None) -> str:
        """A plan's id; by default the first that has figures. Raises `UnknownPlanError`."""
        known = list(dict.fromkeys(plan.id for plan in self.issue_papers.catalogue.plans))
        if wanted is not None:
            if wanted not in known:
                raise UnknownPlanError(wanted)
            return wanted
        used = shelf.plans_in_use()
        return next((plan for plan in known if plan in used), known[0])

    def period(self, rhythm: Rhythm, wanted: str | None) -> PaperPeriod:
        """A period; by default this week, or the one that the newest due month lies in."""
        if wanted is not None:
            return PaperPeriod.parse(rhythm, wanted)
        issuing = self.issue_papers
        today = today_in_china(issuing.clock.now())
        if rhythm is Rhythm.WEEKLY:
            return PaperPeriod.around(rhythm, today)
        day = issuing.rulebook.defaults.report_late.deadline_day
        month = newest_due(today, day, issuing.working_days)
        return PaperPeriod.around(rhythm, date(month.year, month.month, 1))

    def view(self, snapshot: Snapshot, reader: Reader) -> ReaderView:
        """What a reader may see of a snapshot."""
        plan = snapshot.plan

        def names(tokens: Sequence[str]) -> Mapping[str, str]:
            return {} if self.names is None else self.names.names(tokens, reader.name)

        asked: Names = names if reader.complete else no_names
        return ReaderView(
            mask_of(snapshot),
            lambda unit: reader.covers(plan.id, plan.around(unit)),
            lambda unit: reader.sees_complete(plan.id, plan.around(unit)),
            asked,
        )


def _what_there_is(rhythm: Rhythm, plan: str, periods: Sequence[str]) -> str:
    there = f"issued are {', '.join(periods[-5:])}" if periods else "none has been issued"
    return f"no such {rhythm} paper of {plan}: {there}; draft=true shows what is known now"
