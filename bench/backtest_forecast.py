"""Back-test of the annual nowcast on real series.

Every year with three closed years before it is forecast from each of its ten open periods, with
nothing but what was known then. Printed beside the mean of three: each of its members alone,
calendar pacing (year-to-date times twelve over months), and how often the 80 % range held.

    python bench/backtest_forecast.py [--retail FILE.csv] [--every N]

Series: profit of China's industry (tests/data), the Euro area's turnover index of electrical
equipment (shipped with statsmodels), and with `--retail` China's retail sales: a CSV with a
column `time` written like 2012年3月 (January-February as 2012年1-2月) and columns of amounts
`retailAmount` and `largeBizRetailAmount`.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from services.metrics.domain.forecast import (  # noqa: E402 - the path comes first
    YEARS_FOR_MODELS,
    ForecastRequest,
    Method,
    forecast,
)
from services.metrics.domain.history import SEASON, History  # noqa: E402

RESULTS = ROOT / "bench" / "results"
COMPLETE, SHIPPED = "backtest_forecast.json", "backtest_forecast_shipped.json"
"""Results with the retail table, which is not shipped, and without it."""

NOTE_SHIPPED = (
    "Series: profit of China's industry 2012-2019 (tests/data, figures of the National Bureau of "
    "Statistics), Euro area turnover of electrical equipment 1995-2015 (statsmodels elec_equip). "
    "Every year with three closed years before it, from each of its ten open periods."
)
NOTE = (
    f"{NOTE_SHIPPED} And retail sales of China 2012-2018 (figures of the National Bureau of "
    "Statistics), all and larger units; this table is not shipped."
)

GOAL_MAPE = 1.9
"""Per cent, for the mean of three over all series."""
GOAL_COVERAGE = 75.0
"""Per cent of the outcomes that an 80 % range must hold."""

Years = dict[int, tuple[int, ...]]
"""Year-to-date by period of each closed year."""


@dataclass(frozen=True)
class Case:
    """One forecast and what came of it, as errors in per cent."""

    series: str
    year: int
    month: int
    errors: dict[str, float]
    inside: bool


def profit() -> Years:
    """Industrial profit, 10,000 yuan."""
    years: dict[int, list[int]] = {}
    path = ROOT / "tests" / "data" / "cn_industrial_profit_2012_2019.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            years.setdefault(int(row["yr"]), []).append(round(float(row["cumValue"]) * 10_000))
    return _closed(years)


def electrical_equipment() -> Years:
    """Monthly index times 100, with January and February as one period."""
    from statsmodels.datasets import elec_equip  # noqa: PLC0415 - seconds to import

    values = [round(float(value) * 100) for value in elec_equip.load_pandas().data.iloc[:, -1]]
    years: dict[int, list[int]] = {}
    for start in range(0, len(values) - 11, 12):
        january, february, *rest = values[start : start + 12]
        months = [january + february, *rest]
        years[1995 + start // 12] = list(accumulate(months))
    return _closed(years)


def retail(path: Path, column: str) -> Years:
    """Retail sales, 10,000 yuan."""
    years: dict[int, list[int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            year = years.setdefault(int(row["time"][:4]), [])
            year.append((year[-1] if year else 0) + round(float(row[column]) * 10_000))
    return _closed(years)


def _closed(years: dict[int, list[int]]) -> Years:
    return {year: tuple(row) for year, row in sorted(years.items()) if len(row) == SEASON}


def cases(series: str, years: Years, every: int) -> Iterator[Case]:
    """Forecast every year that has history enough, from each of its open periods."""
    numbers = sorted(years)
    for index in range(YEARS_FOR_MODELS, len(numbers)):
        year = numbers[index]
        closed = tuple(years[number] for number in numbers[:index])
        for periods in range(1, SEASON, every):
            yield _case(series, History(year, closed, years[year][:periods]), years[year][-1])


def _case(series: str, history: History, actual: int) -> Case:
    result = forecast(ForecastRequest(history))
    if result is None or result.p10 is None or result.p90 is None:
        raise SystemExit(f"{series} {history.current_year}: no forecast")
    months = history.periods + 1
    if result.method is not Method.MEAN_OF_THREE:
        raise SystemExit(f"{series} {history.current_year}: only {result.method}")
    totals = {"mean of three": result.median, **dict(result.members)}
    totals["calendar"] = round(history.ytd * 12 / months)
    errors = {name: 100 * abs(total / actual - 1) for name, total in totals.items()}
    inside = result.p10 <= actual <= result.p90
    return Case(series, history.current_year, months, errors, inside)


def summary(results: list[Case]) -> dict[str, float]:
    """Mean absolute percentage errors, and the share of outcomes inside the 80 % range."""
    names = results[0].errors
    figures = {name: round(fmean(case.errors[name] for case in results), 3) for name in names}
    held = fmean(100.0 * case.inside for case in results)
    return {"cases": len(results), **figures, "80 % range held": round(held, 1)}


def met(figures: dict[str, float]) -> bool:
    """Whether the goals of the back-test are met."""
    mean = figures["mean of three"]
    members = (figures["pace"], figures["ets"], figures["theta"])
    return mean <= GOAL_MAPE and mean < min(members) and figures["80 % range held"] >= GOAL_COVERAGE


def rows(figures: dict[str, float], *, complete: bool) -> list[dict[str, object]]:
    """The figures that the goals are about; without the retail table they have no goal."""
    cases = f"{figures['cases']:.0f} cases"
    mape = f"at most {GOAL_MAPE}, below each member"
    held = f"at least {GOAL_COVERAGE:.0f}"
    names = {"mean of three": mape, "pace": None, "ets": None, "theta": None, "calendar": None}
    found: list[dict[str, object]] = [
        {
            "figure": f"{name}: mean absolute error of the year, %, {cases}",
            "value": figures[name],
            "goal": goal if complete else None,
        }
        for name, goal in names.items()
    ]
    name = "80 % range held"
    goal = held if complete else None
    return [*found, {"figure": f"{name}, %, {cases}", "value": figures[name], "goal": goal}]


def main() -> None:
    """Run, print a table and write it to bench/results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--retail", type=Path, help="CSV of China's retail sales")
    parser.add_argument("--every", type=int, default=1, help="only every Nth period, for a look")
    arguments = parser.parse_args()
    series = {"profit": profit(), "electrical equipment": electrical_equipment()}
    if arguments.retail is not None:
        for column in ("retailAmount", "largeBizRetailAmount"):
            series[column] = retail(arguments.retail, column)
    started = time.perf_counter()
    by_series = {}
    everything: list[Case] = []
    for name, years in series.items():
        chosen = list(cases(name, years, arguments.every))
        by_series[name] = summary(chosen)
        everything.extend(chosen)
        print(f"{name}: {by_series[name]}", flush=True)
    total = summary(everything)
    complete = arguments.retail is not None and arguments.every == 1
    seconds = time.perf_counter() - started
    print(f"all: {total}  ({seconds:.0f} s)")
    verdict = "met" if met(total) else "missed"
    print(f"goals {verdict}" if complete else f"goals {verdict}, on a part of the series only")
    if arguments.every == 1:
        report = {
            "summary": rows(total, complete=complete),
            "all": total,
            "series": by_series,
            "complete": complete,
            "note": NOTE if complete else NOTE_SHIPPED,
            "seconds": round(seconds),
        }
        RESULTS.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        (RESULTS / (COMPLETE if complete else SHIPPED)).write_text(text, encoding="utf-8")
    if complete and not met(total):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
