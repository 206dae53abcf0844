from pathlib import Path

import pytest

from services.alerts.adapters.rules_file import RulesError, load_rules
from services.alerts.domain.rulebook import PlanRules
from shared.events.status import Colour


def test_the_shipped_rules_are_the_documented_defaults() -> None:
    assert load_rules().defaults == PlanRules()


def test_a_plan_takes_what_it_does_not_state_from_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "defaults: {report_late: {deadline_day: 10}}\n"
        "plans: {suzhou-2027: {trajectory: {periods: 3}, report_late: {severity: {2: red}}}}\n",
        encoding="utf-8",
    )
    rules = load_rules(path)
    assert rules.of("other").report_late.deadline_day == 10
    suzhou = rules.of("suzhou-2027")
    assert (suzhou.trajectory.periods, suzhou.trajectory.margin) == (3, 0.05)
    assert suzhou.report_late.deadline_day == 10
    assert suzhou.report_late.severity == ((2, Colour.RED),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("defaults: {trajectory: {periods: 0}}", r"defaults\.trajectory\.periods"),
        ("defaults: {trajectory: {period: 2}}", r"defaults\.trajectory\.period"),
        ("defaults: {trajektory: {}}", "trajektory"),
        ("plans: {p: {report_late: {deadline_day: 31}}}", r"plans\.p\.report_late\.deadline_day"),
        ("defaults: {report_late: {severity: {1: red, 5: blue}}}", "must grow"),
        ("defaults: {report_late: {severity: {1: green}}}", "only blue"),
        ("defaults: {feed_silent: {feeds: [stats.weather.v1]}}", "stats.weather.v1"),
        ("defaults: {project_stalled: {colour: grey}}", "only blue"),
        ("defaults: {investment_pace: {years: 0}}", r"investment_pace\.years"),
        ("defaults: {contribution: {threshold: much}}", r"contribution\.threshold"),
        ("defaults: {suspicious_report: {working_days: -1}}", "working_days"),
        ("defaults: {indicator_behind: {monthly_periods: 12}}", "monthly_periods"),
        (
            "defaults: {ranking: {criteria: {level: {weight: 0.9, zero: 0, full: 1}}}}",
            "the weights sum to 0.9 instead of 1",
        ),
        ("plans: {p: {ranking: {criteria: {beauty: {weight: 1, zero: 0, full: 1}}}}}", "beauty"),
        (
            "defaults: {ranking: {criteria: {level: {weight: 1, zero: 1, full: 1}}}}",
            r"criteria\.level.*zero and full must differ",
        ),
        ("inhibition: [{source: weather, target: trajectory}]", "source"),
        ("rules: {}", "unknown section 'rules'"),
        ("[]", "must be a mapping"),
        ("defaults: [1]", "must be a mapping of rules"),
        ("defaults: {trajectory: 2}", "must be a mapping of fields"),
        ("defaults: {", "rules.yaml"),
    ],
)
def test_every_mistake_names_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulesError, match=words):
        load_rules(path)


def test_a_plan_may_compare_by_criteria_of_its_own(tmp_path: Path) -> None:
    """Stated as a whole, because the weights of some would not sum to one."""
    path = tmp_path / "rules.yaml"
    path.write_text(
        "plans: {p: {ranking: {criteria: {growth: {weight: 0.7, zero: 0, full: 0.1}, "
        "funds: {weight: 0.3, zero: 0, full: 1}}}}}",
        encoding="utf-8",
    )
    own = load_rules(path).of("p").ranking
    assert {str(name): str(posts.weight) for name, posts in own.criteria.items()} == {
        "growth": "0.7",
        "funds": "0.3",
    }
    assert own.least_assessable == load_rules().of("other").ranking.least_assessable
