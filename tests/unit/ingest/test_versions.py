from datetime import UTC, datetime, timedelta, timezone
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.versions import (
    Comparison,
    Outcome,
    Version,
    check_not_in_future,
    compare,
    digest,
    microseconds,
)
from shared.events.reasons import Reason, Refused

VERSIONS = st.builds(
    Version,
    revision=st.integers(1, 3),
    reported_at_us=st.integers(0, 2),
    event_id=st.sampled_from(["a", "b"]),
    digest=st.sampled_from([b"x", b"y"]),
)
FIRST = Version(1, 100, "e1", b"content")
BROKER_MS = 1_780_993_203_000
BROKER = datetime.fromtimestamp(BROKER_MS / 1000, UTC)


def standing_after(arrivals: list[Version]) -> Version | None:
    def step(standing: Version | None, arriving: Version) -> Version | None:
        kept = compare(arriving, standing).outcome in {Outcome.STALE, Outcome.DUPLICATE}
        return standing if kept else arriving

    return reduce(step, arrivals, None)


def test_the_first_version_of_a_line_is_new() -> None:
    assert compare(FIRST, None) == Comparison(Outcome.NEW)


@pytest.mark.parametrize(
    ("arriving", "outcome", "conflict"),
    [
        (Version(2, 1, "a", b"other"), Outcome.NEW, False),
        (Version(2, 1, "a", b"content"), Outcome.NEW, False),
        (Version(1, 100, "e1", b"content"), Outcome.DUPLICATE, False),
        (Version(1, 99, "e9", b"content"), Outcome.DUPLICATE, False),
        (Version(1, 100, "e0", b"content"), Outcome.DUPLICATE, False),
        (Version(1, 101, "e0", b"content"), Outcome.DUPLICATE_NEWER, False),
        (Version(1, 100, "e2", b"content"), Outcome.DUPLICATE_NEWER, False),
        (Version(1, 101, "e0", b"other"), Outcome.NEW, True),
        (Version(1, 100, "e2", b"other"), Outcome.NEW, True),
        (Version(1, 100, "e1", b"z"), Outcome.NEW, True),
        (Version(1, 100, "e1", b"a"), Outcome.STALE, True),
        (Version(1, 99, "e9", b"other"), Outcome.STALE, True),
    ],
)
def test_an_arriving_version_is_weighed_against_the_standing_one(
    arriving: Version, outcome: Outcome, *, conflict: bool
) -> None:
    assert compare(arriving, FIRST) == Comparison(outcome, conflict)


def test_a_lower_revision_is_stale_and_no_conflict() -> None:
    assert compare(FIRST, Version(2, 1, "a", b"other")) == Comparison(Outcome.STALE)


@given(st.lists(VERSIONS, min_size=1, max_size=5))
def test_whatever_the_order_of_arrival_the_greatest_version_stands(
    versions: list[Version],
) -> None:
    greatest = max(versions)

    assert {standing_after(list(order)) for order in permutations(versions)} == {greatest}


@given(st.lists(VERSIONS, min_size=1, max_size=8))
def test_arriving_again_changes_nothing(versions: list[Version]) -> None:
    assert standing_after(versions + versions) == standing_after(versions)


@pytest.mark.parametrize("field", ["revision", "reported_at_us", "event_id", "digest"])
def test_each_part_of_the_rank_decides_when_those_before_it_are_equal(field: str) -> None:
    order = ["revision", "reported_at_us", "event_id", "digest"]
    low = {"revision": 1, "reported_at_us": 1, "event_id": "a", "digest": b"a"}
    high = {"revision": 2, "reported_at_us": 2, "event_id": "b", "digest": b"b"}
    before, after = order[: order.index(field)], order[order.index(field) + 1 :]
    less = {name: low[name] for name in [*before, field]} | {name: high[name] for name in after}
    more = {name: low[name] for name in [*before, *after]} | {field: high[field]}

    assert Version(**less) < Version(**more)  # type: ignore[arg-type]


def test_content_has_one_digest_and_different_content_another() -> None:
    assert digest((1, None, "a")) == digest((1, None, "a"))
    assert digest((1, None, "a")) != digest((1, 0, "a"))


def test_a_moment_is_the_same_in_every_time_zone() -> None:
    moment = datetime(2026, 6, 9, 16, 20, 0, 123_457, timezone(timedelta(hours=8)))

    assert microseconds(moment) == microseconds(moment.astimezone(UTC)) == 1_780_993_200_123_457


def test_a_report_may_be_dated_a_day_after_the_broker_received_it() -> None:
    check_not_in_future(BROKER + timedelta(days=1), BROKER_MS)

    with pytest.raises(Refused) as caught:
        check_not_in_future(BROKER + timedelta(days=1, microseconds=1), BROKER_MS)
    assert caught.value.reason is Reason.REPORTED_IN_FUTURE
    assert caught.value.field == "reported_at"
