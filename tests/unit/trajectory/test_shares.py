"""Required values within a year."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.shares import (
    PastYear,
    ShareSource,
    cumulative_share,
    gap,
    required_year_to_date,
)


def test_the_share_is_the_mean_of_up_to_three_past_years() -> None:
    past = [PastYear(12, 100), PastYear(15, 100), PastYear(18, 100), PastYear(90, 100)]
    share = cumulative_share(2, past)
    assert share is not None
    assert (share.value, share.years, share.source) == (Fraction(15, 100), 3, ShareSource.OWN)


def test_the_parents_share_stands_in_while_there_is_no_past() -> None:
    unusable = [PastYear(None, 100), PastYear(5, 0), PastYear(5, -10), PastYear(5, None)]
    share = cumulative_share(2, unusable, [PastYear(11, 100)])
    assert share is not None
    assert (share.value, share.source) == (Fraction(11, 100), ShareSource.PARENT)


def test_without_any_past_nothing_is_required_within_the_year() -> None:
    share = cumulative_share(5, [], [])
    assert share is None
    assert required_year_to_date(1_000, share) is None
    assert gap(500, None, 1.0) is None


def test_in_december_the_whole_year_is_required() -> None:
    assert required_year_to_date(1_000, cumulative_share(12, [])) == 1_000


def test_the_first_report_of_a_year_is_not_held_against_two_twelfths() -> None:
    share = cumulative_share(2, [PastYear(7080_10000, 61995_50000)])
    assert required_year_to_date(12_000, share) == 1_370


def test_the_gap_counts_only_what_was_due_of_the_reports_that_came() -> None:
    assert gap(970, 1_000, 0.95) == 20
    assert gap(970, 1_000, None) == -30


@given(
    st.lists(st.builds(PastYear, st.none() | st.integers(), st.none() | st.integers()), max_size=5),
    st.integers(2, 12),
    st.integers(),
    st.floats(0, 1),
)
def test_any_history_gives_a_whole_number_or_nothing(
    past: list[PastYear], month: int, year: int, coverage: float
) -> None:
    required = required_year_to_date(year, cumulative_share(month, past))
    assert required is None or isinstance(required, int)
    assert gap(year, required, coverage) is None or required is not None
