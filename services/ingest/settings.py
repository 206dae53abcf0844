"""Settings of ingest."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import CommonSettings


class IngestSettings(CommonSettings):
    """What ingest needs beside the common settings."""

    ingest_port: int = Field(default=8101, ge=1, le=65535, description="HTTP port of ingest.")
    token_secret: SecretStr | None = Field(
        default=None,
        description="Secret behind the opaque subject tokens; set the same one on all replicas. "
        "Without it one is made once and kept in the data directory.",
    )
    held_reports: Literal["on", "off"] = Field(
        default="on",
        description="Hold reports that look like a unit slip until somebody confirms them; "
        "off is audited.",
    )
    held_reports_off_reason: str = Field(
        default="",
        description="Who turned holding off and why; required with held_reports=off.",
    )
    held_factor: float = Field(
        default=4.0,
        ge=1.5,
        le=10,
        description="So many times above or below last year a figure is suspicious. "
        "4 keeps a slip by 10 in sight while the enterprise shrinks or grows by half.",
    )
    held_unit_share: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="Part of a unit's figure by which a suspicious report must move it to be held. "
        "A twentieth is what lies between on track and behind.",
    )
    subject_names: Literal["on", "off"] = Field(
        default="off",
        description="Answer who is behind a token, to those who may know; each answer is audited.",
    )
    http_item_limit: int = Field(
        default=10_000, ge=1, description="Most events in one request to /api/v1/events."
    )
    http_patience_seconds: float = Field(
        default=10.0, gt=0, description="Seconds to wait for Kafka before a request gets a 503."
    )

    @model_validator(mode="after")
    def _off_needs_a_reason(self) -> Self:
        if self.held_reports == "off" and not self.held_reports_off_reason.strip():
            message = (
                "CLUSTERWATCH_HELD_REPORTS=off needs CLUSTERWATCH_HELD_REPORTS_OFF_REASON: "
                "say who decided it and why"
            )
            raise ValueError(message)
        return self
