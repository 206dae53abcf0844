"""Forecasts that were asked for and those that were made."""

from dataclasses import dataclass
from datetime import datetime

from services.metrics.domain.forecast import ForecastResult


@dataclass(frozen=True, slots=True)
class MadeForecast:
    """A forecast with the digest of its request and the version of the inputs it was made for."""

    digest: bytes
    input_version: int
    result: ForecastResult | None


@dataclass(frozen=True, slots=True)
class StoredForecast:
    """The request that stands, and the newest forecast, which may answer an earlier one."""

    wanted: bytes
    asked_at: datetime
    """Since when the standing request, or those it replaced, have been waiting."""
    made: MadeForecast | None

    @property
    def waits(self) -> bool:
        """Whether the standing request has no answer yet."""
        return self.made is None or self.made.digest != self.wanted
