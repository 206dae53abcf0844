"""Dashboards → JSON files, the same bytes from the same code."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from services.metrics.dashboards.clusters import clusters_dashboard


def rendered() -> dict[str, str]:
    """JSON text of every dashboard by file name."""
    boards = [clusters_dashboard()]
    return {
        f"{board.uid}.json": json.dumps(
            board, cls=JSONEncoder, ensure_ascii=False, indent=2, sort_keys=True
        )
        + "\n"
        for board in boards
    }


def render_all(folder: Path) -> None:
    """Write every dashboard into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="utf-8")
