"""Forecasts in a process of their own: importing and fitting the models never delays an event."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence

import msgspec

from services.metrics.domain.forecast import ForecastRequest, ForecastResult
from services.metrics.ports import ForecasterGone

PROGRAM = (sys.executable, "-m", "services.metrics.adapters.forecast_program")

_ANSWER_SECONDS = 60.0
"""A fit takes tenths of a second, the first one the import of the models as well."""

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

_decoder = msgspec.json.Decoder(ForecastResult | None)


class ForecastProcess:
    """`ForecastWorker` in a child process, started by the first request. Not for two tasks."""

    def __init__(
        self, program: Sequence[str] = PROGRAM, answer_seconds: float = _ANSWER_SECONDS
    ) -> None:
        self._program = program
        self._answer_seconds = answer_seconds
        self._process: asyncio.subprocess.Process | None = None

    async def forecast(self, request: ForecastRequest) -> ForecastResult | None:
        """The forecast. Raises `ForecasterGone`; the next call begins with a new process."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._ask(msgspec.json.encode(request))
            result: ForecastResult | None = _decoder.decode(answer)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            await self.close()
            raise ForecasterGone(repr(error)) from error
        return result

    async def _ask(self, request: bytes) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError("the process has no pipes")
        process.stdin.write(request + b"\n")
        await process.stdin.drain()
        answer = await process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise BrokenPipeError("the process ended without an answer")
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD},
        )

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
