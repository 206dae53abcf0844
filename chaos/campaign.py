"""Rounds of faults: load goes on, something breaks and is mended, then everything must be right."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from threading import Event as Signal
from threading import Thread

from chaos import checks
from chaos.faults import Fault
from chaos.processes import Watch
from chaos.system import System

FEED_SECONDS = 8.0
_PAUSE = 0.5


@dataclass
class Round:
    """What came of one round."""

    number: int
    fault: str
    recovery_seconds: float = 0.0
    """From the fault's end until all are ready and nothing waits to be read or published."""
    settled_seconds: float = 0.0
    """From the fault's end until all totals and messages are right as well."""
    lost: int = 0
    counted_twice: int = 0
    problems: list[str] = field(default_factory=list)
    not_ready: list[str] = field(default_factory=list)
    not_alive: int = 0
    memory_mib: dict[str, int] = field(default_factory=dict)

    @property
    def survived(self) -> bool:
        """Nothing is wrong."""
        return not self.problems


def run(system: System, faults: Sequence[Fault], seed: int, limits: "Limits") -> Iterator[Round]:
    """Rounds until a limit is reached, or one is not survived."""
    begun = time.monotonic()
    order = sequence(faults, seed)
    for number, fault in zip(range(1, limits.rounds + 1), order, strict=False):
        if time.monotonic() - begun > limits.seconds:
            return
        done = one_round(system, number, fault, seed, limits.patience)
        yield done
        if not done.survived:
            return


@dataclass(frozen=True, slots=True)
class Limits:
    """When a campaign ends by itself."""

    rounds: int
    seconds: float
    patience: float
    """Seconds after a fault's end. Deliveries are tried again after up to 80; a loaded machine
    is slow."""


def sequence(faults: Sequence[Fault], seed: int) -> Iterator[Fault]:
    """Every fault once in an order of the seed, then again in another one, without end.

    Nothing of no faults.
    """
    rng = random.Random(f"{seed}:order")
    while faults:
        shuffled = list(faults)
        rng.shuffle(shuffled)
        yield from shuffled


def one_round(system: System, number: int, fault: Fault, seed: int, patience: float) -> Round:
    """Load, fault, end of the fault, waiting, checks."""
    rng = random.Random(f"{seed}:fault:{number}")
    done = Round(number, fault.name)
    system.services.watch = Watch()
    feeding = system.feeder.trickle(
        [*system.load.round(number), *system.swings.round(number)], FEED_SECONDS
    )
    Signal().wait(rng.uniform(0.2, FEED_SECONDS / 2))
    alerting = _in_background(lambda: system.outside.alert(number))
    try:
        with fault.act(system, rng), suppress(TimeoutError):
            feeding.result(FEED_SECONDS)
        ended = time.monotonic()
        system.services.wait_ready()
        alerting.join(patience)
        feeding.result(patience)
    except (AssertionError, TimeoutError) as broken:  # no clean end, or never ready again
        done.problems = [repr(broken)]
        return done
    done.problems = _until(lambda: checks.unread(system), ended + patience)
    done.recovery_seconds = time.monotonic() - ended
    if not done.problems:
        done.problems = _until(lambda: _all(system), ended + patience)
    done.settled_seconds = time.monotonic() - ended
    _account(system, done)
    return done


def _in_background(work: Callable[[], None]) -> Thread:
    """Alerts come while something is broken; whoever sends them tries until they are taken."""
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def _all(system: System) -> Iterator[str]:
    return chain(
        checks.totals(system),
        checks.reconciliation(system),
        checks.told(system),
        checks.memory(system),
    )


def _until(look: Callable[[], Iterator[str]], deadline: float) -> list[str]:
    """What is still wrong when patience ends; nothing as soon as nothing is."""
    while True:
        try:
            found = list(look())
        except Exception as error:  # noqa: BLE001 - services that start again refuse connections
            found = [repr(error)]
        if not found or time.monotonic() > deadline:
            return found
        Signal().wait(_PAUSE)


def _account(system: System, done: Round) -> None:
    with suppress(Exception):
        balance = checks.balance(system)
        done.lost = sum(max(-each, 0) for each in balance.values())
        done.counted_twice = sum(max(each, 0) for each in balance.values())
    done.not_ready = sorted(system.services.watch.not_ready)
    done.not_alive = system.services.watch.not_alive
    done.memory_mib = {name: used >> 20 for name, used in system.services.memory().items()}


def told(done: Round) -> str:
    """One line about a round."""
    words = f"{done.number:4} {done.fault:26} recovered in {done.recovery_seconds:5.1f} s"
    words += f", all right after {done.settled_seconds:5.1f} s"
    if done.not_ready:
        words += f", not ready meanwhile: {', '.join(done.not_ready)}"
    return words + "".join(f"\n     WRONG: {problem}" for problem in done.problems[:12])
