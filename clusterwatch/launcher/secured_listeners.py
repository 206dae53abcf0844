"""Listeners of the local Kafka where clients say who they are, and rules of what they may do.

`make run` needs none: its broker listens on the loopback interface alone. Tests use them to prove
that every client of the product signs in, and gets by with the rules that are documented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clusterwatch.launcher.ports import LOOPBACK

_SASL, _MUTUAL = "SASL_SSL", "SSL"


@dataclass(slots=True)
class SecuredListeners:
    """One with SCRAM-SHA-512 over TLS, and one with certificates on both sides.

    The plain listener beside them stays the administrator's: whoever comes without a name is a
    super user, so it must be reached from this machine only.
    """

    keystore: Path
    """Key and certificate of the broker, PEM in one file."""
    authorities: Path
    """Certificates (PEM) of those whose clients are let in."""
    passwords: Mapping[str, str]
    """By user."""
    ports: dict[str, int] = field(default_factory=dict, init=False)

    @property
    def sasl(self) -> str:
        """Address of the listener with users and passwords."""
        return f"{LOOPBACK}:{self.ports[_SASL]}"

    @property
    def mutual(self) -> str:
        """Address of the listener with certificates of clients."""
        return f"{LOOPBACK}:{self.ports[_MUTUAL]}"

    def listen(self, ports: Sequence[int]) -> dict[str, int]:
        """Ports by listener, which are named as their protocols."""
        self.ports = dict(zip((_SASL, _MUTUAL), ports, strict=True))
        return self.ports

    def properties(self) -> str:
        """Lines of the broker's configuration."""
        return f"""\
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={self.keystore.resolve().as_posix()}
ssl.truststore.type=PEM
ssl.truststore.location={self.authorities.resolve().as_posix()}
listener.name.ssl.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=false
"""

    def format_options(self) -> list[str]:
        """Options of the storage tool that make the users."""
        found = []
        for name, password in self.passwords.items():
            found += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        return found
