"""Settings of `clusterwatch grafana push`."""

from pydantic import Field, SecretStr

from shared.configuration import Configured


class GrafanaSettings(Configured):
    """Where Grafana is, and who we are there."""

    grafana_url: str = Field(
        default="http://127.0.0.1:3000",
        description="Address of Grafana, with its path where it is served below one.",
    )
    grafana_token: SecretStr | None = Field(
        default=None,
        description="Token of a service account that may write folders, data sources, dashboards "
        "and playlists; for clusterwatch grafana push.",
    )
