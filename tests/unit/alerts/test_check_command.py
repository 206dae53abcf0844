"""`clusterwatch alerts check` says what is wrong with a rules file."""

from pathlib import Path

from typer.testing import CliRunner

from clusterwatch.commands.alerts import app
from services.alerts.adapters.rules_file import SHIPPED_RULES
from services.alerts.domain.rulebook import PlanRules


def test_the_shipped_rules_are_in_order() -> None:
    assert CliRunner().invoke(app, ["check", str(SHIPPED_RULES)]).exit_code == 0


def test_every_rule_is_explained() -> None:
    output = CliRunner().invoke(app, ["check"]).output
    for name in (*PlanRules.__dataclass_fields__, "deadline_day 12", "periods_without_progress 3"):
        assert name in output


def test_a_plan_nobody_has_and_an_inhibition_without_effect_are_noted(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "defaults: {trajectory: {enabled: false}}\nplans: {nowhere: {fell_back: {periods: 2}}}"
    )
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 0
    assert "plans.nowhere: no such plan" in result.output
    assert "coverage_low → trajectory: trajectory is off" in result.output
    assert "periods 2" in result.output.partition("plan nowhere")[2].splitlines()[1]


def test_a_wrong_field_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("plans: {suzhou-2027: {growth_negative: {periods: 0}}}")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    assert "growth_negative.periods" in result.output


def test_a_file_that_is_missing_is_a_message(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["check", str(tmp_path / "none.yaml")]).exit_code == 1
