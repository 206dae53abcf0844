"""The rules of each plan, as configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.alerts.domain.acknowledgement import EscalationRule
from services.alerts.domain.further_rules import PeriodRule
from services.alerts.domain.lateness import DeadlineRule
from services.alerts.domain.money_rules import InvestmentPaceRule
from services.alerts.domain.muting import Inhibition
from services.alerts.domain.notice_rules import FeedSilentRule, SuspiciousReportRule
from services.alerts.domain.papers.ranking_rules import RankingRules
from services.alerts.domain.stalled_projects import ProjectStalledRule
from services.alerts.domain.trajectory import IndicatorBehindRule, TrajectoryRule
from shared.events.status import Colour


@dataclass(frozen=True, slots=True)
class PlanRules:
    """All rules of one plan."""

    trajectory: TrajectoryRule = field(default_factory=TrajectoryRule)
    indicator_behind: IndicatorBehindRule = field(default_factory=IndicatorBehindRule)
    fell_back: PeriodRule = field(default_factory=PeriodRule)
    growth_negative: PeriodRule = field(default_factory=lambda: PeriodRule(periods=2))
    below_parent: PeriodRule = field(
        default_factory=lambda: PeriodRule(periods=2, colour=Colour.BLUE)
    )
    contribution: PeriodRule = field(
        default_factory=lambda: PeriodRule(colour=Colour.BLUE, threshold=0.5)
    )
    restatement: PeriodRule = field(
        default_factory=lambda: PeriodRule(colour=Colour.BLUE, threshold=0.05)
    )
    funds_growth: PeriodRule = field(default_factory=lambda: PeriodRule(periods=2))
    investment_pace: InvestmentPaceRule = field(default_factory=InvestmentPaceRule)
    report_late: DeadlineRule = field(default_factory=DeadlineRule)
    coverage_low: DeadlineRule = field(default_factory=DeadlineRule)
    feed_silent: FeedSilentRule = field(default_factory=FeedSilentRule)
    project_stalled: ProjectStalledRule = field(default_factory=ProjectStalledRule)
    suspicious_report: SuspiciousReportRule = field(default_factory=SuspiciousReportRule)
    escalation: EscalationRule = field(default_factory=EscalationRule)
    ranking: RankingRules = field(default_factory=RankingRules)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by plan id, with defaults for plans without an entry."""

    defaults: PlanRules = field(default_factory=PlanRules)
    plans: Mapping[str, PlanRules] = field(default_factory=dict)
    inhibitions: tuple[Inhibition, ...] = ()

    def of(self, plan: str) -> PlanRules:
        """Rules of a plan."""
        return self.plans.get(plan, self.defaults)
