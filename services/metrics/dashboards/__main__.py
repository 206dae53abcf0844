"""Writes the dashboards to ``deploy/grafana/dashboards`` (or the folder given)."""

import sys
from pathlib import Path

from services.metrics.dashboards.rendering import render_all

DEFAULT = Path("deploy/grafana/dashboards")

if __name__ == "__main__":
    render_all(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
