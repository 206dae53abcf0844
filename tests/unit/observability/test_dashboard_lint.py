"""Dashboards: what is committed is what the code makes, and each panel explains itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from clusterwatch.grafana.rendering import FOLDER, PLAYLIST, dashboards, playlist, rendered
from clusterwatch.grafana.words import COLOURS, SEVERITY, VERDICTS
from clusterwatch.observability.catalogue import SECTIONS
from shared.events.status import Colour, Verdict

ROOT = Path(__file__).parents[3]
BOARDS = dashboards()
PANELS = [
    pytest.param(board, panel, id=f"{uid}: {panel['title']}")
    for uid, board in BOARDS.items()
    for panel in board["panels"]
    if panel["type"] != "row"
]
FAMILIES = {family.name: family for _, families in SECTIONS for family in families}
HISTOGRAM_ENDS = ("_bucket", "_count", "_sum")


def chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def test_the_committed_files_are_those_that_the_code_renders() -> None:
    folder = ROOT / FOLDER
    committed = {FOLDER / p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.json")}
    committed[PLAYLIST] = (ROOT / PLAYLIST).read_text(encoding="utf-8")

    assert committed == rendered(), "run `clusterwatch grafana render`"


def test_uids_and_titles_are_unique_because_a_duplicate_stops_provisioning() -> None:
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS)
    assert set(BOARDS) == {board["uid"] for board in BOARDS.values()}
    for board in BOARDS.values():
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles)
        assert chinese(board["title"])
        assert chinese(board["description"])


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_every_panel_explains_itself(board: dict[str, Any], panel: dict[str, Any]) -> None:
    assert chinese(panel["title"])
    assert chinese(panel["description"])
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_every_query_goes_to_the_chosen_data_source(
    board: dict[str, Any], panel: dict[str, Any]
) -> None:
    assert "source" in {each["name"] for each in board["templating"]["list"]}
    for source in (panel["datasource"], *(target["datasource"] for target in panel["targets"])):
        assert source == {"type": "prometheus", "uid": "${source}"}


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_every_query_asks_for_declared_metrics_and_known_variables(
    board: dict[str, Any], panel: dict[str, Any]
) -> None:
    variables = {each["name"] for each in board["templating"]["list"]}
    for target in panel["targets"]:
        for name in re.findall(r"\bclusterwatch_\w+(?=[{\[ )])", target["expr"]):
            stem = next((name.removesuffix(e) for e in HISTOGRAM_ENDS if name.endswith(e)), name)
            assert name in FAMILIES or FAMILIES[stem].kind == "histogram", name
        used = set(re.findall(r"\$(?!__)\{?(\w+)", target["expr"]))
        assert used <= variables


def test_words_cover_all_verdicts_and_colours() -> None:
    assert {str(verdict) for verdict in Verdict} | {"off_track"} == set(VERDICTS)
    assert {str(colour) for colour in Colour} == set(COLOURS) == set(SEVERITY)


def test_every_dashboard_leads_to_the_wall_and_to_acknowledging() -> None:
    for board in BOARDS.values():
        urls = {link.get("url") for link in board["links"]}
        assert {"${wall}", "${console}"} <= urls


def test_the_overview_leads_to_each_cluster() -> None:
    text = json.dumps(BOARDS["clusterwatch-overview"], ensure_ascii=False)

    assert "/d/clusterwatch-cluster?var-plan=${plan}&var-cluster=${__data.fields.编号}" in text


def test_the_playlist_shows_dashboards_that_exist() -> None:
    assert {item["value"] for item in playlist()["items"]} <= set(BOARDS)


def test_provisioning_names_the_data_source_and_the_dashboards_once() -> None:
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    sources = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text())
    providers = yaml.safe_load((folder / "dashboards" / "clusterwatch.yaml").read_text())

    assert [source["uid"] for source in sources["datasources"]] == ["clusterwatch-prometheus"]
    assert len(providers["providers"]) == 1


def test_prometheus_scrapes_the_three_services_and_drops_the_replica_from_clusters() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}

    targets = [
        jobs[f"clusterwatch-{service}"]["static_configs"][0]["targets"]
        for service in ("ingest", "metrics", "alerts")
    ]
    assert targets == [["127.0.0.1:8101"], ["127.0.0.1:8102"], ["127.0.0.1:8103"]]
    dropped = jobs["clusterwatch-metrics"]["metric_relabel_configs"]
    assert {rule["target_label"] for rule in dropped} == {"instance", "pod"}
    assert config["alerting"]["alertmanagers"][0]["api_version"] == "v2"
