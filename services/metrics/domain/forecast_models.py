"""Seasonal models behind the forecast; importing them takes seconds, so `forecast` does it late."""

import warnings
from typing import Any

import numpy as np
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from services.metrics.domain.history import SEASON, History

_FIT_ERRORS = (ValueError, ArithmeticError, np.linalg.LinAlgError, IndexError)
"""What the models raise on series they cannot fit (constant, too wild)."""


class Models:
    """Exponential smoothing and Theta, fitted to one history."""

    def __init__(self, history: History, smoothing: Any, theta: Any, scale: float) -> None:  # noqa: ANN401 - statsmodels has no types
        self._history = history
        self._smoothing = smoothing
        self._scale = scale
        self.ets_total = self._total(smoothing)
        """The current year's total by exponential smoothing."""
        self.theta_total = self._total(theta)
        """The current year's total by the Theta method."""

    def _total(self, fitted: Any) -> float:  # noqa: ANN401 - statsmodels has no types
        rest = SEASON - self._history.periods
        if rest == 0:  # statsmodels refuses to forecast nothing
            return float(self._history.ytd)
        return self._history.ytd + float(np.sum(fitted.forecast(rest))) * self._scale

    @property
    def usable(self) -> bool:
        """Whether both totals are numbers."""
        return bool(np.isfinite(self.ets_total) and np.isfinite(self.theta_total))

    def growth_paths(self, years: int, paths: int, seed: int) -> tuple[float, ...]:
        """Total `years` later over the current year's total, along simulated paths.

        Monthly ranges cannot be added, whole paths can: each is summed over both years. Paths
        whose current year is not positive are left out.
        """
        rest = SEASON - self._history.periods
        positive = min(self._history.increments) > 0
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            simulated = self._smoothing.simulate(
                rest + SEASON * years,
                repetitions=paths,
                error="mul" if positive else "add",
                rng=np.random.default_rng(seed),
            )
            steps = np.asarray(simulated, dtype=float).reshape(-1, paths)
            now = self._history.ytd / self._scale + steps[:rest].sum(axis=0)
            later = steps[-SEASON:].sum(axis=0)
            growths = later[now > 0] / now[now > 0]
        return tuple(float(growth) for growth in growths[np.isfinite(growths)])


def fit(history: History) -> Models | None:
    """Fit both models to the increments; None where a series cannot be fitted.

    Amounts are scaled to about one, because the optimiser's steps know no yuan. The trend is
    damped: undamped it runs away within the remaining months of a turning year.
    """
    increments = np.asarray(history.increments, dtype=float)
    scale = float(np.mean(np.abs(increments)))
    if scale == 0:
        return None
    series = increments / scale
    seasonal = "mul" if series.min() > 0 else "add"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            smoothing = ExponentialSmoothing(
                series,
                trend="add",
                damped_trend=True,
                seasonal=seasonal,
                seasonal_periods=SEASON,
                initialization_method="estimated",
            ).fit()
            theta = ThetaModel(series, period=SEASON).fit()
            models = Models(history, smoothing, theta, scale)
    except _FIT_ERRORS:
        return None
    return models if models.usable else None
