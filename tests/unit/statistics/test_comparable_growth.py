"""Comparable growth (可比口径): the same current reports, never last year's stored totals."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.metrics.domain.comparison import Contribution, comparable_growth
from services.metrics.domain.totals import NO_TOTALS, Totals
from services.metrics.testing import Service, collected
from shared.events.facts import Fact
from shared.testing.facts import fact, membership

UNIT = "szah-lb-bearings"
PROFIT = Path(__file__).parents[2] / "data" / "cn_industrial_profit_2012_2019.csv"
YI = 100_000_000


def totals(ytd: int, last_year: int) -> Totals:
    return NO_TOTALS._replace(
        comparable_ytd=ytd, comparable_last_year=last_year, comparable_count=3
    )


def firms(period: str, *figures: tuple[int, int | None]) -> list[Fact]:
    return [
        fact(UNIT, f"firm-{n}", period, ytd=ytd, ytd_last_year=last_year)
        for n, (ytd, last_year) in enumerate(figures)
    ]


def published() -> Iterator[tuple[int, int, int, float]]:
    """Year, month, year-to-date in yuan and published comparable growth."""
    with PROFIT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield (
                int(row["yr"]),
                int(row["mon"]),
                round(float(row["cumValue"]) * YI),
                float(row["cumTB"]) / 100,
            )


def test_growth_is_of_the_figures_that_the_current_reports_state(service: Service) -> None:
    service.feed([*firms("2025-05", (900, None), (900, None)), *firms("2026-05", (550, 500))])
    assert service.status(UNIT, "2026-05").ytd_growth == pytest.approx(0.10)


def test_december_2018_grew_by_10_3_per_cent_though_the_totals_fell_by_11_75() -> None:
    by_period = {(year, month): (ytd, growth) for year, month, ytd, growth in published()}
    stored, _ = by_period[2017, 12]
    ytd, growth = by_period[2018, 12]
    restated = round(ytd / (1 + growth))
    assert ytd / stored - 1 == pytest.approx(-0.1175, abs=5e-5)
    assert comparable_growth(totals(ytd, restated)) == pytest.approx(0.103, abs=1e-9)
    split = collected(
        {1: Contribution(None, ytd, None, restated)}, {1: Contribution(None, stored, None, None)}
    ).decomposition
    assert split is not None
    assert split.continuing > 0
    assert split.restatement < 0
    assert split.continuing + split.restatement == ytd - stored


def test_a_report_without_last_years_figure_takes_no_part(service: Service) -> None:
    service.feed(firms("2026-05", (550, 500), (9_000, None)))
    status = service.status(UNIT, "2026-05")
    assert status.ytd_growth == pytest.approx(0.10)
    assert status.ytd == 9_550


@pytest.mark.parametrize("last_year", [0, -5])
def test_growth_after_nothing_or_a_loss_is_null_and_says_why(
    service: Service, last_year: int
) -> None:
    service.feed(firms("2026-05", (550, last_year)))
    status = service.status(UNIT, "2026-05")
    assert status.ytd_growth is None
    assert "no_comparable_base" in status.reasons


def test_a_plant_founded_this_year_adds_to_the_level_and_has_no_growth_of_its_own(
    service: Service,
) -> None:
    service.feed(firms("2026-05", (550, 500), (200, 0)))
    status = service.status(UNIT, "2026-05")
    assert status.ytd_growth == pytest.approx(750 / 500 - 1)
    service.feed([fact(UNIT, "firm-0", "2026-05", version=2, deleted=True)])
    assert service.status(UNIT, "2026-05").ytd_growth is None


def test_the_base_restatement_is_published_beside_the_growth(service: Service) -> None:
    register = [membership(UNIT, f"firm-{n}", "2024-01") for n in range(3)]
    service.feed(
        [
            *register,
            *firms("2025-05", (600, None), (400, None), (300, None)),
            *firms("2026-05", (660, 550), (440, 400), (330, 300)),
        ]
    )
    status = service.status(UNIT, "2026-05")
    assert status.ytd_growth == pytest.approx(1430 / 1250 - 1)
    assert status.decomposition is not None
    assert status.decomposition.restatement == 550 - 600
