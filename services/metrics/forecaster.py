"""The background job that has forecasts made, a moment after their inputs settled."""

import asyncio
import time
from collections.abc import Callable

import structlog

from services.metrics.domain.made_forecasts import MadeForecast
from services.metrics.ports import ForecastWish, ForecastWorker
from services.metrics.telemetry.service import ServiceCounts
from services.metrics.use_cases.make_forecasts import MakeForecasts

_log = structlog.get_logger(__name__)

_BATCH = 16
"""Forecasts kept at a time: a crash loses less than two seconds of work."""


class Forecaster:
    """Looks for open wishes every few seconds; a worker process does the fitting.

    `made` is called on the event loop after each batch: there are statuses to assess again.
    """

    def __init__(
        self,
        forecasts: MakeForecasts,
        worker: ForecastWorker,
        pause: float,
        made: Callable[[], None],
        counts: ServiceCounts | None = None,
    ) -> None:
        self._forecasts = forecasts
        self._worker = worker
        self._pause = pause
        self._made = made
        self._counts = counts or ServiceCounts()

    async def run(self) -> None:
        """Make forecasts until cancelled."""
        try:
            while True:
                due = await asyncio.to_thread(self._forecasts.due)
                self._counts.forecasts_waiting = len(due)
                for start in range(0, len(due), _BATCH):
                    await self._batch(due[start : start + _BATCH])
                    self._counts.forecasts_waiting = max(len(due) - start - _BATCH, 0)
                await asyncio.sleep(self._pause)
        finally:
            await self._worker.close()

    async def _batch(self, wishes: list[ForecastWish]) -> None:
        started = time.monotonic()
        made: list[tuple[ForecastWish, MadeForecast]] = []
        for wish in wishes:
            made.append((wish, await self._forecasts.make(wish, self._worker)))  # noqa: PERF401 - one after the other
        await asyncio.to_thread(self._forecasts.save, made)
        for _, forecast in made:
            self._counts.made(forecast.result.method if forecast.result else None)
        self._made()
        _log.info("forecast", series=len(made), seconds=round(time.monotonic() - started, 3))
