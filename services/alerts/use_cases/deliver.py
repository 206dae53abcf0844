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
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from services.alerts.ports import Channels, DeliveryQueue, Message, Renderer
from shared.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any attempt may take; after it the sender is taken for dead."""
_ATTEMPT_SECONDS = 60.0
_MARGIN = timedelta(minutes=1)
"""Attempt and recording together stay within the lease."""


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
    under_way: dict[asyncio.Task[int], ChannelTarget] = field(default_factory=dict, init=False)
    """Messages that are being sent."""

    async def __call__(self) -> int:
        """Send what is due, and wait for all that is under way; returns deliveries tried."""
        await self.begin()
        return sum(await asyncio.gather(*self.under_way))

    async def begin(self) -> int:
        """Begin to send what is due and there is room for; returns how many messages."""
        room = Room(tuple(self.under_way.values()))
        claimed = await asyncio.to_thread(self.queue.claim, self.clock.now(), LEASE, room)
        together: dict[str, list[Delivery]] = {}
        for delivery in claimed:
            together.setdefault(delivery.lease, []).append(delivery)
        for found in together.values():
            task = asyncio.create_task(self._deliver(found))
            self.under_way[task] = found[0].channel
            task.add_done_callback(self._ended)
        return len(together)

    def _ended(self, task: asyncio.Task[int]) -> None:
        """A fault ends one message only; its lease runs out, and it is tried again."""
        del self.under_way[task]
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("delivery_given_up", fault=type(fault).__name__)

    async def stop(self) -> None:
        """End what is under way; whoever claims it next knows that it may be a repeat."""
        tasks = list(self.under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, deliveries: Sequence[Delivery]) -> int:
        """Send one message about all (or the first) of them; returns how many it held."""
        channel = deliveries[0].channel
        result, held = await self._attempt(deliveries)
        now = self.clock.now()
        self.counts.attempts[str(channel.type), str(result.outcome)] += 1
        if result.outcome is SendOutcome.THROTTLED:
            pause = result.retry_after or backoff(held[0].attempts)
            await self._insist(self.queue.pause, channel, now + min(pause, LONGEST_PAUSE))
        verdicts = [(one, settle(one, result, now, self.give_up_after)) for one in held]
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

    async def _attempt(
        self, deliveries: Sequence[Delivery]
    ) -> tuple[SendResult, Sequence[Delivery]]:
        """One attempt; an own fault counts as transient and is never taken for success."""
        target = deliveries[0].channel
        held, handed_over = deliveries, False
        channel = self.channels.get(target.type)
        if channel is None:
            return SendResult(SendOutcome.PERMANENT_CONFIG, "this channel is not configured"), held
        try:
            message, held = await self._message(deliveries)
            handed_over = True
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                result = await channel.send(target.target, message)
        except TimeoutError:
            result = SendResult(SendOutcome.TRANSIENT, "no answer in time", maybe_delivered=True)
        except Exception as error:  # noqa: BLE001 - whatever fails, the ledger must say so
            # Only the kind of error: its words may hold the target's key.
            fault = type(error).__name__
            _log.error("delivery_fault", delivery=deliveries[0].id, fault=fault, at=_place(error))
            result = SendResult(SendOutcome.TRANSIENT, fault, maybe_delivered=handed_over)
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
