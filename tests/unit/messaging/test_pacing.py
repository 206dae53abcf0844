"""How long records gather between batches."""

from shared.messaging.pacing import rest_after

BATCH = 2_000


def test_there_are_ten_batches_a_second_at_most_while_records_trickle() -> None:
    assert rest_after(1, 0, BATCH) == rest_after(BATCH - 1, BATCH - 1, BATCH) == 0.1


def test_nothing_rests_while_a_backlog_is_read() -> None:
    assert rest_after(BATCH, 0, BATCH) == 0
    assert rest_after(7, BATCH, BATCH) == 0
