"""Reads the rules from YAML; every mistake is reported with its field."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from services.alerts.domain.acknowledgement import EscalationRule
from services.alerts.domain.further_rules import PeriodRule
from services.alerts.domain.lateness import ReportLateRule
from services.alerts.domain.muting import Inhibition
from services.alerts.domain.rulebook import PlanRules, Rulebook
from services.alerts.domain.severity import is_off_track, rank
from services.alerts.domain.trajectory import TrajectoryRule
from shared.events.status import Colour

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


class _ReportLate(_Section):
    enabled: bool
    deadline_day: int = Field(ge=1, le=28)
    minimum_coverage: Share
    unit_kinds: tuple[str, ...]
    severity: dict[int, Colour] = Field(min_length=1)

    @field_validator("severity")
    @classmethod
    def _must_grow(cls, ladder: dict[int, Colour]) -> dict[int, Colour]:
        ordered = dict(sorted(ladder.items()))
        colours = list(ordered.values())
        if not all(is_off_track(colour) for colour in colours):
            raise ValueError("only blue, yellow, orange and red are severities")
        if [rank(colour) for colour in colours] != sorted({rank(colour) for colour in colours}):
            raise ValueError("the colour must grow with the working days")
        return ordered


class _Period(_Section):
    enabled: bool
    periods: int = Field(ge=1, le=11)
    colour: Colour = Colour.YELLOW
    minimum_coverage: Share = 0.95
    threshold: float = Field(default=0.0, ge=-1, le=10)

    @field_validator("colour")
    @classmethod
    def _must_be_a_severity(cls, colour: Colour) -> Colour:
        if not is_off_track(colour):
            raise ValueError("only blue, yellow, orange and red are severities")
        return colour


class _Escalation(_Section):
    enabled: bool
    minimum_colour: Colour
    working_days: int = Field(ge=1, le=60)
    ladder: tuple[str, ...] = Field(min_length=1)


class _Inhibition(_Section):
    source: str
    target: str


class _PlanRules(_Section):
    trajectory: _Trajectory
    report_late: _ReportLate
    fell_back: _Period
    growth_negative: _Period
    below_parent: _Period
    coverage_low: _Period
    restatement: _Period
    escalation: _Escalation


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
    return tuple(Inhibition(row.source, row.target) for row in rows)


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
    late = rules.report_late.model_dump()
    late["severity"] = tuple(rules.report_late.severity.items())
    return PlanRules(
        TrajectoryRule(**rules.trajectory.model_dump()),
        ReportLateRule(**late),
        fell_back=PeriodRule(**rules.fell_back.model_dump()),
        growth_negative=PeriodRule(**rules.growth_negative.model_dump()),
        below_parent=PeriodRule(**rules.below_parent.model_dump()),
        coverage_low=PeriodRule(**rules.coverage_low.model_dump()),
        restatement=PeriodRule(**rules.restatement.model_dump()),
        escalation=EscalationRule(**rules.escalation.model_dump()),
    )


def _problems(error: ValidationError, where: str) -> str:
    return "\n".join(
        f"{where}.{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors()
    )
