"""Nowcast of the year's total, forecast of the target year, and the probability of a target.

With three closed years the nowcast is the mean of three methods: last year's total times
this year's pace, exponential smoothing and Theta. With fewer it is the first alone, in plain
Python. Ranges come from one's own errors at the same period in past years and from how far
the methods disagree, because exponential smoothing is too sure of itself. Everything is
deterministic under a seed; request and result can be sent to a worker process.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from statistics import fmean, variance
from typing import TYPE_CHECKING

from services.metrics.domain.history import SEASON, History
from shared.plans.comparing import meets

if TYPE_CHECKING:
    from services.metrics.domain.forecast_models import Models

YEARS_FOR_MODELS = 3
"""Closed years below which seasonal models have nothing to learn from."""

ERRORS_FOR_RANGE = 2
"""Past errors of one's own below which no range is given."""

PATHS = 2_000
"""Simulated paths: a probability is then known to about one point."""

_P10, _P90 = 0.10, 0.90

_LARGEST_LOG = 20.0
"""Draws of a t distribution with few degrees of freedom have no bounds of their own."""


class Method(StrEnum):
    """How a nowcast was made."""

    REPORTED = "reported"
    """The year is closed: its total is no longer a forecast."""
    MEAN_OF_THREE = "mean_of_three"
    PACE = "pace"
    """Last year's total times this year's year-to-date over last year's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A level of a year's total, in base units, and how strictly it is meant."""

    year: int
    value: int
    comparator: str = ">="
    direction: int = 1


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """A history and the levels whose probability is asked for."""

    history: History
    target: Wanted | None = None
    this_year: Wanted | None = None
    """What the plan's path requires of the current year."""
    seed: int = 0
    paths: int = PATHS


@dataclass(frozen=True, slots=True)
class ForecastResult:
    """The current year's total in base units; None where the history is too short to say."""

    year: int
    median: int
    p10: int | None
    p90: int | None
    method: Method
    probability: float | None
    """Of meeting the target in the target year."""
    probability_this_year: float | None
    """Of the current year's total reaching what the path requires of it."""
    members: tuple[tuple[str, int], ...]
    """The forecasts behind the mean, by name."""


def forecast(request: ForecastRequest, *, with_models: bool = True) -> ForecastResult | None:
    """Forecast one series; None without a usable last year. Never raises for finite figures.

    `with_models` False is the pace alone, in plain Python and at once.
    """
    history = request.history
    pace = pace_total(history)
    closed = history.periods >= SEASON
    if pace is None and not closed:
        return None
    later = request.target is not None and request.target.year > history.current_year
    models = _models(history) if with_models and (later or not closed) else None
    errors = pace_errors(history)
    if closed:
        return _result(request, Method.REPORTED, {"reported": history.ytd}, errors, models)
    members = {"pace": round(pace or 0.0)}
    if models is None:
        return _result(request, Method.PACE, members, errors, models)
    members |= {"ets": round(models.ets_total), "theta": round(models.theta_total)}
    return _result(request, Method.MEAN_OF_THREE, members, errors, models)


def pace_total(history: History) -> float | None:
    """Last year's total times ytd over last year's ytd; None where one is not positive."""
    if not history.closed:
        return None
    last = history.closed[-1]
    return _pace(last, history.ytd, history.periods)


def pace_errors(history: History) -> tuple[float, ...]:
    """Logarithmic errors the pace method made at the same period in past years."""
    errors: list[float] = []
    for before, year in zip(history.closed, history.closed[1:], strict=False):
        expected = _pace(before, year[history.periods - 1], history.periods)
        if expected is not None and expected > 0 and year[-1] > 0:
            errors.append(math.log(year[-1] / expected))
    return tuple(errors)


def _pace(last: Sequence[int], ytd: int, periods: int) -> float | None:
    done = last[periods - 1]
    return last[-1] * ytd / done if done > 0 and last[-1] > 0 else None


def _models(history: History) -> "Models | None":
    """Exponential smoothing and Theta, where there is history enough for them."""
    if len(history.closed) < YEARS_FOR_MODELS:
        return None
    from services.metrics.domain import forecast_models  # noqa: PLC0415 - seconds to import

    return forecast_models.fit(history)


def _result(
    request: ForecastRequest,
    method: Method,
    members: dict[str, int],
    errors: Sequence[float],
    models: "Models | None",
) -> ForecastResult:
    median = fmean(members.values())
    draws = _draws(tuple(members.values()), errors, request)
    return ForecastResult(
        year=request.history.current_year,
        median=round(median),
        p10=_quantile(draws, _P10),
        p90=_quantile(draws, _P90),
        method=method,
        probability=_probability(request, request.target, draws, models),
        probability_this_year=_probability(request, request.this_year, draws, models),
        members=tuple(members.items()),
    )


def _draws(
    members: Sequence[int], errors: Sequence[float], request: ForecastRequest
) -> tuple[float, ...]:
    """Totals of the current year around the median, sorted; empty without a range.

    The mean square of past errors, taken as centred on zero so that each keeps its degree of
    freedom, plus the variance between the methods: where they disagree, past errors of one of
    them alone would make the range too narrow.
    """
    median = fmean(members)
    if request.history.periods >= SEASON:
        return (median,) * request.paths
    if len(errors) < ERRORS_FOR_RANGE or min(members) <= 0:
        return ()
    between = variance(math.log(member) for member in members) if len(members) > 1 else 0.0
    scale = math.sqrt(fmean(error * error for error in errors) + between)
    random = Random(request.seed)  # noqa: S311 - a simulation wants reproducible numbers
    freedom = len(errors)
    logs = (scale * _student(random, freedom) for _ in range(request.paths))
    bounded = (max(-_LARGEST_LOG, min(_LARGEST_LOG, log)) for log in logs)
    return tuple(sorted(median * math.exp(log) for log in bounded))


def _student(random: Random, freedom: int) -> float:
    """A draw of Student's t distribution."""
    chi_square = random.gammavariate(freedom / 2, 2.0)
    return random.gauss(0.0, 1.0) / math.sqrt(max(chi_square, 1e-12) / freedom)


def _quantile(draws: Sequence[float], share: float) -> int | None:
    return round(draws[int(share * (len(draws) - 1))]) if draws else None


def _probability(
    request: ForecastRequest,
    wanted: Wanted | None,
    draws: Sequence[float],
    models: "Models | None",
) -> float | None:
    """Share of paths that reach the level in its year; None where it cannot be said."""
    years = None if wanted is None else wanted.year - request.history.current_year
    if wanted is None or years is None or years < 0 or not draws:
        return None
    totals = draws if years == 0 else _later_totals(request, years, draws, models)
    if not totals:
        return None
    hits = sum(
        meets(round(total), wanted.comparator, wanted.value, wanted.direction) for total in totals
    )
    return hits / len(totals)


def _later_totals(
    request: ForecastRequest, years: int, draws: Sequence[float], models: "Models | None"
) -> tuple[float, ...]:
    """Totals of a later year: each path's own growth applied to a draw of this year's total."""
    if models is None:
        return ()
    growths = models.growth_paths(years, len(draws), request.seed)
    shuffled = list(draws)
    Random(request.seed + 1).shuffle(shuffled)  # noqa: S311 - reproducible
    return tuple(total * growth for total, growth in zip(shuffled, growths, strict=False))
