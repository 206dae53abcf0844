"""Settings of `clusterwatch grafana push`."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class GrafanaSettings(BaseSettings):
    """Where Grafana is, and who we are there."""

    model_config = SettingsConfigDict(env_prefix="CLUSTERWATCH_", extra="ignore")

    grafana_url: str = Field(
        default="http://127.0.0.1:3000",
        description="Address of Grafana, with its path where it is served below one.",
    )
    grafana_token: SecretStr | None = Field(
        default=None,
        description="Token of a service account that may write folders, data sources, dashboards "
        "and playlists; for clusterwatch grafana push.",
    )
