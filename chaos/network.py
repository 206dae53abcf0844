"""Wires that can be slow or cut: TCP proxies on the loopback interface."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Self

from clusterwatch.launcher.ports import LOOPBACK

_CHUNK = 65_536
_PATIENCE = 10.0


class Wire:
    """Carries bytes between those who connect to `port` and a server.

    Held bytes wait and arrive later, as after a short loss of the network; a cut wire closes what
    is open and refuses what is new.
    """

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self._delay = 0.0
        self._cut = False
        self._flows: asyncio.Event
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def delay(self, seconds: float) -> None:
        """Let every piece take so much longer, in both directions."""
        self._delay = seconds

    def hold(self) -> None:
        """Let nothing through; what is sent waits."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def cut(self) -> None:
        """Close all connections, and every new one at once."""
        self._cut = True
        self._wait(self._drop())

    def heal(self) -> None:
        """Be a good wire again."""
        self._delay, self._cut = 0.0, False
        self._loop.call_soon_threadsafe(self._flows.set)

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _open(self) -> None:
        self._flows = asyncio.Event()
        self._flows.set()
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        self._server.close()
        await self._drop()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _drop(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _connected(self, inner: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._cut:
            back.transport.abort()
            return
        try:
            outer, on = await asyncio.open_connection(LOOPBACK, self.server_port)
        except OSError:
            back.transport.abort()
            return
        self._writers |= {back, on}
        try:
            await asyncio.gather(self._carry(inner, on), self._carry(outer, back))
        finally:
            self._writers -= {back, on}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        with suppress(OSError):
            writer.close()


class Wires:
    """Several that are good and bad together."""

    def __init__(self, server_ports: Sequence[int]) -> None:
        self._each = [Wire(port) for port in server_ports]
        self._stack = ExitStack()

    @property
    def ports(self) -> list[int]:
        """In the order of the servers'."""
        return [wire.port for wire in self._each]

    def __enter__(self) -> Self:
        for wire in self._each:
            self._stack.enter_context(wire)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def delay(self, seconds: float) -> None:
        """Let every piece take so much longer, in both directions."""
        for wire in self._each:
            wire.delay(seconds)

    def hold(self) -> None:
        """Let nothing through; what is sent waits."""
        for wire in self._each:
            wire.hold()

    def cut(self) -> None:
        """Close all connections, and every new one at once."""
        for wire in self._each:
            wire.cut()

    def heal(self) -> None:
        """Be good wires again."""
        for wire in self._each:
            wire.heal()
