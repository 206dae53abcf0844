"""A rolling update and its rollback, step by step, while load flows.

Every step is a round of the fault campaign: events are sent, something is done, and in the end all
figures, messages and counts must be the oracle's.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chaos.campaign import Round, one_round
from chaos.faults import Act, Fault
from chaos.system import System
from clusterwatch.services import SERVICES
from upgrades.fleet import Fleet
from upgrades.programs import Program


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and how many processes it starts on purpose."""

    name: str
    do: Callable[[Fleet], object]
    starts: int = 0


def steps(old: Program, new: Program) -> tuple[Step, ...]:
    """The update, then the way back."""
    three = len(SERVICES)

    def migrate(fleet: Fleet) -> None:
        fleet.program = new
        fleet.check()
        fleet.migrate()
        fleet.program = old
        fleet.check()

    def join(program: Program) -> Callable[[Fleet], None]:
        def act(fleet: Fleet) -> None:
            fleet.program = program
            fleet.join_all()

        return act

    return (
        Step("old alone", _nothing),
        Step("migrated while the old version runs", migrate),
        Step("old ones die and start again on the new schema", Fleet.crash_all, three),
        Step("new ones join", join(new), three),
        Step("side by side", _nothing),
        Step("old ones leave", Fleet.take_over),
        Step("new alone", _nothing),
        Step("rollback: old ones join", join(old), three),
        Step("rollback: new ones leave", Fleet.take_over),
        Step("old alone on the new schema", _nothing),
    )


def _nothing(_fleet: Fleet) -> None:
    """Load alone."""


def rounds(
    system: System, fleet: Fleet, plan: tuple[Step, ...], seed: int, patience: float
) -> Iterator[Round]:
    """Take the steps; ends early after one that went wrong."""
    for number, step in enumerate(plan, start=1):
        before = fleet.starts
        done = one_round(system, number, Fault(step.name, _act(step, fleet)), seed, patience)
        crashed = fleet.starts - before - step.starts
        if crashed:
            done.problems.append(f"{crashed} processes ended by themselves")
        yield done
        if not done.survived:
            return


def _act(step: Step, fleet: Fleet) -> Act:
    @contextmanager
    def act(_system: System, _rng: random.Random) -> Iterator[None]:
        step.do(fleet)
        yield

    return act
