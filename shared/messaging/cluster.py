"""One Kafka cluster as every client library wants it: addresses, TLS and who we are."""

import ssl
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.configuration import SettingsError
from shared.messaging.settings import KafkaSettings, Mechanism, Protocol

_SASL = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


@dataclass(frozen=True)
class KafkaCluster:
    """Addresses and security; nothing is opened or read until a client is made."""

    servers: str
    """host:port, comma separated."""
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @classmethod
    def of(cls, settings: KafkaSettings) -> "KafkaCluster":
        """The cluster that the settings name."""
        password = settings.kafka_password
        return cls(
            servers=settings.kafka_bootstrap_servers,
            protocol=settings.kafka_security_protocol,
            mechanism=settings.kafka_sasl_mechanism,
            username=settings.kafka_username,
            password=password.get_secret_value() if password else "",
            ca_file=settings.kafka_ca_file,
            certificate_file=settings.kafka_certificate_file,
            key_file=settings.kafka_key_file,
        )

    def __str__(self) -> str:
        """The addresses."""
        return self.servers

    @property
    def is_secured(self) -> bool:
        """Whether brokers know who we are or nobody can listen."""
        return self.protocol != "PLAINTEXT"

    @property
    def signs_in(self) -> bool:
        """Whether we name a user."""
        return self.protocol.startswith("SASL_")

    @property
    def addresses(self) -> list[str]:
        """Each broker's host:port."""
        return [one.strip() for one in self.servers.split(",") if one.strip()]

    def client_arguments(self) -> dict[str, Any]:
        """Arguments of aiokafka's and kafka-python's clients, which have the same names.

        Raises `SettingsError` for certificates that cannot be read.
        """
        found: dict[str, Any] = {"bootstrap_servers": self.addresses}
        if not self.is_secured:
            return found
        found |= {"security_protocol": self.protocol, "ssl_context": self.tls}
        if self.signs_in:
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found

    def security(self) -> BaseSecurity | None:
        """The same for FastStream. Raises `SettingsError` for certificates."""
        if not self.is_secured:
            return None
        if not self.signs_in:
            return BaseSecurity(ssl_context=self.tls)
        return _SASL[self.mechanism](self.username, self.password, ssl_context=self.tls)

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """TLS 1.2 or later, with the brokers' names checked; null on protocols without."""
        if self.protocol not in {"SSL", "SASL_SSL"}:
            return None
        try:
            context = ssl.create_default_context(
                cafile=None if self.ca_file is None else str(self.ca_file)
            )
        except OSError as error:  # also what is no certificate
            raise SettingsError(
                f"CLUSTERWATCH_KAFKA_CA_FILE={self.ca_file} cannot be read: {_why(error)}"
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate_file is not None and self.key_file is not None:
            self._add_own(context, self.certificate_file, self.key_file)
        return context

    @staticmethod
    def _add_own(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"CLUSTERWATCH_KAFKA_CERTIFICATE_FILE={certificate} and "
                f"CLUSTERWATCH_KAFKA_KEY_FILE={key} are no pair that can be read: {_why(error)}"
            ) from None


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase")


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def cluster_of(kafka: KafkaCluster | str) -> KafkaCluster:
    """A bare address is a cluster without security, as the launcher's own brokers are."""
    return KafkaCluster(kafka) if isinstance(kafka, str) else kafka
