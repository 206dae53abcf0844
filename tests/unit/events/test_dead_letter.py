from hypothesis import given
from hypothesis import strategies as st

from shared.events.dead_letter import (
    HEADER_NAMES,
    DeadLetter,
    dead_letter_headers,
    original_headers,
    read_dead_letter,
)
from shared.events.reasons import Reason, Refused
from shared.events.records import Headers, Record

REFUSED = Refused(Reason.WRONG_TYPE, "ytd", "Expected `decimal`")


def record(headers: Headers = ()) -> Record:
    return Record("stats.output.v1", 3, 41, 0, b"k", b"\xff", headers)


def test_the_headers_are_those_of_kafka_connect_with_our_reason() -> None:
    assert dead_letter_headers(record(), REFUSED, "ingest.decode") == (
        ("__connect.errors.topic", b"stats.output.v1"),
        ("__connect.errors.partition", b"3"),
        ("__connect.errors.offset", b"41"),
        ("__connect.errors.stage", b"ingest.decode"),
        ("__connect.errors.exception.class.name", b"shared.events.reasons.Refused"),
        ("__connect.errors.exception.message", b"ytd: Expected `decimal`"),
        ("clusterwatch.reason", b"wrong_type"),
    )


def test_a_dead_letter_tells_where_it_came_from() -> None:
    assert read_dead_letter(dead_letter_headers(record(), REFUSED, "ingest.decode")) == DeadLetter(
        topic="stats.output.v1",
        partition=3,
        offset=41,
        stage="ingest.decode",
        exception="shared.events.reasons.Refused",
        message="ytd: Expected `decimal`",
        reason=Reason.WRONG_TYPE,
    )


def test_a_record_from_elsewhere_is_no_dead_letter_of_ours() -> None:
    assert read_dead_letter((("clusterwatch.reason", b"bad_mood"), ("x", None))) is None


def test_a_detail_that_cannot_be_encoded_is_written_all_the_same() -> None:
    headers = dead_letter_headers(record(), Refused(Reason.BAD_CODE, None, "\udc00"), "x")

    assert dict(headers)["__connect.errors.exception.message"] == b"?"


@given(
    st.lists(
        st.tuples(
            st.text(max_size=5).filter(lambda n: n not in HEADER_NAMES), st.none() | st.binary()
        )
    ).map(tuple)
)
def test_original_headers_survive_in_order_with_null_and_repeated_ones(headers: Headers) -> None:
    refused_once = dead_letter_headers(record(headers), REFUSED, "ingest.decode")
    refused_twice = dead_letter_headers(record(refused_once), REFUSED, "metrics.decode")

    assert refused_once[: len(headers)] == headers
    assert original_headers(refused_twice) == headers
    letter = read_dead_letter(refused_twice)
    assert letter is not None
    assert letter.stage == "metrics.decode"
