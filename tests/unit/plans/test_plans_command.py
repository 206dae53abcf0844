"""`clusterwatch plans` as an operator uses it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clusterwatch.commands.plans import app

_SMALL = Path(__file__).parents[2] / "data" / "plans" / "small.yaml"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("CLUSTERWATCH_PLANS", raising=False)


def test_the_shipped_plans_are_listed() -> None:
    result = CliRunner().invoke(app, ["list"])
    assert result.exit_code == 0
    assert "suzhou-2027" in result.output


def test_a_plan_is_shown_with_its_figures_and_chinese_names() -> None:
    result = CliRunner().invoke(app, ["show", "suzhou-2027"])
    assert result.exit_code == 0
    for text in ("轴承制造主导产业", "> 100 亿元", "redacted", "2024: from the feed", "存疑"):
        assert text in result.output


def test_an_unknown_plan_is_named_with_those_there_are() -> None:
    result = CliRunner().invoke(app, ["show", "atlantis"])
    assert result.exit_code == 1
    assert "suzhou-2027" in result.output


def test_the_settings_name_other_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERWATCH_PLANS", str(_SMALL))
    result = CliRunner().invoke(app, ["list"])
    assert "小规划" in result.output
    assert "suzhou-2027" not in result.output


def test_what_an_overlay_adds_is_shown_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERWATCH_PLANS", str(_SMALL.with_name("overlay.yaml")))
    result = CliRunner().invoke(app, ["show", "suzhou-2027"])
    assert "1+city-1" in result.output
    assert "overlay: 市双推办 2026-03 (test)" in result.output
    assert "2027: >= 600 亿元 – 市双推办" in result.output


def test_check_is_content_with_the_shipped_plans() -> None:
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 0
    assert "suzhou-2027 1: 35 indicators, no problems" in result.output


def test_check_prints_every_problem_and_fails(tmp_path: Path) -> None:
    text = _SMALL.read_text(encoding="utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace("unit: east-pumps", "unit: x").replace("['344']", "['345']"))
    result = CliRunner().invoke(app, ["check", str(_SMALL), str(broken)])
    assert result.exit_code == 1
    assert "broken.yaml:43: clusters[1].membership: overlaps" in result.output
    assert "indicators[1].unit: 'x' is not a unit" in result.output
    assert "2 problem(s)" in result.output
