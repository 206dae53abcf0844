"""How long records gather between batches."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.pacing import rest_after

BATCH = 2_000


def test_half_of_the_time_is_left_to_gathering_while_records_trickle() -> None:
    assert rest_after(5, 3, BATCH, 0.15) == 0.15


def test_there_are_ten_batches_a_second_at_most_while_records_trickle() -> None:
    assert rest_after(5, 3, BATCH, 0.001) == 0.1


@given(st.floats(0, 1e6), st.integers(1, BATCH - 1), st.integers(0, BATCH - 1))
def test_no_record_waits_longer_than_a_fifth_of_a_second(
    seconds: float, taken: int, waiting: int
) -> None:
    assert rest_after(taken, waiting, BATCH, seconds) <= 0.2


def test_nothing_rests_while_a_backlog_is_read() -> None:
    assert rest_after(BATCH, 0, BATCH, 0.1) == 0
    assert rest_after(7, BATCH, BATCH, 0.1) == 0
