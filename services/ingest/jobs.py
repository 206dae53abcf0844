"""Background work of ingest."""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import Engine

from services.ingest.adapters.attribution_store import SqlSubjects
from services.ingest.adapters.store import SqlStore
from services.ingest.use_cases.reattribute import Reattribute
from shared.runtime import Job
from shared.storage import writing

_log = structlog.get_logger(__name__)


def reattribution(reattribute: Reattribute, engine: Engine, wake: Callable[[], None]) -> Job:
    """After a start with other plans: attribute all subjects anew, then rest until the end."""

    def step() -> bool:
        with writing(engine) as connection:
            return reattribute.step(SqlStore(connection), SqlSubjects(connection))

    async def run() -> None:
        pieces = 0
        while await asyncio.to_thread(step):
            pieces += 1
            wake()
        wake()
        _log.info("attributed_by_the_plans_followed", further_pieces=pieces)
        await asyncio.Event().wait()

    return run
