"""What makes full forecasts."""

from typing import Protocol

from services.metrics.domain.forecast import ForecastRequest, ForecastResult


class ForecasterGone(RuntimeError):  # noqa: N818 - a state
    """The worker that makes forecasts has ended, or does not answer in time."""


class ForecastWorker(Protocol):
    """Makes full forecasts somewhere else than in this process."""

    async def forecast(self, request: ForecastRequest) -> ForecastResult | None:
        """The forecast. Raises `ForecasterGone`; the next call begins with a new worker."""
        ...

    async def close(self) -> None:
        """End the worker."""
        ...
