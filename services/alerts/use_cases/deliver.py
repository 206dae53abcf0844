"""Sends what is due and records what became of it."""

import asyncio
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ParamSpec, TypeVar

import structlog

from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import (
    Delivery,
    DeliveryStatus,
    SendOutcome,
    SendResult,
    Verdict,
    backoff,
    settle,
)
from services.alerts.domain.sending_limits import LIMITS, LONGEST_PAUSE, Limit
from services.alerts.domain.subscription import ChannelType
from services.alerts.ports import Channels, DeliveryQueue, Message, Renderer
from services.alerts.use_cases.on_its_way import OnItsWay
from shared.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any attempt may take; after it the sender is taken for dead."""
_MARGIN = timedelta(minutes=1)
"""Attempt and recording together stay within the lease."""
ANSWER_SECONDS = 3.0
"""For what was handed over when the service is told to end: whom it went to may be about to answer,
and without the answer it is told once more."""
STOP_SECONDS = ANSWER_SECONDS + 2.0
"""For all that, and for the store to take what is known; a pod is killed after its grace period."""


@dataclass(slots=True)
class DeliveryCounts:
    """Attempts by channel and outcome since the process started."""

    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class DeliverDue:
    """The delivery worker; several replicas may run it at once.

    A message is sent by a task of its own, and `Room` bounds the tasks of each target and kind of
    channel: a target that hangs keeps its own tasks, and the others go on.
    """

    queue: DeliveryQueue
    channels: Channels
    renderer: Renderer
    clock: Clock
    give_up_after: timedelta
    counts: DeliveryCounts
    limits: Mapping[ChannelType, Limit] = field(default_factory=lambda: LIMITS)
    record_again_seconds: float = 1.0
    answer_seconds: float = ANSWER_SECONDS
    stop_seconds: float = STOP_SECONDS
    under_way: dict[asyncio.Task[int], OnItsWay] = field(default_factory=dict, init=False)
    """Messages that are being sent."""
    _claims: set[asyncio.Task[int]] = field(default_factory=set, init=False)
    """Claims that are not over."""
    _ending: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def __call__(self) -> int:
        """Send what is due, and wait for all that is under way; returns deliveries tried."""
        await self.begin()
        return sum(await asyncio.gather(*self.under_way))

    async def begin(self) -> int:
        """Begin to send what is due and there is room for; returns how many messages.

        None once `stop` was called.
        """
        if self._ending.is_set():
            return 0
        claim = asyncio.create_task(self._claim())
        self._claims.add(claim)
        claim.add_done_callback(self._claims.discard)
        # A claim goes on in its thread, whoever is cancelled: somebody must see what it took.
        return await asyncio.shield(claim)

    async def _claim(self) -> int:
        room = Room(tuple(one.channel for one in self.under_way.values()))
        claimed = await asyncio.to_thread(self.queue.claim, self.clock.now(), LEASE, room)
        if self._ending.is_set():
            await self._give_back(claimed)
            return 0
        together: dict[str, list[Delivery]] = {}
        for delivery in claimed:
            together.setdefault(delivery.lease, []).append(delivery)
        for found in together.values():
            one = OnItsWay(found)
            task = asyncio.create_task(self._deliver(one))
            self.under_way[task] = one
            task.add_done_callback(self._ended)
        return len(together)

    def _ended(self, task: asyncio.Task[int]) -> None:
        """A fault ends one message only; its lease runs out, and it is tried again."""
        del self.under_way[task]
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("delivery_given_up", fault=type(fault).__name__)

    async def stop(self) -> None:
        """Begin nothing more, and end what is under way, in `stop_seconds` at most.

        What was not handed over goes back, as if it had not been claimed. What was gets a few
        seconds for its answer; without one it may have arrived, and that is recorded. Only where
        the store does not take that in time, messages wait until their leases run out.
        """
        self._ending.set()
        unsent: list[Delivery] = []
        for task, one in self.under_way.items():
            if one.may_go_back:
                task.cancel()
                unsent += one.deliveries
            else:
                one.hurry(self.answer_seconds)
        back = asyncio.create_task(self._give_back(unsent))
        _, late = await asyncio.wait(
            {back, *self._claims, *self.under_way}, timeout=self.stop_seconds
        )
        if late:
            _log.warning("deliveries_not_ended", number=len(late))

    async def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Let others send them at once."""
        if deliveries:
            await self._insist(self.queue.release, deliveries, self.clock.now())
            _log.info("deliveries_given_back", number=len(deliveries))

    async def _deliver(self, one: OnItsWay) -> int:
        """Send one message about all (or the first) deliveries; returns how many it held."""
        channel = one.channel
        result, held = await self._attempt(one)
        one.may_go_back = False
        now = self.clock.now()
        self.counts.attempts[str(channel.type), str(result.outcome)] += 1
        if result.outcome is SendOutcome.THROTTLED:
            pause = result.retry_after or backoff(held[0].attempts)
            await self._insist(self.queue.pause, channel, now + min(pause, LONGEST_PAUSE))
        verdicts = [(each, settle(each, result, now, self.give_up_after)) for each in held]
        kept = await self._insist(self.queue.settle_all, verdicts, now)
        self._tell(verdicts, result, kept)
        return len(held)

    async def _insist(self, record: Callable[P, T], *what: P.args, **more: P.kwargs) -> T:
        """Record what is known, again and again while the lease holds.

        A store that does not answer for a while (a busy one, a restart) makes nothing uncertain.
        """
        ends = self.clock.now() + LEASE - _MARGIN
        while True:
            try:
                return await asyncio.to_thread(record, *what, **more)
            except Exception as error:
                _log.warning("delivery_not_recorded", fault=type(error).__name__)
                if self.clock.now() >= ends:
                    raise
                await asyncio.sleep(self.record_again_seconds)

    def _tell(
        self, verdicts: Sequence[tuple[Delivery, Verdict]], result: SendResult, kept: int
    ) -> None:
        """Log what did not go as it should."""
        first, verdict = verdicts[0]
        log = _log.bind(
            delivery=first.id,
            deliveries=len(verdicts),
            channel=str(first.channel.type),
            outcome=str(result.outcome),
        )
        if kept < len(verdicts):
            log.warning("delivery_lease_lost", lost=len(verdicts) - kept)
        elif verdict.status is not DeliveryStatus.SENT:
            log.warning("delivery_not_made", status=str(verdict.status), detail=result.detail)

    async def _attempt(self, one: OnItsWay) -> tuple[SendResult, Sequence[Delivery]]:
        """One attempt; an own fault counts as transient and is never taken for success."""
        held, target = one.deliveries, one.channel
        channel = self.channels.get(target.type)
        if channel is None:
            return SendResult(SendOutcome.PERMANENT_CONFIG, "this channel is not configured"), held
        try:
            message, held = await self._message(held)
            result = await one.answer(channel.send(target.target, message))
        except TimeoutError:
            late = "before the service ended" if self._ending.is_set() else "in time"
            result = SendResult(
                SendOutcome.TRANSIENT, f"no answer {late}", maybe_delivered=not one.may_go_back
            )
        except Exception as error:  # noqa: BLE001 - whatever fails, the ledger must say so
            # Only the kind of error: its words may hold the target's key.
            fault = type(error).__name__
            _log.error("delivery_fault", delivery=held[0].id, fault=fault, at=_place(error))
            result = SendResult(SendOutcome.TRANSIENT, fault, maybe_delivered=not one.may_go_back)
        return _noted(result, held), held

    async def _message(self, deliveries: Sequence[Delivery]) -> tuple[Message, Sequence[Delivery]]:
        """The words, and the deliveries they hold; the others go back into the queue."""
        now = self.clock.now()
        if len(deliveries) == 1:
            # In a thread: a paper takes seconds, and names are asked for over HTTP.
            message = await asyncio.to_thread(self.renderer.render, deliveries[0], now)
            return message, deliveries
        limit = self.limits.get(deliveries[0].channel.type)
        room = None if limit is None else limit.digest_room
        message, held = await asyncio.to_thread(self.renderer.render_many, deliveries, now, room)
        inside = {one.id for one in held}
        left_out = [one for one in deliveries if one.id not in inside]
        if left_out:
            await asyncio.to_thread(self.queue.release, left_out, now)
        return message, held


def _noted(result: SendResult, held: Sequence[Delivery]) -> SendResult:
    """The ledger says that a message held several deliveries."""
    if len(held) == 1:
        return result
    return replace(result, detail=f"one of {len(held)} in a message; {result.detail}")


def _place(error: Exception) -> str:
    """Where in the code it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
