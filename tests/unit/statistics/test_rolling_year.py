"""Rolling year: ytd(t) + year(y-1) - ytd(t, y-1), from stored standing versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.comparison import rolling_year
from services.metrics.domain.totals import NO_TOTALS, Totals
from services.metrics.testing import Service
from shared.events.period import Month
from shared.testing.facts import fact

UNIT = "szah-lb-bearings"
MAY, MAY_BEFORE, YEAR_BEFORE = Month(2026, 5), Month(2025, 5), Month(2025, 12)


def total(ytd: int) -> Totals:
    return NO_TOTALS._replace(ytd=ytd, ytd_count=1)


@given(st.lists(st.integers(-(10**14), 10**14), min_size=22, max_size=22), st.integers(2, 12))
def test_it_is_the_sum_of_the_last_eleven_periods(increments: list[int], month: int) -> None:
    totals = {
        Month(2025 + year, period): total(sum(increments[11 * year : 11 * year + period - 1]))
        for year in (0, 1)
        for period in range(2, 13)
    }
    last = 11 + month - 1
    assert rolling_year(Month(2026, month), totals) == sum(increments[last - 11 : last])


def test_it_is_null_while_a_part_is_missing() -> None:
    parts = {MAY: total(50), MAY_BEFORE: total(40), YEAR_BEFORE: total(100)}
    assert rolling_year(MAY, parts) == 110
    for missing in parts:
        known = {period: each for period, each in parts.items() if period != missing}
        assert rolling_year(MAY, known) is None


def test_in_december_it_is_the_years_total() -> None:
    assert rolling_year(YEAR_BEFORE, {YEAR_BEFORE: total(100)}) == 100


def test_it_rests_on_the_versions_that_stand(service: Service) -> None:
    periods = (("2025-05", 40), ("2025-12", 100), ("2026-05", 50))
    service.feed([fact(UNIT, "a", period, ytd=ytd) for period, ytd in periods])
    service.feed([fact(UNIT, "a", "2025-12", ytd=130, version=2)])
    assert service.status(UNIT, "2026-05").rolling_year == 140


@pytest.mark.parametrize("period", ["2026-02", "2026-12"])
def test_what_the_enterprise_states_of_last_year_does_not_move_it(
    service: Service, period: str
) -> None:
    periods = ((f"2025-{period[5:]}", 40), ("2025-12", 100 if period[5:] != "12" else 40))
    service.feed([fact(UNIT, "a", each, ytd=ytd) for each, ytd in periods])
    service.feed([fact(UNIT, "a", period, ytd=50, ytd_last_year=999_999)])
    expected = 50 if period == "2026-12" else 50 + 100 - 40
    assert service.status(UNIT, period).rolling_year == expected
