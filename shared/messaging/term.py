"""The right of one relay to publish a service's outbox while those of other replicas wait.

It hangs on a session of PostgreSQL. A session may end while records are on their way to Kafka; the
next relay would then publish newer versions of a key, and older ones might arrive after them. So
whoever has the right stops sending when its session ends, and whoever takes it from one that did
not give it back waits until that one has stopped.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from shared.storage import meta, outbox

_P = ParamSpec("_P")
_T = TypeVar("_T")

TAKEOVER_SECONDS = 10.0
"""Longer than a relay needs to see that its session ended, and to let go of Kafka."""
_MARK = "outbox publisher"
"""Name of the relay that has the right, or had it and did not give it back; empty without one."""


class TermEndedError(RuntimeError):
    """The session ended, and the right with it."""


class Term:
    """The right of one relay, from when it is needed until it ends with its session or by itself.

    All that is done on the session is done in a thread of its own, one thing after the other, so
    nothing that was cancelled meanwhile is still at it.
    """

    def __init__(self, engine: Engine, takeover_seconds: float = TAKEOVER_SECONDS) -> None:
        self._engine = engine
        self._takeover = takeover_seconds
        self._name = uuid4().hex
        self._connection: Connection | None = None
        self._begun = False
        self._not_before = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox-term")

    async def is_ours(self) -> bool:
        """Whether we may publish now; asks for the right where nobody has it."""
        return await self._in_thread(self._take)

    async def run(
        self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Work in the session of the right, where each statement is a transaction of its own.

        Raises `TermEndedError` when the session is over.
        """
        return await self._in_thread(lambda: work(self._session(), *args, **kwargs))

    async def guard(self, sending: Coroutine[Any, Any, None]) -> None:
        """Send for as long as the session lives; raises `TermEndedError` when it ends before."""
        tasks = [asyncio.ensure_future(sending), asyncio.ensure_future(self._session_ends())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[0].done():
                raise TermEndedError
            await tasks[0]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def end(self, *, stopped: bool) -> None:
        """Give the right back; not `stopped` when something of ours may still be on its way."""
        await self._in_thread(lambda: self._give_back(stopped=stopped))
        if not stopped:
            self._name = uuid4().hex  # we wait like everybody else

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _session(self) -> Connection:
        # An invalid connection would be replaced by a new session, which has no right.
        if self._connection is None or self._connection.invalidated:
            raise TermEndedError
        return self._connection

    def _take(self) -> bool:
        if self._connection is None:
            self._ask()
        if self._connection is None or time.monotonic() < self._not_before:
            return False
        connection = self._session()
        if not self._begun:
            meta.remember(connection, _MARK, self._name)
            self._begun = True
        return True

    def _ask(self) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            granted = outbox.claim(connection)
            mark = meta.known(connection, _MARK) if granted else None
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        if not granted:
            connection.close()
            return
        waits = self._takeover if mark not in {None, "", self._name} else 0.0
        self._connection, self._begun = connection, False
        self._not_before = time.monotonic() + waits

    def _give_back(self, *, stopped: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(DBAPIError):
            if stopped and self._begun and not connection.invalidated:
                connection.rollback()  # SQLAlchemy's own, after an error; the server has none open
                meta.remember(connection, _MARK, "")
                outbox.release(connection)
        connection.invalidate()  # the right ends with the session
        connection.close()

    async def _session_ends(self) -> None:
        """Waits until the server ends the session, or cannot be reached any more."""
        loop = asyncio.get_running_loop()
        with suppress(DBAPIError, TermEndedError):
            while True:
                descriptor = self._descriptor()
                said = asyncio.Event()
                loop.add_reader(descriptor, said.set)
                try:
                    await said.wait()
                finally:
                    loop.remove_reader(descriptor)
                await self._in_thread(self._ask_for_life)  # perhaps a notice only

    def _descriptor(self) -> int:
        """Of the session's socket; an end that was not noticed yet can be read from it."""
        driver: Any = self._session().connection.driver_connection
        return int(driver.fileno())

    def _ask_for_life(self) -> None:
        """Raises the driver's error when the session has ended."""
        self._session().execute(text("select 1"))
