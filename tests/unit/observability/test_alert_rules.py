"""Rules of Prometheus: valid, tested, and each alert with a page that says what to do."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "operations" / "runbooks"


def rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted((PROMETHEUS / "rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}

    assert pages == set(ALERTS)
    for name, rule in ALERTS.items():
        assert ROOT / rule["annotations"]["runbook_url"] == RUNBOOKS / f"{name}.md"
        page = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {name}\n")
        assert f"| {rule['labels']['severity']} | {rule.get('for', 'at once')} |" in page
        assert f"[{name}]({name}.md)" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_every_alert_says_in_chinese_what_is_wrong() -> None:
    for rule in ALERTS.values():
        for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
            assert any("一" <= character <= "鿿" for character in text), text


def test_a_watchdog_always_fires() -> None:
    assert ALERTS["Watchdog"]["expr"] == "vector(1)"


def test_nothing_that_is_recorded_is_told_apart_by_the_replica() -> None:
    for rule in rules():
        if "record" in rule and not rule["record"].startswith(("calendar:", "plan:")):
            assert any(word in rule["expr"] for word in (" by (", "without (instance, pod"))


def test_every_alert_is_tested() -> None:
    tested = "".join(
        path.read_text(encoding="utf-8") for path in (PROMETHEUS / "tests").glob("*.yml")
    )

    assert [name for name in ALERTS if f'"{name}"' not in tested] == []


def promtool(*arguments: str | Path, folder: Path = PROMETHEUS) -> None:
    done = subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.prometheus
def test_prometheus_takes_the_configuration_and_the_rules() -> None:
    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", *sorted((PROMETHEUS / "rules").glob("*.yml")))


@pytest.mark.prometheus
@pytest.mark.parametrize("name", sorted(path.name for path in (PROMETHEUS / "tests").glob("*.yml")))
def test_the_rules_fire_when_they_must_and_only_then(name: str) -> None:
    promtool("test", "rules", name, folder=PROMETHEUS / "tests")
