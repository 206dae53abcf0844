"""The rules of each plan, as configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.alerts.domain.acknowledgement import EscalationRule
from services.alerts.domain.further_rules import PeriodRule
from services.alerts.domain.lateness import ReportLateRule
from services.alerts.domain.muting import Inhibition
from services.alerts.domain.trajectory import TrajectoryRule
from shared.events.status import Colour


@dataclass(frozen=True, slots=True)
class PlanRules:
    """All rules of one plan."""

    trajectory: TrajectoryRule = field(default_factory=TrajectoryRule)
    report_late: ReportLateRule = field(default_factory=ReportLateRule)
    fell_back: PeriodRule = field(default_factory=PeriodRule)
    growth_negative: PeriodRule = field(default_factory=lambda: PeriodRule(periods=2))
    below_parent: PeriodRule = field(
        default_factory=lambda: PeriodRule(periods=2, colour=Colour.BLUE)
    )
    coverage_low: PeriodRule = field(
        default_factory=lambda: PeriodRule(enabled=False, colour=Colour.BLUE)
    )
    restatement: PeriodRule = field(
        default_factory=lambda: PeriodRule(colour=Colour.BLUE, threshold=0.05)
    )
    escalation: EscalationRule = field(default_factory=EscalationRule)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by plan id, with defaults for plans without an entry."""

    defaults: PlanRules = field(default_factory=PlanRules)
    plans: Mapping[str, PlanRules] = field(default_factory=dict)
    inhibitions: tuple[Inhibition, ...] = ()

    def of(self, plan: str) -> PlanRules:
        """Rules of a plan."""
        return self.plans.get(plan, self.defaults)
