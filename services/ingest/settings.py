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
