"""Dashboards and playlist → JSON, the same bytes from the same code."""

import json
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from clusterwatch.grafana import cluster, overview, pipeline, quality

FOLDER = Path("deploy/grafana/dashboards")
PLAYLIST = Path("deploy/grafana/playlist.json")
PLAYLIST_NAME = "产业集群大屏"
_INTERVAL = "1m"


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by its uid, as Grafana's classic JSON model."""
    boards = (overview.overview(), cluster.cluster(), quality.quality(), pipeline.pipeline())
    return {str(board.uid): json.loads(json.dumps(board, cls=JSONEncoder)) for board in boards}


def playlist() -> dict[str, Any]:
    """Playlist of the overview, the cluster page and the data's quality, for a wall (`?kiosk`)."""
    shown = (overview.UID, overview.CLUSTER_UID, quality.UID)
    items = [{"type": "dashboard_by_uid", "value": uid} for uid in shown]
    return {"name": PLAYLIST_NAME, "interval": _INTERVAL, "items": items}


def rendered() -> dict[Path, str]:
    """Text of every file by its path in the project."""
    files = {FOLDER / f"{uid}.json": _text(board) for uid, board in dashboards().items()}
    return {**files, PLAYLIST: _text(playlist())}


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write(root: Path) -> list[Path]:
    """Write all files below a folder; those of dashboards that are no more go away."""
    files = rendered()
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for stale in (root / FOLDER).glob("clusterwatch-*.json"):
        if stale.relative_to(root) not in files:
            stale.unlink()
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    return sorted(files)
