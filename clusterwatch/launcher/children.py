"""One child process that writes to a log file and does not outlive its parent."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_TAIL_BYTES = 4000


def _die_with_parent(parent_death_signal: int) -> Callable[[], None] | None:
    """A hook for the child, between fork and exec, or None where Linux' prctl is absent."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: the hook may neither import nor take locks.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def hook() -> None:
        prctl(_PR_SET_PDEATHSIG, parent_death_signal, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before prctl took effect
            os._exit(1)

    return hook


@dataclass(slots=True)
class Child:
    """A started program.

    It runs in its own session, so a Ctrl-C in the terminal reaches only the launcher, which then
    stops its children in order.
    """

    name: str
    log: Path
    process: subprocess.Popen[bytes]
    stop_signal: int = signal.SIGTERM

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | os.PathLike[str]],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        stop_signal: int = signal.SIGTERM,
        visible: bool = False,
    ) -> "Child":
        """Start `command`; its output is appended to `log`, `env` is added to the environment.

        A `visible` one writes to the launcher's own output instead.

        Must be called from a thread that lives as long as the child: Linux counts the end of the
        starting thread as the parent's death.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - the launcher's own programs
                [os.fspath(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=None if visible else output,
                stderr=None if visible else subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                user=user,
                start_new_session=True,
                preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509 - see _die_with_parent
            )
        return cls(name, log, process, stop_signal)

    @property
    def running(self) -> bool:
        """Whether the program has not ended yet."""
        return self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code, negative for a signal, None while running."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        """Send the signal on which the program ends by itself."""
        if self.running:
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End the program at once."""
        if self.running:
            self.process.kill()
        self.process.wait()

    def stop(self, patience: float = 30.0) -> None:
        """Ask the program to end; after `patience` seconds end it."""
        self.ask_to_stop()
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_words(self) -> str:
        """The end of the log, for error messages."""
        return tail(self.log)


def tail(log: Path) -> str:
    """The last lines of a log file; empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        return stream.read().decode("utf-8", "replace").strip()
