"""Supervises the child processes of `clusterwatch run`.

They start one after the other and stop in reverse order. There is no restarting: when one ends,
all end, and the reason is in its log. Ctrl-C or SIGTERM stops everything cleanly, a second one at
once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from clusterwatch.launcher.children import Child, tail
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.readiness import wait_for_http
from shared.own_https import trust

_LOOK = 0.3  # seconds between two looks at the children
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """A signal asked to stop; not an Exception, so that nothing on the way swallows it."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One program to run: its log, and where it says that it is ready."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    ready_url: str | None = None
    certificate: Path | None = None
    """What it answers with over HTTPS."""
    may_end: bool = False
    """Ending with code 0 is its normal course."""
    visible: bool = False
    """It writes to the terminal instead of its log."""
    patience: float = 90.0
    """Seconds until it must be ready."""


class Started(Protocol):
    """What the supervisor stops: a child, or a broker with a way of its own to stop."""

    def stop(self) -> None:
        """Stop it cleanly."""
        ...


@dataclass(slots=True)
class _Entry:
    started: Started
    child: Child | None
    may_end: bool


class Supervisor:
    """Owns the children of one run."""

    def __init__(self, announce: Callable[[str], None] = lambda _text: None) -> None:
        self._announce = announce
        self._entries: list[_Entry] = []
        self._stopping = False

    @property
    def children(self) -> list[Child]:
        """All child processes in the order in which they were started."""
        return [entry.child for entry in self._entries if entry.child is not None]

    def adopt(self, started: Started, child: Child | None) -> None:
        """Watch and stop something that was started elsewhere."""
        self._entries.append(_Entry(started, child, may_end=False))

    def start(self, *specs: ProcessSpec) -> list[Child]:
        """Start programs in this order and wait until all are ready; raises LaunchError."""
        started: list[Child] = []
        for spec in specs:
            child = Child.start(
                spec.name, spec.command, log=spec.log, env=spec.env, visible=spec.visible
            )
            self._entries.append(_Entry(child, child, spec.may_end))
            started.append(child)
        for spec, child in zip(specs, started, strict=True):
            if spec.ready_url is not None:
                wait_for_http(child, spec.ready_url, spec.patience, trust(spec.certificate))
        return started

    def watch(self) -> None:
        """Return never: raises LaunchError when a child ends, StopRequested on a signal."""
        while True:
            self.look()
            time.sleep(_LOOK)

    def look(self) -> None:
        """Raise LaunchError when a child has ended."""
        for entry in list(self._entries):
            self._look_at(entry)

    def _look_at(self, entry: _Entry) -> None:
        child = entry.child
        if child is None or child.running:
            return
        if entry.may_end and child.exit_code == 0:
            self._entries.remove(entry)
            self._announce(f"{child.name} has finished")
            return
        raise LaunchError(
            f"{child.name} ended with code {child.exit_code}, so everything is stopped; "
            f"its log {child.log} ends with:\n{tail(child.log)}"
        )

    def stop(self) -> None:
        """Stop everything in reverse order; from here on a signal kills."""
        self._stopping = True
        for entry in reversed(self._entries):
            if entry.child is not None and entry.child.running:
                self._announce(f"stopping {entry.child.name}")
            entry.started.stop()
        self._entries.clear()

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Catch signals inside, and stop everything on leaving, however it is left."""
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            try:
                yield
            finally:
                self.stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise StopRequested
        for child in self.children:
            child.process.kill()
        sys.stdout.flush()
        os._exit(128 + number)
