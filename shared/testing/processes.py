"""What running processes use and whom they speak to, as the operating system tells it."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

import psutil

_LOOK_SECONDS = 0.02
_SPEAKING = {psutil.CONN_ESTABLISHED, psutil.CONN_SYN_SENT}


@contextmanager
def looking(look: Callable[[], object], seconds: float) -> Iterator[None]:
    """Look again and again, so many seconds apart, in a thread that ends with the block.

    Raises then what a look has raised: nothing was seen from there on.
    """
    ended = threading.Event()
    failed: list[Exception] = []

    def run() -> None:
        try:
            while not ended.wait(seconds):
                look()
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failed:
        raise failed[0]


@dataclass
class Watched:
    """Memory and connections of processes and of those they start, seen again and again."""

    processes: Mapping[str, psutil.Process]
    listens_on: Mapping[str, int]
    """Own port by name: connections to it are other people's."""
    peak: dict[str, int] = field(default_factory=dict)
    """Largest resident bytes, by name."""
    spoken_to: set[tuple[str, int]] = field(default_factory=set)
    """Name, and the port at the other end of a connection."""

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Look until the block ends."""
        with looking(self._look_at_all, _LOOK_SECONDS):
            yield self

    def _look_at_all(self) -> None:
        for name, process in self.processes.items():
            with suppress(psutil.Error):
                self._look(name, process)

    def _look(self, name: str, process: psutil.Process) -> None:
        resident = 0
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                resident += one.memory_info().rss
                for way in one.net_connections(kind="tcp"):
                    inbound = way.laddr.port == self.listens_on[name]
                    if way.status in _SPEAKING and way.raddr and not inbound:
                        self.spoken_to.add((name, way.raddr.port))
        self.peak[name] = max(self.peak.get(name, 0), resident)


@contextmanager
def frozen(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The process does nothing: who connects to it is let in by the kernel, and waits."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
