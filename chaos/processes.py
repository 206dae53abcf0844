"""The three services as processes, and further replicas of them."""

import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from chaos.service import OFFSET_FILE
from clusterwatch.launcher.children import Child
from clusterwatch.launcher.ports import LOOPBACK, free_ports
from clusterwatch.services import SERVICES
from shared.testing.waiting import wait_until

ROOT = Path(__file__).parents[1]
READY_SECONDS = 180.0
GRACE_SECONDS = 45.0
"""What `docs/operations/reliability.md` promises, with room for a machine that does other work."""
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Replica:
    """One process of a service."""

    service: str
    port: int
    child: Child

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Body of a GET; raises httpx.HTTPError."""
        answer = httpx.get(self.url + path, params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def status(self, path: str) -> int:
        """HTTP status of a GET; 0 without an answer."""
        with suppress(httpx.HTTPError):
            return httpx.get(self.url + path, timeout=15).status_code
        return 0

    def memory(self) -> int:
        """Resident bytes of it and its children."""
        try:
            process = psutil.Process(self.child.process.pid)
            return sum(one.memory_info().rss for one in (process, *process.children()))
        except psutil.NoSuchProcess:
            return 0


@dataclass
class Watch:
    """What was seen of health and readiness during a round."""

    not_alive: int = 0
    not_ready: set[str] = field(default_factory=set)


class Services:
    """Starts, stops and kills; each service has one main replica, further ones come and go."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.offset_file = folder / "clock-offset"
        self.offset_file.write_text("0", encoding="ascii")
        self._environment = {
            **environment,
            OFFSET_FILE: str(self.offset_file),
            "PYTHONPATH": str(ROOT),
        }
        self._ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self.main: dict[str, Replica] = {}
        self.further: list[Replica] = []
        self.watch = Watch()
        self.slowest_stop = 0.0
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._look, name="watch", daemon=True)

    def start_all(self) -> None:
        """All three, and wait until they are ready."""
        for service in SERVICES:
            self.start(service)
        self.wait_ready()
        self._watcher.start()

    def start(self, service: str) -> None:
        """The main replica."""
        self.main[service] = self._start(service, self._ports[service])

    def join(self, service: str) -> Replica:
        """A further replica, ready."""
        replica = self._start(service, free_ports(1)[0])
        self.further.append(replica)
        wait_until(
            lambda: replica.status("/readyz") == 200,
            seconds=READY_SECONDS,
            what=f"a second {service} is ready",
        )
        return replica

    def leave(self, replica: Replica, *, kill: bool) -> None:
        """End a further replica."""
        self.further.remove(replica)
        if kill:
            replica.child.kill()
        else:
            self._terminate(replica)

    def kill(self, service: str) -> None:
        """`kill -9`: no chance to finish anything."""
        self.main[service].child.kill()

    def terminate(self, service: str) -> None:
        """SIGTERM; it must end by itself in time, with code 0."""
        self._terminate(self.main[service])

    def ensure(self) -> None:
        """Start what has ended, as Kubernetes does; a loss of the store may end a start."""
        for service, replica in self.main.items():
            if not replica.child.running:
                self.start(service)

    def wait_ready(self) -> None:
        """Until all main replicas are ready; those that end meanwhile are started again."""

        def ready() -> bool:
            self.ensure()
            return all(one.status("/readyz") == 200 for one in self.main.values())

        wait_until(ready, seconds=READY_SECONDS, what=f"all are ready, see {self.folder}")

    def stop_all(self) -> None:
        """Clean end."""
        self._ended.set()
        for replica in (*self.further, *self.main.values()):
            replica.child.ask_to_stop()
        for replica in (*self.further, *self.main.values()):
            replica.child.stop(GRACE_SECONDS)

    def memory(self) -> dict[str, int]:
        """Resident bytes by service."""
        return {service: replica.memory() for service, replica in self.main.items()}

    def _terminate(self, replica: Replica) -> None:
        begun = time.monotonic()
        replica.child.ask_to_stop()
        try:
            code = replica.child.process.wait(GRACE_SECONDS)
        finally:
            replica.child.kill()
        self.slowest_stop = max(self.slowest_stop, time.monotonic() - begun)
        if code != 0:
            raise AssertionError(f"{replica.service} ended with {code} after SIGTERM")

    def _start(self, service: str, port: int) -> Replica:
        child = Child.start(
            service,
            [sys.executable, "-m", "chaos.service", service],
            log=self.folder / f"{service}-{port}.log",
            env={**self._environment, f"CLUSTERWATCH_{service.upper()}_PORT": str(port)},
            cwd=ROOT,
        )
        return Replica(service, port, child)

    def _look(self) -> None:
        """Ask for health and readiness again and again."""
        while not self._ended.wait(_LOOK_SECONDS):
            for replica in list(self.main.values()):
                if replica.status("/healthz") == 503:
                    self.watch.not_alive += 1
                if replica.status("/readyz") == 503:
                    self.watch.not_ready.add(replica.service)


def clean_environment() -> dict[str, str]:
    """Ours without the product's settings; a child adds to it."""
    for name in [name for name in os.environ if name.startswith("CLUSTERWATCH_")]:
        del os.environ[name]
    return {}
