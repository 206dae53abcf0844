"""The job that sends, alone."""

import asyncio
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from services.alerts.jobs import Jobs
from services.alerts.use_cases.deliver import DeliverDue


def jobs(deliver: DeliverDue, **others: Any) -> Jobs:
    """Only what sends; it looks again when something ends or is new."""
    unused: dict[str, Any] = {one.name: None for one in fields(Jobs)}
    sending = {"deliver": deliver, "new_deliveries": asyncio.Event(), "delivery_seconds": 300.0}
    return Jobs(**{**unused, **sending, **others})


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what is not an event."""
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - what is waited for is not an event
            await asyncio.sleep(0.01)
