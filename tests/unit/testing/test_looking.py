"""Processes are looked at while a block runs, and no longer."""

import os

import psutil

from shared.testing.processes import Watched, looking
from shared.testing.waiting import wait_until


def test_it_looks_again_and_again_until_the_block_ends() -> None:
    looks: list[int] = []

    with looking(lambda: looks.append(1), 0.001):
        wait_until(lambda: len(looks) > 3, seconds=60, what="several looks")
    number = len(looks)

    assert len(looks) == number


def test_the_memory_of_a_process_is_seen() -> None:
    own = psutil.Process(os.getpid())
    watched = Watched({"own": own}, {"own": 0})

    with watched.running():
        wait_until(lambda: watched.peak.get("own"), seconds=60, what="a look at ourselves")
    assert watched.peak["own"] > 1_000_000
