"""Sends what is due and records what became of it."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from services.alerts.domain.delivery import (
    Delivery,
    DeliveryStatus,
    SendOutcome,
    SendResult,
    settle,
)
from services.alerts.ports import Channels, DeliveryQueue, Renderer
from shared.clock import Clock

_log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any attempt may take; after it the sender is taken for dead."""
_ATTEMPT_SECONDS = 60.0
_AT_ONCE = 10


@dataclass(slots=True)
class DeliveryCounts:
    """Attempts by channel and outcome since the process started."""

    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class DeliverDue:
    """One round of the delivery worker; several replicas may run it at once."""

    queue: DeliveryQueue
    channels: Channels
    renderer: Renderer
    clock: Clock
    give_up_after: timedelta
    counts: DeliveryCounts

    async def __call__(self) -> int:
        """Send the due deliveries; returns how many were tried."""
        claimed = await asyncio.to_thread(self.queue.claim, self.clock.now(), LEASE, _AT_ONCE)
        await asyncio.gather(*(self._deliver(delivery) for delivery in claimed))
        return len(claimed)

    async def _deliver(self, delivery: Delivery) -> None:
        result = await self._attempt(delivery)
        now = self.clock.now()
        verdict = settle(delivery, result, now, self.give_up_after)
        channel = str(delivery.channel.type)
        self.counts.attempts[channel, str(result.outcome)] += 1
        kept = await asyncio.to_thread(self.queue.settle, delivery, verdict, now)
        log = _log.bind(delivery=delivery.id, channel=channel, outcome=str(result.outcome))
        if not kept:
            log.warning("delivery_lease_lost")
        elif verdict.status is not DeliveryStatus.SENT:
            log.warning("delivery_not_made", status=str(verdict.status), detail=result.detail)

    async def _attempt(self, delivery: Delivery) -> SendResult:
        """One attempt; an own fault counts as transient and is never taken for success."""
        channel = self.channels.get(delivery.channel.type)
        if channel is None:
            return SendResult(SendOutcome.PERMANENT_CONFIG, "this channel is not configured")
        try:
            message = self.renderer.render(delivery, self.clock.now())
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                return await channel.send(delivery.channel.target, message)
        except TimeoutError:
            return SendResult(SendOutcome.TRANSIENT, "no answer in time", maybe_delivered=True)
        except Exception as error:  # noqa: BLE001 - whatever fails, the ledger must say so
            _log.exception("delivery_fault", delivery=delivery.id)
            return SendResult(SendOutcome.TRANSIENT, repr(error), maybe_delivered=True)
