"""`clusterwatch grafana push` against a strict stand-in of Grafana's HTTP API."""

import copy
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from clusterwatch.cli import app
from clusterwatch.grafana.api import GrafanaHttp
from clusterwatch.grafana.ports import GrafanaError
from clusterwatch.grafana.rendering import dashboards
from clusterwatch.launcher.ports import free_ports
from shared.testing.grafana import TOKEN, StandInGrafana, serving

BOARDS = dashboards()


@pytest.fixture(params=["", "/grafana"], ids=["at the root", "below a path"])
def grafana(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StandInGrafana]:
    stand_in = StandInGrafana(prefix=request.param)
    with serving(stand_in) as url:
        monkeypatch.setenv("CLUSTERWATCH_GRAFANA_URL", url)
        monkeypatch.setenv("CLUSTERWATCH_GRAFANA_TOKEN", TOKEN)
        yield stand_in


def push(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["grafana", "push", *arguments])


def told(result: Result) -> list[str]:
    return [line.rpartition(": ")[2] for line in result.output.splitlines()]


def test_everything_is_made_in_an_empty_grafana(grafana: StandInGrafana) -> None:
    result = push("--prometheus", "http://prometheus:9090")

    assert result.exit_code == 0, result.output
    assert told(result) == ["made"] * 7
    assert set(grafana.boards) == set(BOARDS)
    assert {b["meta"]["folderUid"] for b in grafana.boards.values()} == set(grafana.folders)
    assert grafana.folders["clusterwatch"]["title"] == "产业集群"
    assert grafana.sources[1]["url"] == "http://prometheus:9090"
    assert len(grafana.lists["list1"]["items"]) == 3
    assert grafana.unknown == []


def test_a_second_push_changes_nothing(grafana: StandInGrafana) -> None:
    push()
    grafana.changes.clear()

    result = push()

    assert result.exit_code == 0, result.output
    assert told(result) == ["as it was"] * 7
    assert grafana.changes == []


def test_only_what_differs_is_changed(grafana: StandInGrafana) -> None:
    push()
    grafana.changes.clear()
    grafana.boards["clusterwatch-quality"]["dashboard"]["title"] = "by hand"
    grafana.folders["clusterwatch"]["title"] = "by hand"
    grafana.lists["list1"]["interval"] = "9m"
    grafana.sources[1]["isDefault"] = True

    result = push("--prometheus", "http://elsewhere:9090")

    assert result.exit_code == 0, result.output
    assert grafana.changes == [
        "PUT /folders/clusterwatch",
        "PUT /datasources/1",
        "POST /dashboards/db",
        "PUT /playlists/list1",
    ]
    assert grafana.boards["clusterwatch-quality"]["dashboard"]["title"] == "数据质量"
    assert grafana.boards["clusterwatch-quality"]["dashboard"]["version"] == 2
    assert grafana.folders["clusterwatch"]["title"] == "产业集群"
    assert grafana.lists["list1"]["interval"] == "1m"
    assert grafana.sources[1]["url"] == "http://elsewhere:9090"
    assert grafana.sources[1]["isDefault"] is True


def test_a_dashboard_in_another_folder_is_brought_back(grafana: StandInGrafana) -> None:
    push()
    grafana.boards["clusterwatch-quality"]["meta"]["folderUid"] = "elsewhere"

    assert told(push()).count("changed") == 1
    assert grafana.boards["clusterwatch-quality"]["meta"]["folderUid"] == "clusterwatch"


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        ("GET /folders/clusterwatch", 403, "give its account the role"),
        ("POST /folders", 412, "was changed meanwhile, or its name is taken"),
        ("POST /datasources", 409, "was changed meanwhile, or its name is taken"),
        ("POST /dashboards/db", 412, "was changed meanwhile, or its name is taken"),
        ("POST /dashboards/db", 404, "another API"),
        ("POST /dashboards/db", 400, "refuses dashboard"),
        ("GET /playlists", 404, "Grafana has no playlists"),
        ("POST /playlists", 500, "Grafana fails on playlist"),
    ],
)
def test_each_refusal_is_told_with_its_status_and_what_it_means(
    grafana: StandInGrafana, request_: str, status: int, words: str
) -> None:
    grafana.fail_with[request_] = status

    result = push()

    assert result.exit_code == 1
    assert f"{status}: " in result.output
    assert words in result.output.replace("\n", " ")
    assert "as the test wants it" in result.output
    assert "Traceback" not in result.output


def test_a_data_source_of_another_kind_under_our_name_is_left_alone(
    grafana: StandInGrafana,
) -> None:
    theirs = {"name": "Prometheus", "uid": "x", "type": "loki", "id": 1}
    grafana.sources[1] = copy.deepcopy(theirs)

    result = push()

    assert result.exit_code == 1
    assert "rename it" in result.output
    assert grafana.sources == {1: theirs}


def test_an_unknown_token_is_told_without_showing_it(
    grafana: StandInGrafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_GRAFANA_TOKEN", "glsa_a_wrong_one")

    result = push()

    assert result.exit_code == 1
    assert "401" in result.output
    assert "CLUSTERWATCH_GRAFANA_TOKEN" in result.output
    assert "glsa_a_wrong_one" not in result.output
    assert not grafana.changes


def test_the_token_is_in_the_header_and_nowhere_else(grafana: StandInGrafana) -> None:
    result = push()

    assert TOKEN not in result.output
    for _, path, headers in grafana.requests:
        assert TOKEN not in path
        assert headers.pop("authorization") == f"Bearer {TOKEN}"
        assert TOKEN not in str(headers)


def test_without_a_token_nothing_is_asked(
    grafana: StandInGrafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLUSTERWATCH_GRAFANA_TOKEN")

    result = push()

    assert result.exit_code == 1
    assert "CLUSTERWATCH_GRAFANA_TOKEN is not set" in result.output
    assert grafana.requests == []


def test_a_grafana_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERWATCH_GRAFANA_URL", f"http://127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.setenv("CLUSTERWATCH_GRAFANA_TOKEN", TOKEN)

    result = push()

    assert result.exit_code == 1
    assert "is not reached" in result.output
    assert TOKEN not in result.output


@pytest.mark.parametrize(
    "url", ["grafana:3000", "ftp://grafana", "http://", "http://admin:secret@grafana:3000"]
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(GrafanaError, match="CLUSTERWATCH_GRAFANA_URL"):
        GrafanaHttp(url, TOKEN)
