"""Rules that are in force, in words for whoever checks a rules file."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from services.alerts.domain.rulebook import PlanRules, Rulebook

MEANINGS = {
    "trajectory": "a unit is off the path to its target",
    "indicator_behind": "another indicator of the plan is off its path",
    "fell_back": "on track or achieved before, and lost again",
    "growth_negative": "comparable growth of the year to date is below the threshold",
    "below_parent": "growth is below the parent's by more than the threshold",
    "contribution": "one contributor explains more than the threshold of a fall",
    "restatement": "last year's figure was restated by more than the threshold",
    "funds_growth": "funds grow less than the plan wants, by more than the threshold",
    "investment_pace": "investment is behind last year and behind the projects' plans",
    "report_late": "the deadline has passed and nobody reported",
    "coverage_low": "the deadline has passed and too few reported",
    "feed_silent": "a source that reported before has not reported a due period",
    "project_stalled": "open projects do not move",
    "suspicious_report": "a held report waits for confirmation",
    "ranking": "counties and parks side by side, each quarter: weight, no points → all points",
    "escalation": "nobody acknowledges in time: the next role is told",
}


def explained(rulebook: Rulebook) -> Iterator[str]:
    """A line for each rule of the defaults, then what plans have different, then inhibition."""
    yield "defaults"
    for name, line in _lines(rulebook.defaults).items():
        yield f"  {name:<18}{line}"
        yield f"  {'':<18}{MEANINGS[name]}"
    for plan, rules in sorted(rulebook.plans.items()):
        yield f"plan {plan}"
        usual = _lines(rulebook.defaults)
        own = {name: line for name, line in _lines(rules).items() if line != usual[name]}
        for name, line in own.items():
            yield f"  {name:<18}{line}"
        if not own:
            yield "  as the defaults"
    for one in rulebook.inhibitions:
        yield f"while {one.source} fires, {one.target} about the same unit is muted"


def switched_off(rulebook: Rulebook) -> Iterator[str]:
    """Inhibitions that can never take effect, because one of their rules is off everywhere."""
    sets = (rulebook.defaults, *rulebook.plans.values())
    for one in rulebook.inhibitions:
        for name in (one.source, one.target):
            if name != "external" and not any(getattr(rules, name).enabled for rules in sets):
                yield f"inhibition {one.source} → {one.target}: {name} is off"


def _lines(rules: PlanRules) -> dict[str, str]:
    return {field.name: _words(getattr(rules, field.name)) for field in fields(rules)}


def _words(rule: Any) -> str:  # noqa: ANN401 - any rule's settings
    settings = dict(_settings(rule))
    state = "on " if settings.pop("enabled") else "off"
    return f"{state}  " + ", ".join(f"{name} {value}" for name, value in settings.items())


def _settings(rule: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - any rule's settings
    for field in fields(rule):
        value = getattr(rule, field.name)
        if is_dataclass(value):
            yield from _settings(value)
        elif isinstance(value, Mapping):
            for name, posts in value.items():
                yield str(name), f"{posts.weight} ({posts.zero} → {posts.full})"
        elif field.name == "severity":
            yield field.name, " ".join(f"{days}:{colour}" for days, colour in value)
        elif isinstance(value, tuple):
            yield field.name, " ".join(map(str, value))
        else:
            yield field.name, value
