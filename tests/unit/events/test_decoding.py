import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.decoding import MAX_VALUE_BYTES, Decoded, decode
from shared.events.examples import EXAMPLES
from shared.events.inputs import INPUT_TOPICS, OUTPUT_TOPIC, OutputEvent
from shared.events.reasons import Reason, Refused
from shared.events.records import Headers, Record

OUTPUT = EXAMPLES[OUTPUT_TOPIC]
ANONYMOUS = {k: v for k, v in OUTPUT.items() if k not in {"event_id", "source"}}


def record(value: bytes | None, headers: Headers = (), topic: str = OUTPUT_TOPIC) -> Record:
    return Record(topic, 0, 7, 1_780_993_203_000, b"key", value, headers)


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def with_fields(**fields: object) -> bytes:
    return encoded({**OUTPUT, **fields})


def with_raw_number(number: str) -> bytes:
    return encoded({**OUTPUT, "ytd": 987654321}).replace(b"987654321", number.encode())


def refusal(value: bytes | None, headers: Headers = (), topic: str = OUTPUT_TOPIC) -> Refused:
    with pytest.raises(Refused) as caught:
        decode(record(value, headers, topic))
    return caught.value


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_the_example_of_every_input_topic_is_read(topic: str) -> None:
    decoded = decode(record(encoded(EXAMPLES[topic]), topic=topic))

    assert type(decoded.event) is INPUT_TOPICS[topic]
    assert decoded.event_id == EXAMPLES[topic]["event_id"]
    assert decoded.source == EXAMPLES[topic]["source"]
    assert decoded.unknown_fields == 0


@pytest.mark.parametrize(
    ("value", "reason", "field"),
    [
        (None, Reason.NULL_VALUE, None),
        (b" " * (MAX_VALUE_BYTES + 1), Reason.TOO_LARGE, None),
        (b"\xff", Reason.NOT_UTF8, None),
        (b'{"note":"\xff"}', Reason.NOT_UTF8, None),
        (with_fields(uscc="X").replace(b'"X"', b'"\xff"'), Reason.NOT_UTF8, None),
        (b"", Reason.NOT_JSON, None),
        (b"{", Reason.NOT_JSON, None),
        (b"{} {}", Reason.NOT_JSON, None),
        (b'{"note":' + b"[" * 100_000, Reason.NOT_JSON, None),
        (b'{"note":"\\udc00"}', Reason.NOT_JSON, None),
        (b"[]", Reason.WRONG_TYPE, None),
        (b"null", Reason.WRONG_TYPE, None),
        (b"{}", Reason.MISSING_FIELD, "event_id"),
        (encoded(ANONYMOUS), Reason.MISSING_FIELD, "event_id"),
        (with_fields(uscc=1), Reason.WRONG_TYPE, "uscc"),
        (with_fields(uscc=None), Reason.WRONG_TYPE, "uscc"),
        (with_fields(ytd=True), Reason.WRONG_TYPE, "ytd"),
        (with_fields(ytd="1,000"), Reason.WRONG_TYPE, "ytd"),
        (with_fields(month="NaN"), Reason.WRONG_TYPE, "month"),
        (with_fields(month="sNaN"), Reason.WRONG_TYPE, "month"),
        (with_fields(ytd_last_year="-Infinity"), Reason.WRONG_TYPE, "ytd_last_year"),
        (with_fields(ytd="1e999999999"), Reason.OUT_OF_RANGE, "ytd"),
        (with_raw_number("1e999999999"), Reason.OUT_OF_RANGE, "ytd"),
        (with_raw_number("9" * 5000), Reason.OUT_OF_RANGE, "ytd"),
        (with_raw_number("1e-999999999"), Reason.NOT_REPRESENTABLE, "ytd"),
        (with_raw_number("0.1234567"), Reason.NOT_REPRESENTABLE, "ytd"),
        (with_fields(revision=0), Reason.OUT_OF_RANGE, "revision"),
        (with_fields(revision=2**31), Reason.OUT_OF_RANGE, "revision"),
        (with_fields(revision=1.5), Reason.WRONG_TYPE, "revision"),
        (with_fields(event_id=""), Reason.OUT_OF_RANGE, "event_id"),
        (with_fields(event_id="x" * 129), Reason.OUT_OF_RANGE, "event_id"),
        (with_fields(source="x" * 65), Reason.OUT_OF_RANGE, "source"),
        (with_fields(uscc="a\0b"), Reason.OUT_OF_RANGE, "uscc"),
        (with_fields(reported_at="2026-06-09T16:20:00"), Reason.WRONG_TYPE, "reported_at"),
        (with_fields(reported_at="0001-01-01T00:00:00+23:59"), Reason.OUT_OF_RANGE, "reported_at"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason_and_field(
    value: bytes | None, reason: Reason, field: str | None
) -> None:
    refused = refusal(value)

    assert (refused.reason, refused.field) == (reason, field)


@pytest.mark.parametrize(
    ("topic", "fields", "reason", "field"),
    [
        ("stats.investment.v1", {"stage": "terminated"}, Reason.OUT_OF_RANGE, "stage"),
        ("stats.funds.v1", {"currency": "EUR"}, Reason.OUT_OF_RANGE, "currency"),
        ("stats.project.v1", {"occurred_on": "2026-02-30"}, Reason.WRONG_TYPE, "occurred_on"),
        ("stats.enterprise.v1", {"action": "born"}, Reason.OUT_OF_RANGE, "action"),
        ("stats.enterprise.v1", {"above_scale": "yes"}, Reason.WRONG_TYPE, "above_scale"),
        ("stats.enterprise.v1", {"industry": "345\n"}, Reason.OUT_OF_RANGE, "industry"),
        ("stats.enterprise.v1", {"industry": "C34"}, Reason.OUT_OF_RANGE, "industry"),
        (
            "stats.enterprise.v1",
            {"memberships": [{"cluster": "a", "weight": 10001}]},
            Reason.OUT_OF_RANGE,
            "memberships[0].weight",
        ),
        (
            "stats.enterprise.v1",
            {"memberships": [{"weight": 1}]},
            Reason.MISSING_FIELD,
            "memberships[0].cluster",
        ),
        (
            "stats.enterprise.v1",
            {"memberships": [{"cluster": "a\0", "weight": 1}]},
            Reason.OUT_OF_RANGE,
            "memberships[0].cluster",
        ),
    ],
)
def test_allowed_words_and_nested_fields_are_checked(
    topic: str, fields: dict[str, Any], reason: Reason, field: str
) -> None:
    refused = refusal(encoded({**EXAMPLES[topic], **fields}), topic=topic)

    assert (refused.reason, refused.field) == (reason, field)


def test_bytes_that_are_not_utf8_are_found_inside_memberships_too() -> None:
    membership = {"cluster": "a", "weight": 1, "note": "X"}
    value = encoded({**EXAMPLES["stats.enterprise.v1"], "memberships": [membership]})

    refused = refusal(value.replace(b'"X"', b'"\xff"'), topic="stats.enterprise.v1")

    assert refused.reason is Reason.NOT_UTF8


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0.1", "0.1"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("123456789012345.123456", "123456789012345.123456"),
        ('"18250.5"', "18250.5"),
        ("1.50000000", "1.5"),
        ("0e999999999", "0"),
        ("-0.0", "0"),
    ],
)
def test_numbers_are_read_exactly(number: str, expected: str) -> None:
    event = decode(record(with_raw_number(number))).event

    assert isinstance(event, OutputEvent)
    assert event.ytd == Decimal(expected)


def test_absent_figures_are_null_and_never_zero() -> None:
    value = encoded({k: v for k, v in OUTPUT.items() if not k.startswith(("month", "ytd"))})

    event = decode(record(value)).event

    assert isinstance(event, OutputEvent)
    assert (event.month, event.ytd, event.month_last_year, event.ytd_last_year) == (None,) * 4


def test_unknown_fields_are_ignored_and_counted() -> None:
    decoded = decode(record(with_fields(note="x", more={"deep": [1]})))

    assert decoded.unknown_fields == 2
    assert decoded.event == decode(record(encoded(OUTPUT))).event


def test_a_repeated_field_counts_with_its_last_value() -> None:
    value = encoded(OUTPUT)[:-1] + b',"ytd":5}'

    event = decode(record(value)).event

    assert isinstance(event, OutputEvent)
    assert event.ytd == 5


def test_foreign_headers_never_refuse_a_record() -> None:
    headers: Headers = (("trace", b"\xff\xfe"), ("spring_json", None), ("content-type", None))

    assert decode(record(encoded(OUTPUT), headers)).event_id == OUTPUT["event_id"]


@pytest.mark.parametrize("value", [b"\xff", None])
def test_an_unreadable_cloudevents_header_refuses_a_record(value: bytes | None) -> None:
    refused = refusal(encoded(OUTPUT), (("ce_time", value),))

    assert (refused.reason, refused.field) == (Reason.BAD_HEADER, "ce_time")


def test_binary_cloudevents_give_what_the_body_lacks() -> None:
    headers = (("ce_id", b"e-1"), ("ce_source", "统计局".encode()), ("ce_type", b"line"))

    decoded = decode(record(encoded({**ANONYMOUS, "event_id": None, "note": 1}), headers))

    assert (decoded.event_id, decoded.source) == ("e-1", "统计局")
    assert (decoded.event.event_id, decoded.event.source) == ("e-1", "统计局")
    assert decoded.unknown_fields == 1


def test_the_body_goes_before_the_headers() -> None:
    decoded = decode(record(encoded(OUTPUT), (("ce_id", b"other"), ("ce_source", b"other"))))

    assert (decoded.event_id, decoded.source) == (OUTPUT["event_id"], OUTPUT["source"])


@pytest.mark.parametrize(
    ("ce_id", "reason"), [(b"", Reason.OUT_OF_RANGE), (b"a\0", Reason.OUT_OF_RANGE)]
)
def test_an_identity_from_headers_obeys_the_same_limits(ce_id: bytes, reason: Reason) -> None:
    refused = refusal(encoded(ANONYMOUS), (("ce_id", ce_id), ("ce_source", b"s")))

    assert (refused.reason, refused.field) == (reason, "event_id")


STRUCTURED: Headers = (("Content-Type", b"application/cloudevents+json; charset=utf-8"),)


@pytest.mark.parametrize(
    "data",
    [{"data": ANONYMOUS}, {"data_base64": base64.b64encode(encoded(ANONYMOUS))}],
)
def test_structured_cloudevents_are_unwrapped(data: dict[str, Any]) -> None:
    body = {k: v.decode() if isinstance(v, bytes) else v for k, v in data.items()}
    envelope = {"specversion": "1.0", "id": "e-1", "source": "s-1", "type": "line", **body}

    decoded = decode(record(encoded(envelope), STRUCTURED))

    assert (decoded.event_id, decoded.source) == ("e-1", "s-1")
    assert decoded.unknown_fields == 0


@pytest.mark.parametrize(
    ("envelope", "reason", "field"),
    [
        (b"{", Reason.NOT_JSON, None),
        (b'{"id":"1"}', Reason.MISSING_FIELD, "data"),
        (b'{"id":1,"data":{}}', Reason.WRONG_TYPE, "id"),
        (b'{"id":"1","source":"s","data_base64":"%"}', Reason.WRONG_TYPE, "data_base64"),
        (b'{"id":"1","source":"s","data_base64":"/w=="}', Reason.NOT_UTF8, None),
        (b'{"id":"1","source":"s","data":[]}', Reason.WRONG_TYPE, None),
    ],
)
def test_a_bad_envelope_is_refused(envelope: bytes, reason: Reason, field: str | None) -> None:
    refused = refusal(envelope, STRUCTURED)

    assert (refused.reason, refused.field) == (reason, field)


def survives(value: bytes | None, headers: Headers, topic: str) -> bool:
    try:
        return isinstance(decode(record(value, headers, topic)), Decoded)
    except Refused as refused:
        return bool(refused.reason)


topics = st.sampled_from(sorted(INPUT_TOPICS))
names = st.sampled_from(["ce_id", "ce_source", "content-type", "foreign"]) | st.text(max_size=8)
contents = st.none() | st.binary(max_size=20) | st.just(STRUCTURED[0][1])
header_lists = st.lists(st.tuples(names, contents), max_size=4).map(tuple)
scalars: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
scalars |= st.floats() | st.sampled_from(["NaN", "1e999999999", "sNaN", "-Infinity", "1_0", "\0"])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(value=st.none() | st.binary(max_size=300), headers=header_lists, topic=topics)
def test_any_bytes_are_decoded_or_refused(
    value: bytes | None, headers: Headers, topic: str
) -> None:
    assert survives(value, headers, topic)


@given(data=st.data(), headers=header_lists, topic=topics)
def test_any_value_in_any_field_is_decoded_or_refused(
    data: st.DataObject, headers: Headers, topic: str
) -> None:
    field = data.draw(st.sampled_from(sorted(EXAMPLES[topic])) | st.text(max_size=5))
    event = {**EXAMPLES[topic], field: data.draw(anything)}

    assert survives(json.dumps(event).encode(), headers, topic)


@given(data=st.data(), topic=topics)
def test_a_cut_or_flipped_record_is_decoded_or_refused(data: st.DataObject, topic: str) -> None:
    value = bytearray(encoded(EXAMPLES[topic]))
    position = data.draw(st.integers(0, len(value) - 1))
    value[position] = data.draw(st.integers(0, 255))

    assert survives(bytes(value), (), topic)
    assert survives(bytes(value[:position]), (), topic)


@given(number=st.decimals(-(10**15), 10**15, places=6), quoted=st.booleans())
def test_six_decimals_survive_as_they_were_written(number: Decimal, *, quoted: bool) -> None:
    event = decode(record(with_raw_number(f'"{number:f}"' if quoted else f"{number:f}"))).event

    assert isinstance(event, OutputEvent)
    assert event.ytd == number
