"""Settings of the HTTP servers: TLS, trusted proxies and limits."""

import ssl
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.configuration import Configured


class HttpSettings(Configured):
    """How the services listen."""

    host: str = Field(default="127.0.0.1", description="Address that the HTTP server listens on.")
    http_certificate_file: Path | None = Field(
        default=None,
        description="Certificate with its chain (PEM): the services then speak HTTPS only, TLS 1.2 "
        "or later.",
    )
    http_key_file: Path | None = Field(
        default=None, description="Its private key (PEM, without a passphrase)."
    )
    http_ca_file: Path | None = Field(
        default=None,
        description="Authorities (PEM) that are believed beside the public ones when services and "
        "commands ask services and the identity provider over HTTPS. Robots are not concerned.",
    )
    http_trusted_proxies: str = Field(
        default="",
        description="Addresses and networks of proxies whose X-Forwarded-For and -Proto are "
        "believed, comma separated; everybody else's are ignored.",
    )
    http_body_limit: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="Largest body of a request, in bytes."
    )
    http_body_seconds: float = Field(
        default=60.0, gt=0, description="Seconds in which a whole body must have come."
    )
    http_requests_per_minute: int = Field(
        default=6000,
        ge=0,
        description="Requests of one token, or of one address without one, where access is on; "
        "more get 429. 0 is no limit.",
    )
    http_failures_per_minute: int = Field(
        default=20,
        ge=0,
        description="Tokens that are none, from one address, where access is on; after more every "
        "unknown token from there gets 429. 0 is no limit.",
    )

    @model_validator(mode="after")
    def _complete_tls(self) -> Self:
        if (self.http_certificate_file is None) != (self.http_key_file is None):
            raise ValueError(
                "CLUSTERWATCH_HTTP_CERTIFICATE_FILE and CLUSTERWATCH_HTTP_KEY_FILE go together"
            )
        return self

    @field_validator("http_ca_file")
    @classmethod
    def _readable(cls, file: Path | None) -> Path | None:
        if file is None:
            return None
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        except OSError as error:
            raise ValueError(f"{file} holds no certificates: {error}") from error
        return file
