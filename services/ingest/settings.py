"""Settings of ingest."""

from pydantic import Field, SecretStr

from shared.settings import CommonSettings


class IngestSettings(CommonSettings):
    """What ingest needs beside the common settings."""

    ingest_port: int = Field(default=8101, ge=1, le=65535, description="HTTP port of ingest.")
    token_secret: SecretStr | None = Field(
        default=None,
        description="Secret behind the opaque subject tokens; set the same one on all replicas. "
        "Without it one is made once and kept in the data directory.",
    )
    http_body_limit: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="Largest body of a request, in bytes."
    )
    http_item_limit: int = Field(
        default=10_000, ge=1, description="Most events in one request to /api/v1/events."
    )
    http_patience_seconds: float = Field(
        default=10.0, gt=0, description="Seconds to wait for Kafka before a request gets a 503."
    )
