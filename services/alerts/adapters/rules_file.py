"""Reads the rules from YAML; every mistake is reported with its field."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from services.alerts.domain.acknowledgement import EscalationRule
from services.alerts.domain.alert import Rule
from services.alerts.domain.further_rules import PeriodRule
from services.alerts.domain.lateness import DeadlineRule
from services.alerts.domain.money_rules import InvestmentPaceRule
from services.alerts.domain.muting import Inhibition
from services.alerts.domain.notice_rules import FeedSilentRule, SuspiciousReportRule
from services.alerts.domain.papers.ranking_rules import Criterion, Goalposts, RankingRules
from services.alerts.domain.rulebook import PlanRules, Rulebook
from services.alerts.domain.severity import is_off_track, rank
from services.alerts.domain.stalled_projects import ProjectStalledRule
from services.alerts.domain.trajectory import IndicatorBehindRule, TrajectoryRule
from shared.events.status import Colour
from shared.events.topics import TOPICS
from shared.stalling import StallingLimits

SHIPPED_RULES = Path(__file__).parent.parent / "rules.yaml"

Share = Annotated[float, Field(ge=0, le=1)]


class RulesError(Exception):
    """The rules file cannot be used; the text names the file and each wrong field."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Trajectory(_Section):
    enabled: bool
    periods: int = Field(ge=1, le=11)
    immediate_ratio: float
    immediate_probability: Share
    on_track_ratio: float = Field(gt=0)
    likely_probability: Share
    margin: float = Field(ge=0)
    minimum_coverage: Share


class _IndicatorBehind(_Trajectory):
    monthly_periods: int = Field(ge=1, le=11)


def _ladder(ladder: dict[int, Colour]) -> dict[int, Colour]:
    ordered = dict(sorted(ladder.items()))
    colours = [_severity(colour) for colour in ordered.values()]
    if [rank(colour) for colour in colours] != sorted({rank(colour) for colour in colours}):
        raise ValueError("the colour must grow with the working days")
    return ordered


def _severity(colour: Colour) -> Colour:
    if not is_off_track(colour):
        raise ValueError("only blue, yellow, orange and red are severities")
    return colour


def _topic(name: str) -> str:
    if name not in TOPICS:
        raise ValueError(f"{name!r} is no topic")
    return name


Ladder = Annotated[dict[int, Colour], Field(min_length=1), AfterValidator(_ladder)]
Severity = Annotated[Colour, AfterValidator(_severity)]


class _Deadline(_Section):
    enabled: bool
    deadline_day: int = Field(ge=1, le=28)
    minimum_coverage: Share
    unit_kinds: tuple[str, ...]
    severity: Ladder

    def rule(self) -> DeadlineRule:
        fields = self.model_dump() | {"severity": tuple(self.severity.items())}
        return DeadlineRule(**fields)


class _FeedSilent(_Section):
    enabled: bool
    deadline_day: int = Field(ge=1, le=28)
    severity: Ladder
    feeds: tuple[Annotated[str, AfterValidator(_topic)], ...]

    def rule(self) -> FeedSilentRule:
        fields = self.model_dump() | {"severity": tuple(self.severity.items())}
        return FeedSilentRule(**fields)


class _Period(_Section):
    enabled: bool
    periods: int = Field(ge=1, le=11)
    colour: Severity = Colour.YELLOW
    minimum_coverage: Share = 0.95
    threshold: float = Field(default=0.0, ge=-1, le=10)


class _InvestmentPace(_Section):
    enabled: bool
    periods: int = Field(ge=1, le=11)
    colour: Severity
    years: float = Field(gt=0, le=20)


class _ProjectStalled(_Section):
    enabled: bool
    colour: Severity
    days_until_start: int = Field(ge=1, le=3660)
    periods_without_progress: int = Field(ge=1, le=33)

    def rule(self) -> ProjectStalledRule:
        limits = StallingLimits(self.days_until_start, self.periods_without_progress)
        return ProjectStalledRule(self.enabled, self.colour, limits)


class _SuspiciousReport(_Section):
    enabled: bool
    working_days: int = Field(ge=0, le=60)
    colour: Severity


class _Escalation(_Section):
    enabled: bool
    minimum_colour: Severity
    working_days: int = Field(ge=1, le=60)
    ladder: tuple[str, ...] = Field(min_length=1)


class _Goalposts(_Section):
    weight: Annotated[Decimal, Field(gt=0, le=1)]
    zero: Annotated[Decimal, Field(ge=-10, le=10)]
    full: Annotated[Decimal, Field(ge=-10, le=10)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.zero == self.full:
            raise ValueError("zero and full must differ")
        return self


def _weighed(criteria: dict[Criterion, _Goalposts]) -> dict[Criterion, _Goalposts]:
    total = sum(posts.weight for posts in criteria.values())
    if total != 1:
        raise ValueError(f"the weights sum to {total} instead of 1")
    return criteria


class _Ranking(_Section):
    enabled: bool
    least_assessable: Annotated[Decimal, Field(ge=0, le=1)]
    minimum_coverage: Share
    late_day_costs: Annotated[Decimal, Field(ge=0, le=1)]
    criteria: Annotated[dict[Criterion, _Goalposts], AfterValidator(_weighed)]

    def rule(self) -> RankingRules:
        criteria = {name: Goalposts(**posts.model_dump()) for name, posts in self.criteria.items()}
        return RankingRules(**self.model_dump() | {"criteria": criteria})


class _Inhibition(_Section):
    source: Rule
    target: Rule


class _PlanRules(_Section):
    trajectory: _Trajectory
    indicator_behind: _IndicatorBehind
    fell_back: _Period
    growth_negative: _Period
    below_parent: _Period
    contribution: _Period
    restatement: _Period
    funds_growth: _Period
    investment_pace: _InvestmentPace
    report_late: _Deadline
    coverage_low: _Deadline
    feed_silent: _FeedSilent
    project_stalled: _ProjectStalled
    suspicious_report: _SuspiciousReport
    escalation: _Escalation
    ranking: _Ranking

    def rules(self) -> PlanRules:
        """The domain's rules."""
        return PlanRules(
            trajectory=TrajectoryRule(**self.trajectory.model_dump()),
            indicator_behind=IndicatorBehindRule(**self.indicator_behind.model_dump()),
            fell_back=PeriodRule(**self.fell_back.model_dump()),
            growth_negative=PeriodRule(**self.growth_negative.model_dump()),
            below_parent=PeriodRule(**self.below_parent.model_dump()),
            contribution=PeriodRule(**self.contribution.model_dump()),
            restatement=PeriodRule(**self.restatement.model_dump()),
            funds_growth=PeriodRule(**self.funds_growth.model_dump()),
            investment_pace=InvestmentPaceRule(**self.investment_pace.model_dump()),
            report_late=self.report_late.rule(),
            coverage_low=self.coverage_low.rule(),
            feed_silent=self.feed_silent.rule(),
            project_stalled=self.project_stalled.rule(),
            suspicious_report=SuspiciousReportRule(**self.suspicious_report.model_dump()),
            escalation=EscalationRule(**self.escalation.model_dump()),
            ranking=self.ranking.rule(),
        )


def load_rules(path: Path | None = None) -> Rulebook:
    """Rulebook of a file; without one the shipped rules.

    A plan's entry may state any part of a rule; the rest comes from the file's defaults, and
    what those leave out from the shipped ones. Raises `RulesError`.
    """
    everything = _read(SHIPPED_RULES)
    shipped = everything["defaults"]
    source = path or SHIPPED_RULES
    content = _read(source)
    unknown = sorted(content.keys() - {"defaults", "plans", "inhibition"})
    if unknown:
        known = "use defaults, plans and inhibition"
        raise RulesError(f"{source}: unknown section {unknown[0]!r}: {known}")
    defaults = _merged(shipped, content.get("defaults") or {}, f"{source}: defaults")
    plans = {
        str(plan): _validated(
            _merged(defaults, own or {}, f"{source}: plans.{plan}"), f"{source}: plans.{plan}"
        )
        for plan, own in (content.get("plans") or {}).items()
    }
    inhibition = content.get("inhibition", everything["inhibition"]) or []
    return Rulebook(
        _validated(defaults, f"{source}: defaults"),
        plans,
        _inhibitions(inhibition, f"{source}: inhibition"),
    )


def _inhibitions(content: object, where: str) -> tuple[Inhibition, ...]:
    try:
        rows = TypeAdapter(list[_Inhibition]).validate_python(content)
    except ValidationError as error:
        raise RulesError(_problems(error, where)) from error
    return tuple(Inhibition(str(row.source), str(row.target)) for row in rows)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RulesError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise RulesError(f"{path}: must be a mapping with defaults and plans")
    return content


def _merged(base: Mapping[str, Any], own: object, where: str) -> dict[str, Any]:
    """Rule by rule, the own fields over the base's."""
    if not isinstance(own, Mapping):
        raise RulesError(f"{where}: must be a mapping of rules")
    for rule, fields in own.items():
        if not isinstance(fields, Mapping):
            raise RulesError(f"{where}.{rule}: must be a mapping of fields")
    return {rule: {**base.get(rule, {}), **own.get(rule, {})} for rule in {**base, **own}}


def _validated(content: Mapping[str, Any], where: str) -> PlanRules:
    try:
        rules = _PlanRules.model_validate(content)
    except ValidationError as error:
        raise RulesError(_problems(error, where)) from error
    return rules.rules()


def _problems(error: ValidationError, where: str) -> str:
    return "\n".join(
        f"{where}.{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors()
    )
