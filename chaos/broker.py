"""A real Apache Kafka that the services reach over a wire of ours, and the campaign directly."""

from collections.abc import Sequence

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import LOOPBACK

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

    def _write_properties(
        self, broker_port: int, controller_port: int, further: Sequence[int]
    ) -> None:
        super()._write_properties(broker_port, controller_port, further)
        front = {
            "listeners": f"{_FRONT}://{LOOPBACK}:{self.front_port}",
            "advertised.listeners": f"{_FRONT}://{LOOPBACK}:{self.wire_port}",
            "listener.security.protocol.map": f"{_FRONT}:PLAINTEXT",
        }
        lines = []
        for line in self._properties.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            lines.append(f"{line},{front[name]}" if name in front and value else line)
        self._properties.write_text("\n".join(lines) + "\n", encoding="utf-8")
