"""Waiting for conditions instead of for time to pass."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECONDS = 0.1


def wait_until(condition: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """Ask until the condition gives something true, and return it.

    Exceptions of the condition count as "not yet". Raises `TimeoutError` with the last answer.
    """
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            answer = condition()
        except Exception as error:  # noqa: BLE001 - services that are starting refuse connections
            last = error
        else:
            if answer:
                return answer
            last = answer
        threading.Event().wait(_PAUSE_SECONDS)
    raise TimeoutError(f"not within {seconds} s: {what}; last: {last!r}")
