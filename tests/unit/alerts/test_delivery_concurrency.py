"""A channel that hangs holds up nobody else."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.domain.subscription import ChannelTarget, ChannelType, Filter
from services.alerts.ports import Message
from tests.unit.alerts.conftest import World
from tests.unit.alerts.sending import jobs, until

HANGS, WELL = "http://hangs.test", "http://well.test"
UNITS = 12


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


def test_a_kind_of_channel_has_a_bound_of_its_own() -> None:
    hooks = [ChannelTarget(ChannelType.WEBHOOK, f"http://{n}.test") for n in range(3)]
    mail = ChannelTarget(ChannelType.EMAIL, "a@b.test")
    room = Room((hooks[0], hooks[0]), per_target=2, per_kind=3)

    assert room.full_targets() == [hooks[0]]
    assert room.full_kinds() == []
    assert room.choose([hooks[0], hooks[1], hooks[2], mail]) == [False, True, False, True]
    assert Room((*room.under_way, hooks[1]), 2, 3).full_kinds() == [ChannelType.WEBHOOK]
