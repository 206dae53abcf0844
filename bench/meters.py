"""What the benches of growing stores measure by: CPU time, steps of SQLite, memory."""

import gc
import time
from collections.abc import Callable
from typing import Any

import psutil
from sqlalchemy import Engine, event

_STEPS = 1_000


class Steps:
    """Counts what SQLite's machine does on the connections that an engine makes from now on."""

    def __init__(self, engine: Engine) -> None:
        self.number = 0
        event.listen(engine, "connect", self._watch)

    def _watch(self, connection: Any, *_: object) -> None:  # noqa: ANN401 - DB-API object
        connection.set_progress_handler(self._count, _STEPS)

    def _count(self) -> int:
        self.number += _STEPS
        return 0


def cpu_of(work: Callable[[], object]) -> float:
    """Seconds of CPU of this process that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def resident() -> int:
    """Bytes of the whole process, without what it could forget."""
    gc.collect()
    size: int = psutil.Process().memory_info().rss
    return size
