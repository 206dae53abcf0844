"""Settings of the alerts service."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import DirectoryPath, Field, IPvAnyNetwork, SecretStr, field_validator
from pydantic_settings import NoDecode

from shared.settings import CommonSettings

_SHORTEST_HISTORY_DAYS = 800


class AlertsSettings(CommonSettings):
    """What alerts needs beside the common settings."""

    alerts_port: int = Field(default=8103, ge=1, le=65535, description="HTTP port of alerts.")
    alerts_rules: Path | None = Field(
        default=None, description="Rules file (YAML); without it the shipped rules."
    )
    alerts_templates: DirectoryPath | None = Field(
        default=None,
        description="Folder whose message templates and words go before the shipped ones.",
    )
    alerts_papers_issuer: str = Field(
        default="",
        max_length=60,
        description="Office in whose name papers go out, printed under their title; frozen with "
        "each issue. Empty for none.",
    )
    alerts_settle_seconds: float = Field(
        default=60.0,
        ge=0,
        description="Quiet seconds after which a first load of statuses is taken to be over.",
    )
    alerts_calendar_seconds: float = Field(
        default=600.0,
        gt=0,
        description="Seconds between evaluations by the calendar (late reports).",
    )
    alerts_upkeep_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Seconds between looks for repeats, escalations and ended silences.",
    )
    alerts_delivery_seconds: float = Field(
        default=1.0, gt=0, description="Seconds between looks for due deliveries."
    )
    alerts_give_up_hours: float = Field(
        default=72.0, gt=0, description="Hours after which a delivery that keeps failing is failed."
    )
    alerts_history_days: int = Field(
        default=1095,
        ge=0,
        description="Days that steps of alerts which ended, deliveries, ended silences and deleted "
        "subscriptions are kept; 0 keeps them for ever, fewer than 800 are refused.",
    )
    alerts_private_targets: Annotated[list[IPvAnyNetwork], NoDecode] = Field(
        default=[],
        description="Networks that are not public and to which messages may be posted all the "
        "same, such as 10.20.0.0/16, comma separated; all others that are not public are refused.",
    )
    alerts_sealing_keys: SecretStr | None = Field(
        default=None,
        description="Keys under which targets of subscriptions stand in the database, comma "
        "separated: the first one seals, all open. The same on all replicas. Without it one is "
        "made once and kept in the data directory.",
    )
    alerts_allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="The only hosts that messages are posted to, comma separated; empty means any.",
    )
    alerts_public_url: str = Field(
        default="http://127.0.0.1:8103", description="Address of alerts in links of messages."
    )
    alerts_wall_url: str = Field(
        default="http://127.0.0.1:8102/wall", description="Address of the wall in messages."
    )
    alerts_ingest_url: str = Field(
        default="http://127.0.0.1:8101",
        description="Address of ingest, for the console's page about what comes in.",
    )
    alerts_subject_names: Literal["on", "off"] = Field(
        default="off",
        description="Ask ingest for the names of enterprises in messages to subscriptions of the "
        "role internal; ingest needs CLUSTERWATCH_SUBJECT_NAMES=on and writes each asking down.",
    )
    alerts_ingest_token: SecretStr | None = Field(
        default=None,
        description="Administrator token that names are asked for with, where access is on.",
    )
    alerts_metrics_url: str = Field(
        default="http://127.0.0.1:8102",
        description="Address of metrics, for the console's page with the audit logs.",
    )
    alerts_smtp_host: str | None = Field(
        default=None, description="Mail server; without it the e-mail channel is off."
    )
    alerts_smtp_port: int = Field(default=25, ge=1, le=65535, description="Port of the server.")
    alerts_smtp_security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="How the connection to the mail server is secured."
    )
    alerts_smtp_username: str | None = Field(default=None, description="Login of the server.")
    alerts_smtp_password: SecretStr | None = Field(default=None, description="Its password.")
    alerts_smtp_sender: str = Field(
        default="clusterwatch@localhost", description="From address of messages."
    )

    @field_validator("alerts_history_days")
    @classmethod
    def _long_enough(cls, value: int) -> int:
        if 0 < value < _SHORTEST_HISTORY_DAYS:
            message = (
                f"CLUSTERWATCH_ALERTS_HISTORY_DAYS={value} is too short: a yearly paper tells of "
                "two years, so 800 days are the least; 0 keeps them for ever"
            )
            raise ValueError(message)
        return value

    @field_validator("alerts_private_targets", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("alerts_allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip().lower() for part in value.split(",") if part.strip()]
        return value
