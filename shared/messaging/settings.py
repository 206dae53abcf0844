"""Settings of the connection to Kafka; names as in Kafka's own clients."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.configuration import Configured
from shared.messaging.ceiling import Limit

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaSettings(Configured):
    """Where Kafka is, who we are there, and how much of a topic may be bad."""

    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092",
        description="Kafka brokers as host:port, comma separated.",
    )
    kafka_idempotence: bool = Field(
        default=True,
        description="Idempotent producers; the launcher turns it off on the embedded broker.",
    )
    kafka_security_protocol: Protocol = Field(
        default="PLAINTEXT",
        description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as the listener of the brokers.",
    )
    kafka_sasl_mechanism: Mechanism = Field(
        default="SCRAM-SHA-512",
        description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; for the SASL protocols.",
    )
    kafka_username: str = Field(default="", description="User at Kafka, for the SASL protocols.")
    kafka_password: SecretStr | None = Field(default=None, description="Its password.")
    kafka_ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) by which the brokers' ones are checked; without it those "
        "of the system.",
    )
    kafka_certificate_file: Path | None = Field(
        default=None, description="Our certificate (PEM), where brokers ask for one (mutual TLS)."
    )
    kafka_key_file: Path | None = Field(
        default=None, description="Its private key (PEM, without a passphrase)."
    )

    dead_letter_ceiling: float = Field(
        default=0.95,
        gt=0,
        le=1,
        description="A topic is stopped when more than this part of its last records was "
        "refused; 1 never stops one. A restart reads on.",
    )
    dead_letter_window: int = Field(
        default=2000,
        ge=1,
        description="Last records of a topic that the ceiling looks at; fewer decide nothing.",
    )

    @property
    def ceiling(self) -> Limit:
        """From where on a topic is stopped."""
        return Limit(self.dead_letter_ceiling, self.dead_letter_window)

    @model_validator(mode="after")
    def _complete_kafka(self) -> Self:
        if self.kafka_security_protocol.startswith("SASL_") and not (
            self.kafka_username and self.kafka_password
        ):
            message = (
                f"CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} needs "
                "CLUSTERWATCH_KAFKA_USERNAME and CLUSTERWATCH_KAFKA_PASSWORD (or "
                "CLUSTERWATCH_KAFKA_PASSWORD_FILE)"
            )
            raise ValueError(message)
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            message = (
                "CLUSTERWATCH_KAFKA_CERTIFICATE_FILE and CLUSTERWATCH_KAFKA_KEY_FILE go together"
            )
            raise ValueError(message)
        return self
