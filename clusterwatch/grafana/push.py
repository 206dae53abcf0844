"""Folder, data source, dashboards and playlist into a Grafana; doing it again changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clusterwatch.grafana.ports import Body, Grafana, NotThere, Taken

_KEPT_BY_GRAFANA = ("id", "version")
"""Fields of a dashboard that are Grafana's own."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where things go, and how Grafana reaches Prometheus."""

    prometheus_url: str
    folder_uid: str = "clusterwatch"
    folder_title: str = "产业集群"
    source_name: str = "Prometheus"
    source_uid: str = "clusterwatch-prometheus"


def push(
    grafana: Grafana, target: Target, dashboards: Mapping[str, Body], playlist: Body
) -> Iterator[str]:
    """Make the Grafana hold exactly these; tells for each thing what was done.

    Raises `GrafanaError`; what was told before that stands.
    """
    yield f"folder {target.folder_title}: {_folder(grafana, target)}"
    yield f"data source {target.source_name}: {_data_source(grafana, target)}"
    for uid, board in dashboards.items():
        yield f"dashboard {board['title']}: {_dashboard(grafana, target, uid, board)}"
    yield f"playlist {playlist['name']}: {_playlist(grafana, playlist)}"


def _folder(grafana: Grafana, target: Target) -> str:
    try:
        found = grafana.folder(target.folder_uid)
    except NotThere:
        grafana.create_folder(target.folder_uid, target.folder_title)
        return "made"
    if found["title"] == target.folder_title:
        return "as it was"
    grafana.rename_folder(target.folder_uid, target.folder_title, found["version"])
    return "renamed"


def _data_source(grafana: Grafana, target: Target) -> str:
    wanted = {
        "name": target.source_name,
        "uid": target.source_uid,
        "type": "prometheus",
        "access": "proxy",
        "url": target.prometheus_url,
        "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
    }
    try:
        found = grafana.data_source(target.source_name)
    except NotThere:
        grafana.create_data_source({**wanted, "isDefault": False})
        return "made"
    if found.get("type") != "prometheus":
        raise Taken(
            f"a data source {target.source_name!r} of type {found.get('type')!r} is there already: "
            "rename it"
        )
    if all(found.get(name) == value for name, value in wanted.items()):
        return "as it was"
    # Its own id and default stay; another uid would break what refers to it.
    grafana.update_data_source(
        found["id"],
        {**wanted, "uid": found["uid"], "isDefault": found.get("isDefault", False)},
    )
    return "changed"


def _dashboard(grafana: Grafana, target: Target, uid: str, board: Body) -> str:
    body = {"folderUid": target.folder_uid, "message": "clusterwatch grafana push"}
    try:
        found = grafana.dashboard(uid)
    except NotThere:
        grafana.save_dashboard({**body, "dashboard": {**board, "id": None}, "overwrite": False})
        return "made"
    standing, meta = found["dashboard"], found["meta"]
    if meta.get("folderUid") == target.folder_uid and _own(standing) == _own(board):
        return "as it was"
    known = {"id": standing["id"], "version": standing["version"]}
    grafana.save_dashboard({**body, "dashboard": {**board, **known}, "overwrite": False})
    return "changed"


def _own(board: Mapping[str, Any]) -> Body:
    return {name: value for name, value in board.items() if name not in _KEPT_BY_GRAFANA}


def _playlist(grafana: Grafana, wanted: Body) -> str:
    named = [each for each in grafana.playlists() if each["name"] == wanted["name"]]
    if not named:
        grafana.create_playlist(wanted)
        return "made"
    uid = named[0]["uid"]
    found = grafana.playlist(uid)
    items = [{"type": item["type"], "value": item["value"]} for item in found.get("items", [])]
    if found["interval"] == wanted["interval"] and items == wanted["items"]:
        return "as it was"
    grafana.update_playlist(uid, wanted)
    return "changed"
