"""Dashboards: what is committed is what the code makes, and it asks for what is exposed."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from services.metrics.dashboards import rendered
from services.metrics.dashboards.clusters import VERDICTS
from services.metrics.telemetry import Snapshot, families
from shared.events.status import Verdict

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_the_committed_dashboards_are_those_that_the_code_renders() -> None:
    folder = DEPLOY / "grafana" / "dashboards"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}

    assert committed == rendered(), "run `python -m services.metrics.dashboards`"


def test_every_unit_metric_a_dashboard_asks_for_is_exposed() -> None:
    exposed = {family.name for family in families(Snapshot(datetime.now(UTC)))}
    asked = {
        name
        for text in rendered().values()
        for name in re.findall(r"clusterwatch_cluster_\w+", text)
    }

    assert asked
    assert asked <= exposed


def test_uids_and_titles_are_unique_and_every_panel_has_a_title() -> None:
    boards = [json.loads(text) for text in rendered().values()]

    assert len({board["uid"] for board in boards}) == len(boards)
    assert len({board["title"] for board in boards}) == len(boards)
    assert all(panel["title"] for board in boards for panel in board["panels"])


def test_every_verdict_has_a_word_and_a_colour() -> None:
    assert {str(verdict) for verdict in Verdict} | {"off_track"} == set(VERDICTS)


def test_prometheus_scrapes_the_three_services() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())

    targets = [job["static_configs"][0]["targets"] for job in config["scrape_configs"]]
    assert targets == [["127.0.0.1:8101"], ["127.0.0.1:8102"], ["127.0.0.1:8103"]]
