"""Figures and names in the READMEs are those of the program and of the committed results."""

import json
import re
import tomllib
import typing
from pathlib import Path

import pytest
import typer
from sqlalchemy import Float
from typer.main import get_command

from clusterwatch.commands.run import command as run
from clusterwatch.launcher.java import OLDEST_JAVA
from clusterwatch.services import SERVICES, settings_class
from demo.inbox import DEFAULT_PORT
from shared.access.table import NEEDS
from shared.events.facts import Fact
from shared.plans import load_catalogue
from shared.storage.migrations import metadata_of
from shared.testing.suites import PROBES

ROOT = Path(__file__).parents[3]
BENCHES = ROOT / "bench" / "results"
READMES = ("README.md", "README.zh-CN.md")
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in READMES}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_ADDRESS = re.compile(r"<http://127\.0\.0\.1:(\d+)(/[^>]*)>")
each_readme = pytest.mark.parametrize("text", TEXTS.values(), ids=READMES)


@each_readme
def test_the_oldest_python_and_java_are_those_that_are_asked_for(text: str) -> None:
    (python,) = re.findall(r"Python (3\.\d+)", text)
    (java,) = re.findall(r"\*\*Java (\d+)", text)
    assert PROJECT["project"]["requires-python"] == f">={python}"
    assert int(java) == OLDEST_JAVA


@each_readme
def test_the_addresses_are_those_of_the_services_and_their_routes(text: str) -> None:
    found = [(int(port), path) for port, path in _ADDRESS.findall(text)]
    ports = {settings_class(name).model_fields[f"{name}_port"].default: name for name in SERVICES}
    assert {port for port, _ in found} == {*ports, DEFAULT_PORT}
    assert all(f"GET {path}" in NEEDS[ports[port]] for port, path in found if port in ports)


@each_readme
def test_the_plans_are_those_of_the_catalogue(text: str) -> None:
    plans = load_catalogue().plans
    assert "2027" in text
    assert [plan.id for plan in plans if "2027" in plan.id] == ["suzhou-2027"]
    zones = sum(plan.id.endswith("-2025") for plan in plans)
    assert (zones, len(plans)) == (4, 5)
    assert re.search(r"four high-tech zones to 2025|四个高新区的2025年规划", text)


@each_readme
def test_the_options_of_make_run_exist(text: str) -> None:
    app = typer.Typer()
    app.command()(run)
    params = get_command(app).params
    known = {name for one in params for name in (*one.opts, *one.secondary_opts)}
    named = set(re.findall(r'make run ARGS="(--[\w-]+)"', text))
    assert named
    assert named <= known


@each_readme
def test_the_hour_of_faults_is_in_the_committed_results(text: str) -> None:
    results = ROOT / "docs" / "operations" / "reliability.json"
    campaigns = json.loads(results.read_text(encoding="utf-8"))
    rounds = [one for campaign in campaigns for one in campaign["rounds"]]
    assert re.search("An hour of random faults|共一小时", text)
    assert sum(campaign["seconds"] for campaign in campaigns) >= 3600
    assert {campaign["store"] for campaign in campaigns} >= {"sqlite", "postgresql"}
    assert not any(one["lost"] or one["counted_twice"] for one in rounds)


@each_readme
def test_delays_and_the_cost_of_a_fact_are_those_of_the_committed_results(text: str) -> None:
    assert re.search(
        "shown within two seconds.*among ten million|两秒内显示.*一千万条", text, re.DOTALL
    )
    figures = {
        row["figure"]: row["value"]
        for name in ("delay", "growth")
        for row in json.loads((BENCHES / f"{name}.json").read_text(encoding="utf-8"))["summary"]
    }
    for store in ("SQLite", "PostgreSQL"):
        assert figures[f"{store}, 50% of capacity: status topic, p99, s"] <= 2
        assert figures[f"{store}, 50% of capacity: /metrics, p99, s"] <= 2
    assert figures["CPU time a fact, 100,000 facts"] == 1
    assert figures["CPU time a fact, 10,000,000 facts"] <= 1.5
    assert figures["CPU time a fact with copies of the log (mean), 10,000,000 facts"] <= 1.5


def test_amounts_are_kept_and_sent_as_integers() -> None:
    """Of reports, facts and totals; ratios and forecasts of statuses are no amounts."""
    assert not [name for name, kind in typing.get_type_hints(Fact).items() if "float" in str(kind)]
    for service in ("ingest", "metrics"):
        columns = [column for table in metadata_of(service).sorted_tables for column in table.c]
        assert not [str(column) for column in columns if isinstance(column.type, Float)]


def test_contributors_are_told_of_every_suite() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    marked = {
        marker.partition(":")[0] for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"]
    }
    assert {*PROBES, "kafka"} == marked <= told
