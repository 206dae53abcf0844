"""Nowcast, range and probability of a target."""

import csv
import math
import pickle
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.forecast import (
    ForecastRequest,
    ForecastResult,
    Method,
    Wanted,
    forecast,
    pace_errors,
    pace_total,
)
from services.metrics.domain.history import SEASON, History, history_of

PROFIT = Path(__file__).parents[2] / "data" / "cn_industrial_profit_2012_2019.csv"


def profit() -> dict[tuple[int, int], int]:
    """Year-to-date in 10,000 yuan by (year, month)."""
    with PROFIT.open(encoding="utf-8", newline="") as file:
        return {
            (int(row["yr"]), int(row["mon"])): round(float(row["cumValue"]) * 10_000)
            for row in csv.DictReader(file)
        }


def history(year: int, month: int) -> History:
    found = history_of(profit(), year, month)
    assert found is not None
    return found


def steady(years: int, periods: int, growth: float = 1.1) -> History:
    """A seasonal pattern that grows by the same rate every year."""
    pattern = (13, 8, 8, 9, 10, 8, 8, 9, 9, 9, 9)
    rows = [
        tuple(accumulate(round(each * 1e9 * growth**year) for each in pattern))
        for year in range(years + 1)
    ]
    return History(2020 + years, tuple(rows[:-1]), rows[-1][:periods])


def of(request: ForecastRequest) -> ForecastResult:
    result = forecast(request)
    assert result is not None
    return result


def test_a_history_ends_where_the_first_gap_begins() -> None:
    figures = profit()
    del figures[(2014, 7)]
    found = history_of(figures, 2018, 5)
    assert found is not None
    assert len(found.closed) == 3
    assert found.periods == 4
    assert found.totals[-1] == figures[(2017, 12)]
    assert sum(found.increments[-4:]) == found.ytd


def test_a_gap_in_the_current_year_leaves_no_history() -> None:
    figures = profit()
    del figures[(2018, 3)]
    assert history_of(figures, 2018, 5) is None


def test_with_two_closed_years_last_years_pace_is_all_there_is() -> None:
    result = of(ForecastRequest(history(2014, 5)))
    figures = profit()
    expected = figures[(2013, 12)] * figures[(2014, 5)] / figures[(2013, 5)]
    assert (result.method, result.median) == (Method.PACE, round(expected))
    assert (result.p10, result.p90, result.probability) == (None, None, None)


def test_without_a_last_year_there_is_no_forecast() -> None:
    assert forecast(ForecastRequest(History(2024, (), (5, 9)))) is None
    last = (0, *range(1, 11))
    assert forecast(ForecastRequest(History(2024, (last,), (5,)))) is None


def test_the_errors_of_the_pace_are_those_of_the_same_period() -> None:
    figures = profit()
    errors = pace_errors(history(2014, 5))
    expected = figures[(2012, 12)] * figures[(2013, 5)] / figures[(2012, 5)]
    assert list(errors) == pytest.approx([math.log(figures[(2013, 12)] / expected)])


def test_three_closed_years_give_the_mean_of_three_and_a_range() -> None:
    result = of(ForecastRequest(history(2018, 8)))
    assert result.method is Method.MEAN_OF_THREE
    members = dict(result.members)
    assert set(members) == {"pace", "ets", "theta"}
    assert result.median == pytest.approx(sum(members.values()) / 3, abs=1)
    assert result.p10 is not None
    assert result.p90 is not None
    assert result.p10 < result.median < result.p90


def test_a_steady_series_is_forecast_on_the_dot() -> None:
    complete = steady(4, SEASON)
    result = of(ForecastRequest(replace(complete, current=complete.current[:6])))
    assert result.median == pytest.approx(complete.ytd, rel=0.01)


def test_a_closed_year_is_no_longer_a_forecast() -> None:
    result = of(
        ForecastRequest(history(2018, 12), this_year=Wanted(2018, profit()[(2018, 12)], ">"))
    )
    total = profit()[(2018, 12)]
    assert (result.method, result.median, result.p10, result.p90) == (
        Method.REPORTED,
        total,
        total,
        total,
    )
    assert result.probability_this_year == 0.0


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    request = ForecastRequest(history(2018, 8), Wanted(2020, 660_000_000), paths=500)
    assert of(request) == of(request)
    assert of(request) != of(replace(request, seed=1))


def test_request_and_result_travel_to_a_worker_process() -> None:
    request = ForecastRequest(history(2018, 8), Wanted(2018, 660_000_000))
    assert pickle.loads(pickle.dumps(request)) == request  # noqa: S301 - our own bytes
    result = of(request)
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 - our own bytes


def test_the_probability_falls_as_the_target_rises() -> None:
    targets = [400_000_000, 600_000_000, 700_000_000, 1_500_000_000]
    chances = [
        of(ForecastRequest(history(2018, 6), Wanted(2018, target))).probability
        for target in targets
    ]
    assert chances == sorted(chances, key=lambda chance: -(chance or 0))
    assert chances[0] is not None
    assert chances[0] > 0.95
    assert chances[-1] is not None
    assert chances[-1] < 0.05


def test_a_later_target_year_is_reached_along_whole_paths() -> None:
    growing = steady(4, 6)
    total = steady(4, SEASON).ytd
    near = of(ForecastRequest(growing, Wanted(2026, round(total * 1.05)))).probability
    far = of(ForecastRequest(growing, Wanted(2026, total * 3))).probability
    assert near is not None
    assert near > 0.9
    assert far is not None
    assert far < 0.05


def test_a_closed_year_still_has_a_probability_for_a_later_target() -> None:
    closed = history(2018, 12)

    answers = [
        of(ForecastRequest(closed, Wanted(2019, round(closed.ytd * factor)))).probability
        for factor in (0.5, 3.0)
    ]

    assert answers == [1.0, 0.0]


def test_the_probability_for_less_is_counted_from_the_other_side() -> None:
    request = ForecastRequest(history(2018, 6))
    more = of(replace(request, target=Wanted(2018, 700_000_000, ">"))).probability
    less = of(replace(request, target=Wanted(2018, 700_000_000, "<=", -1))).probability
    assert more is not None
    assert less == pytest.approx(1 - more)


def test_losses_are_forecast_without_an_exception() -> None:
    months = (-3, 2, 1, 4, -1, 2, 3, 1, 2, 1, 5)
    rows = [tuple(accumulate(m * 1000 + year for m in months)) for year in range(5)]
    result = forecast(ForecastRequest(History(2024, tuple(rows[:4]), rows[4][:8])))
    assert result is None or math.isfinite(result.median)


def test_a_series_without_any_variation_is_forecast_by_some_method() -> None:
    flat = tuple(range(100, 100 * 12, 100))
    result = of(ForecastRequest(History(2024, (flat,) * 4, flat[:5])))
    assert result.median == pytest.approx(1100, abs=1)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(*[st.integers(-(10**15), 10**15)] * SEASON), max_size=2),
    st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=SEASON),
    st.integers(-(10**16), 10**16),
)
def test_a_short_history_never_gives_an_exception(
    closed: list[tuple[int, ...]], current: list[int], target: int
) -> None:
    past = History(2024, tuple(closed), tuple(current))
    result = forecast(ForecastRequest(past, Wanted(2024, target), paths=20))
    pace = pace_total(past)
    assert (result is None) == (pace is None and len(current) < SEASON)
    if result is not None:
        assert result.probability is None or 0 <= result.probability <= 1
