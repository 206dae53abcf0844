from shared.messaging.progress import Progress
from shared.messaging.relay import partition_of


def test_waiting_for_records_is_no_stall() -> None:
    assert not Progress().stalled(now=1e9, limit_seconds=120)


def test_a_batch_that_cannot_be_stored_is_a_stall_after_the_limit() -> None:
    progress = Progress(pending_since=1000.0)

    assert not progress.stalled(now=1120.0, limit_seconds=120)
    assert progress.stalled(now=1120.5, limit_seconds=120)


def test_a_store_that_says_no_again_and_again_is_no_stall_but_one_that_never_answers_is() -> None:
    progress = Progress(pending_since=1000.0, attempt_since=5000.0, store_away=True)

    assert progress.stalled(now=5120.0, limit_seconds=120) is None
    assert progress.stalled(now=5120.5, limit_seconds=120)


def test_a_batch_that_always_fails_for_a_reason_of_its_own_is_a_stall() -> None:
    progress = Progress(pending_since=1000.0, attempt_since=5000.0, store_away=False)

    assert progress.stalled(now=5001.0, limit_seconds=120)


def test_a_unit_always_goes_to_the_partition_that_kafka_would_choose_for_its_id() -> None:
    # Figures of Kafka's own Utils.toPositive(Utils.murmur2(bytes)) % 12.
    units = ["21", "foobar", "a-little-bit-long-string", "a-little-bit-longer-string"]
    hashes = [-973932308, -790332482, -985981536, -1486304829]

    assert [partition_of(u, 12) for u in units] == [(h & 0x7FFFFFFF) % 12 for h in hashes]


def test_units_spread_over_the_partitions() -> None:
    assert {partition_of(f"unit-{number}", 6) for number in range(100)} == set(range(6))


def test_records_that_wait_while_none_arrives_are_a_stall_after_the_limit() -> None:
    progress = Progress(unread_since=1000.0)

    assert progress.stalled(now=1120.0, limit_seconds=120) is None
    assert "none arrives" in str(progress.stalled(now=1120.5, limit_seconds=120))
