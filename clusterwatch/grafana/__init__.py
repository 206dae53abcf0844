"""Grafana: dashboards as code, and their way into a Grafana."""

import warnings

with warnings.catch_warnings():
    # The newer schema needs Grafana 12; files in the classic one are provisioned by all versions.
    # The library warns once, while it is imported.
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.table  # noqa: F401 - for its warnings
