"""Open wishes → forecasts, off the event path and only once the figures have settled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import randbits

import structlog

from services.metrics.domain.forecast import forecast
from services.metrics.domain.made_forecasts import MadeForecast
from services.metrics.ports import (
    AssessmentStore,
    DirtyMark,
    ForecasterGone,
    ForecastWish,
    ForecastWorker,
)
from services.metrics.use_cases.gather import Owns
from shared.clock import Clock

_log = structlog.get_logger(__name__)

_STAMP_BITS = 62

LONGEST_WAIT = 30
"""Times the settling delay after which a series that never settles is forecast all the same."""


class MakeForecasts:
    """Makes the forecasts that statuses want, and asks for those statuses again."""

    def __init__(
        self,
        store: AssessmentStore,
        clock: Clock,
        delay: timedelta,
        owns: Owns = lambda _partition: True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._delay = delay
        self._owns = owns

    def due(self) -> list[ForecastWish]:
        """Wishes of owned units that have settled, newest period first."""
        now = self._clock.now()
        with self._store.view() as source:
            wishes = source.open_wishes()
            partitions = {u.name: u.partition for u in source.units().values()} if wishes else {}
        return [
            wish
            for wish in wishes
            if self._settled(wish, now) and self._owns(partitions.get(wish.key.unit, -1))
        ]

    def _settled(self, wish: ForecastWish, now: datetime) -> bool:
        longest = LONGEST_WAIT * self._delay
        return now - wish.wanted_at >= self._delay or now - wish.asked_at >= longest

    async def make(self, wish: ForecastWish, worker: ForecastWorker) -> MadeForecast:
        """One forecast; the pace alone where the worker fails twice."""
        for _ in range(2):
            try:
                result = await worker.forecast(wish.request)
            except ForecasterGone as gone:
                _log.warning("forecaster_gone", wish=str(wish.key), error=str(gone))
            else:
                return MadeForecast(wish.digest, wish.input_version, result)
        result = forecast(wish.request, with_models=False)
        return MadeForecast(wish.digest, wish.input_version, result)

    def save(self, made: Sequence[tuple[ForecastWish, MadeForecast]]) -> None:
        """Keep forecasts, and mark their statuses to be assessed again."""
        with self._store.view() as source:
            units = {record.name: number for number, record in source.units().items()}
            indicators = {name: number for number, name in source.indicators().items()}
        with self._store.transaction() as sink:
            marks = []
            for wish, forecast_ in made:
                key = wish.key
                if sink.save_forecast(key, forecast_):
                    stamp = randbits(_STAMP_BITS)
                    unit, indicator = units[key.unit], indicators[key.indicator]
                    marks.append(DirtyMark(unit, indicator, key.period, stamp))
            sink.mark_dirty(marks)
