"""Processes are looked at while a block runs, and no longer."""

import os
import threading

import psutil
import pytest

from shared.testing.processes import Watched, looking
from shared.testing.waiting import wait_until


def test_it_looks_again_and_again_until_the_block_ends() -> None:
    looks: list[str] = []

    with looking(lambda: looks.append(threading.current_thread().name), 0.001):
        wait_until(lambda: len(looks) > 3, seconds=60, what="several looks")

    assert not {thread.name for thread in threading.enumerate()} & set(looks)


def test_a_look_that_fails_is_not_taken_for_one_that_saw_nothing() -> None:
    with pytest.raises(ZeroDivisionError), looking(lambda: 1 // 0, 0.001):
        threading.Event().wait(0.1)


def test_the_memory_of_a_process_is_seen() -> None:
    own = psutil.Process(os.getpid())
    watched = Watched({"own": own}, {"own": 0})

    with watched.running():
        wait_until(lambda: watched.peak.get("own"), seconds=60, what="a look at ourselves")
    assert watched.peak["own"] > 1_000_000
