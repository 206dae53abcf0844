"""Outcome of every rule for one series."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.alerts.domain.alert import Rule, SeriesKey
from services.alerts.domain.calendar import WorkingDays
from services.alerts.domain.directory import Directory
from services.alerts.domain.further_rules import (
    assess_below_parent,
    assess_fell_back,
    assess_growth_negative,
    assess_restatement,
)
from services.alerts.domain.lateness import assess_coverage_low, assess_report_late
from services.alerts.domain.money_rules import (
    assess_contribution,
    assess_funds_growth,
    assess_investment_pace,
)
from services.alerts.domain.notice_rules import assess_feed_silent, assess_suspicious_report
from services.alerts.domain.outcome import Outcome
from services.alerts.domain.rulebook import PlanRules, Rulebook
from services.alerts.domain.stalled_projects import assess_project_stalled
from services.alerts.domain.trajectory import assess_indicator_behind, assess_trajectory
from shared.events.facts import FUNDS, INVESTMENT, PROJECT
from shared.events.notices import Notice, NoticeKind
from shared.events.status import Status

_CLUSTER = "cluster"
_WITH_RULES_OF_THEIR_OWN = frozenset({FUNDS, INVESTMENT, PROJECT})
"""Series of projects: their rules are `funds_growth`, `investment_pace` and `project_stalled`."""

Outcomes = Iterator[tuple[Rule, Outcome]]

Series = Callable[[SeriesKey], tuple[Status, ...]]
"""Statuses of a series by period, their mark saying whether they are hidden from the public."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one series when it is judged."""

    key: SeriesKey
    statuses: tuple[Status, ...]
    """By period; empty where only notices speak of it."""
    notices: Sequence[Notice]
    """About this unit and indicator (for feeds: this topic)."""
    today: date
    """In China."""

    @property
    def unit_kind(self) -> str:
        """Kind of the unit; empty without any status."""
        return self.statuses[-1].unit_kind if self.statuses else ""


@dataclass(frozen=True, slots=True)
class Judge:
    """Asks every rule that is on; one that mutes another comes before it."""

    rulebook: Rulebook
    directory: Directory
    working_days: WorkingDays

    def __call__(self, series: Series, known: Known) -> Outcomes:
        """Rules that have a say about this series, with their outcomes."""
        rules = self.rulebook.of(known.key.plan)
        yield from self._by_notices(rules, known)
        if not known.statuses:
            return
        key = known.key
        if self.directory.is_value_indicator(key.plan, key.unit, key.indicator):
            yield from self._by_calendar(series, rules, known)
            if rules.trajectory.enabled:
                yield Rule.TRAJECTORY, assess_trajectory(rules.trajectory, known.statuses)
            if rules.investment_pace.enabled:
                pace = assess_investment_pace(rules.investment_pace, known.statuses)
                yield Rule.INVESTMENT_PACE, pace
        else:
            yield from self._beside(rules, known)
        if known.unit_kind == _CLUSTER and key.indicator not in _WITH_RULES_OF_THEIR_OWN:
            yield from self._of_clusters(series, rules, known)

    def needs(self, key: SeriesKey) -> Iterator[SeriesKey]:
        """Series that judging one may ask for, itself the first."""
        yield key
        yield SeriesKey(key.plan, key.unit, PROJECT)
        parent = self.directory.parent_of(key.plan, key.unit)
        if parent is not None:
            yield SeriesKey(key.plan, parent, key.indicator)

    def _by_notices(self, rules: PlanRules, known: Known) -> Outcomes:
        """What ingest noticed; a series without such notices has none of these alerts."""
        kinds = {notice.kind for notice in known.notices}
        feed = known.key.indicator
        if NoticeKind.FEED_REPORTED in kinds:
            rule = rules.feed_silent
            if rule.enabled and feed in rule.feeds:
                found = assess_feed_silent(rule, known.notices, known.today, self.working_days)
                yield Rule.FEED_SILENT, found
        elif kinds and rules.suspicious_report.enabled:
            yield (
                Rule.SUSPICIOUS_REPORT,
                assess_suspicious_report(
                    rules.suspicious_report, known.notices, known.today, self.working_days
                ),
            )

    def _by_calendar(self, series: Series, rules: PlanRules, known: Known) -> Outcomes:
        """Rules about time, on the series a unit is judged by."""
        today, days, statuses = known.today, self.working_days, known.statuses
        thin, late, stalled = rules.coverage_low, rules.report_late, rules.project_stalled
        if thin.enabled and known.unit_kind in thin.unit_kinds:
            yield Rule.COVERAGE_LOW, assess_coverage_low(thin, statuses, today, days)
        if late.enabled and known.unit_kind in late.unit_kinds:
            yield Rule.REPORT_LATE, assess_report_late(late, statuses, today, days)
        if stalled.enabled:
            # Stages are told at once, figures a month later.
            news = series(SeriesKey(known.key.plan, known.key.unit, PROJECT))
            found = assess_project_stalled(stalled, (*news, *statuses), today)
            yield Rule.PROJECT_STALLED, found

    def _beside(self, rules: PlanRules, known: Known) -> Outcomes:
        """Indicators beside the one a unit is judged by."""
        key = known.key
        wanted = self.directory.growth_wanted(key.plan, key.unit, key.indicator)
        if key.indicator == FUNDS and wanted is not None:
            if rules.funds_growth.enabled:
                yield (
                    Rule.FUNDS_GROWTH,
                    assess_funds_growth(rules.funds_growth, known.statuses, wanted),
                )
            return
        if rules.indicator_behind.enabled:
            monthly = self.directory.comes_monthly(key.plan, key.unit, key.indicator)
            yield (
                Rule.INDICATOR_BEHIND,
                assess_indicator_behind(rules.indicator_behind, known.statuses, monthly=monthly),
            )

    def _of_clusters(self, series: Series, rules: PlanRules, known: Known) -> Outcomes:
        key, statuses = known.key, known.statuses
        if rules.fell_back.enabled:
            yield Rule.FELL_BACK, assess_fell_back(rules.fell_back, statuses)
        if rules.growth_negative.enabled:
            yield Rule.GROWTH_NEGATIVE, assess_growth_negative(rules.growth_negative, statuses)
        if rules.contribution.enabled:
            yield Rule.CONTRIBUTION, assess_contribution(rules.contribution, statuses)
        parent = self.directory.parent_of(key.plan, key.unit)
        if rules.below_parent.enabled and parent is not None:
            parents = series(SeriesKey(key.plan, parent, key.indicator))
            yield Rule.BELOW_PARENT, assess_below_parent(rules.below_parent, statuses, parents)
        if rules.restatement.enabled:
            yield Rule.RESTATEMENT, assess_restatement(rules.restatement, statuses)
