"""A channel that hangs holds up nobody else."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.domain.subscription import ChannelTarget, ChannelType, Filter
from services.alerts.jobs import Jobs
from services.alerts.ports import Message
from services.alerts.use_cases.deliver import DeliverDue
from tests.unit.alerts.conftest import World

HANGS, WELL = "http://hangs.test", "http://well.test"
UNITS = 12
LATER = timedelta(minutes=3)


class PartlyHanging:
    """A webhook whose one host never answers."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.most_open: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.released = asyncio.Event()

    async def send(self, target: str, message: Message) -> SendResult:  # noqa: ARG002 - as in the port
        self.open[target] += 1
        self.most_open[target] = max(self.most_open[target], self.open[target])
        try:
            await (self.released.wait() if target == HANGS else asyncio.sleep(0))
        finally:
            self.open[target] -= 1
        self.answered[target] += 1
        return SendResult(SendOutcome.OK, "")


def jobs(deliver: DeliverDue) -> Jobs:
    """Only what sends."""
    unused: dict[str, Any] = {one.name: None for one in fields(Jobs)}
    sending = {"deliver": deliver, "new_deliveries": asyncio.Event(), "delivery_seconds": 300.0}
    return Jobs(**{**unused, **sending})


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - what is waited for is not an event
            await asyncio.sleep(0.01)


@pytest.fixture
def waiting(live: World) -> World:
    """Many alerts that wait for the target that hangs, then as many for one that is well."""
    units = [f"szah-simulated-{number}" for number in range(UNITS)]
    for target in (HANGS, WELL):
        for unit in units:
            live.subscribe(owner=f"{target}-{unit}", target=target, filter=Filter(unit=unit))
    live.receive(
        *(
            live.status(period, "red", unit=unit, confidential=False)
            for unit in units
            for period in ("2026-03", "2026-04")
        )
    )
    return live


def test_a_target_that_hangs_does_not_delay_another(
    waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Those that wait for the target that hangs come first, and are more than are looked at.
    monkeypatch.setattr("services.alerts.adapters.due._LOOK_AT", UNITS - 1)

    async def run() -> PartlyHanging:
        channel = PartlyHanging()
        sending = jobs(replace(waiting.deliver, channels={ChannelType.WEBHOOK: channel}))
        task = asyncio.create_task(sending.send())
        await until(lambda: channel.answered[WELL] == UNITS)
        assert channel.open[HANGS] == Room().per_target
        channel.released.set()
        await until(lambda: channel.answered[HANGS] == UNITS)
        task.cancel()
        return channel

    channel = asyncio.run(run())

    assert channel.most_open[HANGS] == Room().per_target
    assert channel.most_open[WELL] <= Room().per_target


def test_what_is_under_way_ends_with_the_job_and_comes_back_as_a_possible_repeat(
    waiting: World,
) -> None:
    async def run() -> None:
        channel = PartlyHanging()
        deliver = replace(waiting.deliver, channels={ChannelType.WEBHOOK: channel})
        task = asyncio.create_task(jobs(deliver).send())
        await until(lambda: channel.open[HANGS] == Room().per_target)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not deliver.under_way
        assert not channel.open[HANGS]

    asyncio.run(run())

    waiting.clock.advance(LATER)
    again = waiting.queue.claim(waiting.clock.now(), LATER, Room())
    assert {one.possible_repeat for one in again if one.channel.target == HANGS} == {True}


def test_a_kind_of_channel_has_a_bound_of_its_own() -> None:
    hooks = [ChannelTarget(ChannelType.WEBHOOK, f"http://{n}.test") for n in range(3)]
    mail = ChannelTarget(ChannelType.EMAIL, "a@b.test")
    room = Room((hooks[0], hooks[0]), per_target=2, per_kind=3)

    assert room.full_targets() == [hooks[0]]
    assert room.full_kinds() == []
    assert room.choose([hooks[0], hooks[1], hooks[2], mail]) == [False, True, False, True]
    assert Room((*room.under_way, hooks[1]), 2, 3).full_kinds() == [ChannelType.WEBHOOK]
