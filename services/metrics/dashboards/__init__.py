"""Grafana dashboards as code; ``python -m services.metrics.dashboards`` writes the JSON files."""

import warnings

with warnings.catch_warnings():
    # The newer schema needs Grafana 12; files in the classic one are provisioned by all versions.
    # The library warns once, while it is imported.
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    from services.metrics.dashboards.clusters import clusters_dashboard
    from services.metrics.dashboards.rendering import render_all, rendered

__all__ = ["clusters_dashboard", "render_all", "rendered"]
