"""Settings of metrics."""

from datetime import timedelta

from pydantic import Field, SecretStr

from services.metrics.domain.thresholds import Thresholds
from services.metrics.use_cases.gather import AssessmentRules
from shared.settings import CommonSettings


class MetricsSettings(CommonSettings):
    """What metrics needs beside the common settings."""

    metrics_port: int = Field(default=8102, ge=1, le=65535, description="HTTP port of metrics.")
    wall_alerts_url: str = Field(
        default="",
        description="Address of the alerts service, for the wall's ticker; without it the ticker "
        "shows which clusters are off track.",
    )
    wall_alerts_token: SecretStr | None = Field(
        default=None,
        description="Token of a viewer, to read that service where access control is on.",
    )
    assess_delay_seconds: float = Field(
        default=0.3,
        gt=0,
        description="Seconds that changes are collected for before they are assessed.",
    )
    coverage_gate: float = Field(
        default=0.95, ge=0, le=1, description="Below this coverage nothing is judged."
    )
    base_settle_seconds: float = Field(
        default=60.0,
        ge=0,
        description="Seconds that a closed year's total stands unchanged before it is frozen "
        "as the base of a path.",
    )
    forecast_delay_seconds: float = Field(
        default=2.0,
        gt=0,
        description="Seconds that a series stands unchanged before its forecast is made again.",
    )

    @property
    def rules(self) -> AssessmentRules:
        """Thresholds of an assessment."""
        return AssessmentRules(
            Thresholds(coverage=self.coverage_gate),
            self.limits,
            timedelta(seconds=self.base_settle_seconds),
        )
