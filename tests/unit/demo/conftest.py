"""One simulated world for all tests of the simulation: building it takes two seconds."""

from datetime import date

import pytest

from demo.history import DEFAULT_SEED, World, build_world, history
from demo.messages import Message


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(DEFAULT_SEED, date(2026, 11, 21))


@pytest.fixture(scope="session")
def sent(world: World) -> list[Message]:
    return history(world)
