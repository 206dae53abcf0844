"""Settings that all services share: every one is an environment variable ``CLUSTERWATCH_…``."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.access.settings import AccessSettings
from shared.confidentiality import ConfidentialityLimits
from shared.http_settings import HttpSettings
from shared.messaging.settings import KafkaSettings

_SHORTEST_AUDIT_DAYS = 180


class CommonSettings(KafkaSettings, HttpSettings, AccessSettings):
    """What ingest, metrics and alerts have in common."""

    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… (a schema per service), or sqlite:///…{service}…; "
        "without it SQLite files in the data directory.",
    )
    database_connections: int = Field(
        default=18,
        ge=4,
        le=200,
        description="Most connections that a process opens to its database on PostgreSQL; up to "
        "eight of them stay open. With access on it opens up to 4 more for tokens.",
    )
    data_dir: Path = Field(default=Path("var"), description="Where SQLite files are kept.")
    auto_migrate: bool = Field(
        default=True,
        description="Bring the database schema up to date at start.",
    )
    plans: Annotated[list[Path], NoDecode] = Field(
        default=[],
        description="Plan files to follow, comma separated; empty means the shipped ones.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log line that is written."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="Log lines for people or for machines."
    )
    batch_size: int = Field(
        default=2000, ge=1, le=100_000, description="Most records taken in one transaction."
    )
    stall_seconds: float = Field(
        default=120.0,
        gt=0,
        description="Seconds without progress on waiting records after which /healthz fails.",
    )
    audit_days: int = Field(
        default=1095,
        ge=0,
        description="Days that lines of the audit logs are kept; 0 keeps them for ever, fewer than "
        "180 are refused.",
    )
    data_label: str = Field(
        default="",
        max_length=40,
        description="Words shown with all figures, on the wall and in messages, such as 模拟数据 "
        "for simulated ones.",
    )
    confidentiality: Literal["on", "off"] = Field(
        default="on",
        description="Mask figures of too few or too dominant contributors; off is audited.",
    )
    confidentiality_off_reason: str = Field(
        default="",
        description="Who turned masking off and why; required with confidentiality=off.",
    )
    confidentiality_min_contributors: int = Field(
        default=3, ge=1, description="Figures of fewer contributors are masked."
    )
    confidentiality_max_largest: float = Field(
        default=0.85, gt=0, le=1, description="Masked when the largest share is above this."
    )
    confidentiality_max_two_largest: float = Field(
        default=0.90, gt=0, le=1, description="Masked when the two largest are above this."
    )

    @property
    def limits(self) -> ConfidentialityLimits:
        """Thresholds of the confidentiality test."""
        return ConfidentialityLimits(
            self.confidentiality_min_contributors,
            self.confidentiality_max_largest,
            self.confidentiality_max_two_largest,
        )

    @property
    def masking(self) -> ConfidentialityLimits | None:
        """Limits that readers are held to; None while masking is off."""
        return self.limits if self.confidentiality == "on" else None

    @field_validator("plans", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        if isinstance(value, str):
            return [Path(part.strip()) for part in value.split(",") if part.strip()]
        return value

    @field_validator("audit_days")
    @classmethod
    def _long_enough(cls, value: int) -> int:
        if 0 < value < _SHORTEST_AUDIT_DAYS:
            message = (
                f"CLUSTERWATCH_AUDIT_DAYS={value} is too short: network logs are kept for at least "
                "six months (Cybersecurity Law, article 21); 0 keeps them for ever"
            )
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _off_needs_a_reason(self) -> Self:
        if self.confidentiality == "off" and not self.confidentiality_off_reason.strip():
            message = (
                "CLUSTERWATCH_CONFIDENTIALITY=off needs "
                "CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON: say who decided it and why"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _open_needs_a_reason(self) -> Self:
        is_open = self.access == "off" and not is_loopback(self.host)
        if is_open and not self.access_off_reason.strip():
            message = (
                f"CLUSTERWATCH_HOST={self.host} lets others in: set CLUSTERWATCH_ACCESS=on and "
                "make tokens with `clusterwatch tokens create`, or say in "
                "CLUSTERWATCH_ACCESS_OFF_REASON who decided to do without, and why"
            )
            raise ValueError(message)
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
