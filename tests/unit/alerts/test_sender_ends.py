"""A service that is told to end leaves no message behind that others must wait for."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from services.alerts.domain.bundles import Room
from services.alerts.domain.cadence import Cadence
from services.alerts.domain.delivery import Delivery, SendOutcome, SendResult, backoff
from services.alerts.domain.subscription import ChannelType
from services.alerts.ports import Message
from services.alerts.use_cases.deliver import LEASE, DeliverDue
from tests.unit.alerts.conftest import World
from tests.unit.alerts.sending import jobs, until

LONG = 120.0
"""Seconds that no test waits: what it waits for comes before."""


@dataclass
class Gate:
    """Threads stand before it until it is opened."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.reached.set()
        assert self.opened.wait(LONG)

    @contextmanager
    def opened_at_last(self) -> Iterator[None]:
        """A thread that stands there would hold up the end of the test."""
        try:
            yield
        finally:
            self.opened.set()


@dataclass(frozen=True)
class GatedQueue:
    """The real queue, one of whose calls takes its time."""

    queue: Any
    gate: Gate
    call: str
    done: bool = True
    """Whether the call has done its work by then."""

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.queue, name)

        def gated(*arguments: Any) -> Any:
            if not self.done:
                self.gate()
                return real(*arguments)
            answer = real(*arguments)
            self.gate()
            return answer

        return gated if name == self.call else real


@dataclass(frozen=True)
class GatedRenderer:
    """The real renderer, whose words take their time."""

    renderer: Any
    gate: Gate

    def __getattr__(self, name: str) -> Any:
        def gated(*arguments: Any) -> Any:
            self.gate()
            return getattr(self.renderer, name)(*arguments)

        return gated


@dataclass
class Silent:
    """A webhook that got the message and answers when it is let."""

    got: list[Message] = field(default_factory=list)
    open: int = 0
    let: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, target: str, message: Message) -> SendResult:  # noqa: ARG002 - as in the port
        self.got.append(message)
        self.open += 1
        try:
            await self.let.wait()
        finally:
            self.open -= 1
        return SendResult(SendOutcome.OK)


@pytest.fixture
def due(live: World) -> World:
    """One message is due."""
    live.subscribe()
    live.fire()
    return live


def claimed(world: World) -> Sequence[Delivery]:
    """What another replica gets, if it asks now."""
    return world.queue.claim(world.clock.now(), LEASE, Room())


def row(world: World) -> dict[str, Any]:
    (found,), _ = world.reads.deliveries({}, None, 100)
    return found


def sender(world: World, **others: Any) -> DeliverDue:
    """The worker, which waits for everything as long as it takes."""
    patient = {"answer_seconds": LONG, "stop_seconds": LONG}
    return replace(world.deliver, **{**patient, **others})


async def turns() -> None:
    """Let everything go on that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def told_to_end(
    deliver: DeliverDue,
    when: Callable[[], bool],
    meanwhile: Callable[[asyncio.Task[None]], Awaitable[None]] | None = None,
) -> None:
    """Run the job, end it as the service does, and see it end."""
    task = asyncio.create_task(jobs(deliver).send())
    await until(when)
    task.cancel()
    if meanwhile is not None:
        await meanwhile(task)
    await asyncio.wait({task})
    assert task.cancelled()
    assert not deliver.under_way
    assert await deliver.begin() == 0


def goes_back_untried(world: World) -> None:
    """Another replica has it at once, and nothing tells it from a first claim."""
    (delivery,) = claimed(world)
    assert (delivery.attempts, delivery.possible_repeat) == (1, False)
    assert world.channel.sent == []


def test_what_a_claim_under_way_takes_is_given_back_at_once(due: World) -> None:
    gate = Gate()
    deliver = sender(due, queue=GatedQueue(due.queue, gate, "claim"))

    async def answer_late(task: asyncio.Task[None]) -> None:
        await turns()
        assert claimed(due) == (), "it is leased"
        assert not task.done(), "the claim is waited for"
        gate.opened.set()

    with gate.opened_at_last():
        asyncio.run(told_to_end(deliver, gate.reached.is_set, answer_late))
        goes_back_untried(due)


def test_what_is_still_being_written_is_given_back_at_once(due: World) -> None:
    gate = Gate()
    deliver = sender(due, renderer=GatedRenderer(due.deliver.renderer, gate))

    async def run() -> None:
        with gate.opened_at_last():
            await told_to_end(deliver, gate.reached.is_set)
            assert not gate.opened.is_set(), "the words are not waited for"

    asyncio.run(run())
    goes_back_untried(due)


def test_all_deliveries_of_a_digest_are_given_back(live: World) -> None:
    live.subscribe(cadence=Cadence.WEEKLY)
    for unit in ("szah-simulated-1", "szah-simulated-2"):
        live.receive(*(live.status(f"2026-0{month}", "red", unit=unit) for month in (3, 4)))
    live.clock.advance(timedelta(days=7))
    gate = Gate()
    deliver = sender(live, renderer=GatedRenderer(live.deliver.renderer, gate))

    async def run() -> None:
        with gate.opened_at_last():
            await told_to_end(deliver, gate.reached.is_set)

    asyncio.run(run())
    again = claimed(live)
    assert (len(again), len({one.lease for one in again})) == (2, 1)
    assert {(one.attempts, one.possible_repeat) for one in again} == {(1, False)}


def test_an_answer_that_comes_in_time_is_recorded(due: World) -> None:
    async def run() -> None:
        channel = Silent()
        deliver = sender(due, channels={ChannelType.WEBHOOK: channel})

        async def answer(task: asyncio.Task[None]) -> None:
            await turns()
            assert not task.done(), "the answer is waited for"
            channel.let.set()

        await told_to_end(deliver, lambda: channel.open == 1, answer)

    asyncio.run(run())
    found = row(due)
    assert (found["status"], found["attempts"], found["possible_repeat"]) == ("sent", 1, False)


def test_without_an_answer_it_is_a_possible_repeat_that_is_due_after_the_first_pause(
    due: World,
) -> None:
    async def run() -> None:
        channel = Silent()
        deliver = sender(due, channels={ChannelType.WEBHOOK: channel}, answer_seconds=0.0)
        await told_to_end(deliver, lambda: channel.open == 1)
        assert not channel.open

    asyncio.run(run())
    found = row(due)
    assert (found["status"], found["attempts"]) == ("uncertain", 1)
    assert found["detail"] == "no answer before the service ended"
    assert claimed(due) == ()
    due.clock.advance(backoff(1))
    (again,) = claimed(due)
    assert (again.attempts, again.possible_repeat) == (2, True)


def test_a_message_that_has_a_result_is_recorded_not_given_back(due: World) -> None:
    gate = Gate()
    queue = GatedQueue(due.queue, gate, "settle_all", done=False)
    deliver = sender(due, queue=queue, channels={})

    async def record_late(task: asyncio.Task[None]) -> None:
        await turns()
        assert not task.done(), "the record is waited for"
        gate.opened.set()

    asyncio.run(told_to_end(deliver, gate.reached.is_set, record_late))
    assert row(due)["status"] == "failed"


def test_a_message_that_was_only_just_claimed_is_given_back(due: World) -> None:
    async def run() -> None:
        deliver = sender(due)
        assert await deliver.begin() == 1
        await deliver.stop()  # before the message's task had its first turn

    asyncio.run(run())
    goes_back_untried(due)


def test_nothing_is_claimed_after_the_stop(due: World) -> None:
    gate = Gate()
    deliver = sender(due, queue=GatedQueue(due.queue, gate, "claim"))

    async def run() -> None:
        with gate.opened_at_last():
            await deliver.stop()
            assert await deliver.begin() == 0
            assert not gate.reached.is_set()

    asyncio.run(run())
    goes_back_untried(due)


def test_a_second_stop_takes_nothing_from_others(due: World) -> None:
    gate = Gate()
    deliver = sender(due, renderer=GatedRenderer(due.deliver.renderer, gate))

    async def run() -> None:
        with gate.opened_at_last():
            await deliver.begin()
            await until(gate.reached.is_set)
            await asyncio.gather(deliver.stop(), deliver.stop())
            goes_back_untried(due)
            await deliver.stop()
        assert await deliver.begin() == 0

    asyncio.run(run())
    assert (row(due)["status"], row(due)["attempts"]) == ("sending", 1)


def test_what_lost_its_lease_is_not_given_back(due: World) -> None:
    (slow,) = claimed(due)
    due.clock.advance(LEASE + timedelta(seconds=1))
    (holder,) = claimed(due)
    due.queue.release([slow], due.clock.now())
    assert (row(due)["status"], row(due)["attempts"]) == ("sending", 2)
    due.queue.release([holder], due.clock.now())
    assert (row(due)["status"], row(due)["attempts"]) == ("uncertain", 1), "still a repeat"


@pytest.mark.parametrize("call", ["claim", "release", "settle_all"])
def test_a_store_that_does_not_answer_holds_the_end_up_only_so_long(due: World, call: str) -> None:
    gate, words = Gate(), Gate()
    others: dict[str, Any] = {}
    if call == "release":
        others["renderer"] = GatedRenderer(due.deliver.renderer, words)
    queue = GatedQueue(due.queue, gate, call)
    deliver = sender(due, queue=queue, stop_seconds=0.01, **others)

    async def run() -> None:
        with gate.opened_at_last(), words.opened_at_last():
            beginning = asyncio.create_task(deliver.begin())
            await until(words.reached.is_set if call == "release" else gate.reached.is_set)
            beginning.cancel()
            await deliver.stop()
            assert not gate.opened.is_set(), "it ended although the store had not answered"
        # The process may live on for a while: what the store answers then still counts.
        await until(lambda: row(due)["status"] == ("sent" if call == "settle_all" else "pending"))

    asyncio.run(run())


def test_a_store_that_is_away_ends_nothing_that_is_being_sent(due: World) -> None:
    @dataclass(frozen=True)
    class Away:
        """The queue, which takes one claim and no other."""

        def __getattr__(self, name: str) -> Any:
            return getattr(due.queue, name)

        def claim(self, *arguments: Any) -> Sequence[Delivery]:
            if channel.open:
                raise OSError("connection refused")
            return due.queue.claim(*arguments)

    async def run() -> None:
        deliver = sender(due, queue=Away(), channels={ChannelType.WEBHOOK: channel})
        job = jobs(deliver, delivery_seconds=0.01)
        for _ in range(2):  # whoever runs jobs begins one again that has failed
            with pytest.raises(OSError, match="refused"):
                await job.send()
        assert channel.open == 1
        channel.let.set()
        await until(lambda: row(due)["status"] == "sent")

    channel = Silent()
    asyncio.run(run())
    assert row(due)["possible_repeat"] is False
