"""How long things are kept, and the job that prunes what is older."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine

from shared.clock import Clock
from shared.storage import writing
from shared.storage.turns import is_our_turn

_LOOK_SECONDS = 3600.0
_PAUSE_SECONDS = 0.2
"""Between two steps, for others who want to write."""

Step = Callable[[Connection, datetime, datetime], int]
"""Deletes some of what is older than the first moment, at the second one; how many rows."""

_log = structlog.get_logger(__name__)


def pruning(
    what: str, engine: Engine, days: int, step: Step, clock: Clock
) -> Callable[[], Coroutine[None, None, None]]:
    """A background job that prunes what is older than `days`, every hour; 0 keeps everything.

    Each step is a transaction of its own, and only one replica takes it: `what` names its turn,
    also beside those of other services in the same PostgreSQL database.
    """

    async def job() -> None:
        while days:
            rows = 0
            while found := await asyncio.to_thread(one_step, what, engine, days, step, clock):
                rows += found
                await asyncio.sleep(_PAUSE_SECONDS)
            if rows:
                _log.info("pruned", what=what, rows=rows, older_than_days=days)
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.Event().wait()

    return job


def one_step(what: str, engine: Engine, days: int, step: Step, clock: Clock) -> int:
    """Prune some rows; 0 when none is old enough, or another replica does it."""
    now = clock.now()
    with writing(engine) as connection:
        if not is_our_turn(connection, what):
            return 0
        return step(connection, now - timedelta(days=days), now)
