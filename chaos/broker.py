"""A real Apache Kafka that the services reach over a wire of ours, and the campaign directly."""

from typing import Any

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import LOOPBACK, free_ports

_FRONT = "FRONT"


class FrontedKafka(LocalKafka):
    """Has a second listener whose advertised port is that of a wire.

    Clients are told the addresses of brokers by the brokers: behind a mere proxy they would go
    past it after their first request.
    """

    wire_port = 0
    front_port = 0

    def front(self, wire_port: int, front_port: int) -> None:
        """Listen at `front_port` also, and call that `wire_port`; before the start."""
        self.wire_port, self.front_port = wire_port, front_port

    def _write_properties(self, *arguments: Any) -> None:  # noqa: ANN401 - those of its parent
        super()._write_properties(*arguments)
        further = {
            "listeners": f"{_FRONT}://{LOOPBACK}:{self.front_port}",
            "advertised.listeners": f"{_FRONT}://{LOOPBACK}:{self.wire_port}",
            "listener.security.protocol.map": f"{_FRONT}:PLAINTEXT",
        }
        lines = []
        for line in self._properties.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            lines.append(f"{line},{further[name]}" if name in further and value else line)
        self._properties.write_text("\n".join(lines) + "\n", encoding="utf-8")


def front_port() -> int:
    """A port for the listener behind the wire."""
    return free_ports(1)[0]
