"""One message between its claim and its record, and how long its answer is waited for."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from services.alerts.domain.delivery import Delivery, SendResult
from services.alerts.domain.subscription import ChannelTarget

_ATTEMPT_SECONDS = 60.0


@dataclass(slots=True)
class OnItsWay:
    """A message that somebody sends: the deliveries that were claimed for it."""

    deliveries: Sequence[Delivery]
    may_go_back: bool = True
    """Nobody was handed anything and nothing is known: as if it had not been claimed."""
    _patience: asyncio.Timeout | None = None

    @property
    def channel(self) -> ChannelTarget:
        """Whom it goes to."""
        return self.deliveries[0].channel

    async def answer(self, sending: Awaitable[SendResult]) -> SendResult:
        """Hand it over and wait for the answer; raises `TimeoutError` when none comes in time."""
        self.may_go_back = False
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS) as self._patience:
                return await sending
        finally:
            self._patience = None

    def hurry(self, seconds: float) -> None:
        """Wait no longer than that from now for an answer."""
        patience = self._patience
        if patience is None or patience.expired():
            return
        ends = asyncio.get_running_loop().time() + seconds
        patience.reschedule(min(ends, patience.when() or ends))
