"""The forecast that a status shows: the stored one while one is wanted, else the year's pace."""

from typing import NamedTuple

from services.metrics.domain.comparison import rolling_year
from services.metrics.domain.forecast import ForecastRequest
from services.metrics.domain.forecasting import digest_of
from services.metrics.domain.inputs import UnitInputs
from shared.events.period import Month
from shared.events.status import ForecastFigure


class Nowcast(NamedTuple):
    """A forecast of the year's total, and of meeting the target."""

    figure: ForecastFigure | None
    made_for: int
    """Version of the inputs it was made for."""
    probability: float | None = None
    current: bool = True


def nowcast_of(inputs: UnitInputs, period: Month, wanted: ForecastRequest | None) -> Nowcast:
    """The stored forecast while one is wanted, which may be of earlier inputs; else the pace."""
    stored = inputs.forecasts.get(period)
    version = inputs.input_version(period)
    made = stored.made if stored is not None and wanted is not None else None
    if made is None or made.result is None or wanted is None:
        return Nowcast(_pace(inputs, period), version)
    result = made.result
    figure = ForecastFigure(
        result.year,
        result.median,
        result.p10,
        result.p90,
        str(result.method),
        result.probability_this_year,
    )
    current = made.digest == digest_of(wanted)
    made_for = version if current else made.input_version
    return Nowcast(figure, made_for, result.probability, current)


def _pace(inputs: UnitInputs, period: Month) -> ForecastFigure | None:
    """Last year's total x comparable growth of the year so far; in December the year itself."""
    totals = inputs.totals
    if period == period.december:
        done = rolling_year(period, totals)
        return None if done is None else ForecastFigure(period.year, done, None, None, "reported")
    last = totals.get(period.last_year.december)
    now = totals.get(period)
    if last is None or now is None or last.ytd_count == 0 or now.comparable_last_year <= 0:
        return None
    if inputs.broken(period):
        return None
    median = last.ytd * now.comparable_ytd // now.comparable_last_year
    return ForecastFigure(period.year, median, None, None, "pace")
