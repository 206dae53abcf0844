"""A topic stops when nearly all of its newest records are bad, and at no other time."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.ceiling import Ceiling, Limit

Batch = tuple[int, int]
"""Records, and how many of them were refused."""
BATCHES = st.lists(
    st.integers(0, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=30
)


def after(batches: Sequence[Batch], share: float = 0.9, window: int = 100) -> str | None:
    ceiling = Ceiling(Limit(share, window))
    for records, refused in batches:
        ceiling.observe({"t": records}, {"t": refused})
    return ceiling.reason()


def test_nearly_everything_bad_stops_the_topic_and_the_reason_says_how_much() -> None:
    assert after([(50, 50), (50, 45)]) == ("t is stopped: 95 of the last 100 records were refused")


def test_a_few_bad_records_stop_nothing_even_if_they_are_all() -> None:
    assert after([(99, 99)]) is None


def test_a_flood_among_as_many_good_records_stops_nothing() -> None:
    assert after([(10, 5)] * 100) is None


def test_good_records_from_long_ago_do_not_count() -> None:
    assert after([(5000, 0), (100, 100)]) is not None


def test_bad_records_from_long_ago_do_not_count() -> None:
    assert after([(80, 80), (100, 0), (15, 15)]) is None


def test_a_share_of_one_never_stops_a_topic() -> None:
    assert after([(1000, 1000)] * 5, share=1.0) is None


def test_a_stopped_topic_stays_stopped_and_the_others_go_on() -> None:
    ceiling = Ceiling(Limit(0.9, 10))
    ceiling.observe({"bad": 10, "good": 10}, {"bad": 10})
    ceiling.observe({"bad": 10, "good": 10}, {})

    assert list(ceiling.stopped) == ["bad"]


@given(BATCHES)
def test_whatever_the_batches_a_topic_that_stops_had_a_full_window_of_mostly_bad_records(
    batches: list[Batch],
) -> None:
    window, share = 100, 0.9
    reason = after(batches, share, window)
    records = sum(number for number, _ in batches)
    refused = sum(number for _, number in batches)
    if reason is not None:
        assert records >= window
        assert refused > share * window
    if refused == records >= window:
        assert reason is not None
