"""Bad records on a real Kafka: each is dead-lettered with its reason and its original bytes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest
from kafka import KafkaConsumer

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import credit_code

pytestmark = pytest.mark.kafka

OUTPUT = "stats.output.v1"
GOOD = {
    "event_id": "e1",
    "source": "tjj-suzhou",
    "uscc": credit_code(1),
    "period": "2026-05",
    "indicator": "gross_output",
    "unit": "千元",
    "month": 18250,
    "ytd": 80110,
    "revision": 1,
    "reported_at": "2026-06-09T16:20:00+08:00",
}


class Bad(NamedTuple):
    reason: str
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def _json(**changes: Any) -> bytes:
    body = {**GOOD, **changes}
    return msgspec.json.encode({name: value for name, value in body.items() if value != "absent"})


TABLE = [
    Bad("not_json", b"period;ytd\n2026-05;80110"),
    Bad("not_utf8", '{"event_id":"宿州"}'.encode("gbk")),
    Bad("null_value", None),
    Bad("bad_header", _json(), (("ce_id", b"\xff\xfe"),)),
    Bad("wrong_type", _json(month="a lot")),
    Bad("wrong_type", b"[1, 2, 3]"),
    Bad("unknown_unit", _json(unit="美元")),
    Bad("unknown_indicator", _json(indicator="happiness")),
    Bad("january_not_collected", _json(period="2026-01")),
    Bad("bad_period", _json(period="2026-13")),
    Bad("bad_code", _json(uscc="91341323MA2T7KQH6X")),
    Bad("not_representable", _json(unit="元", ytd="80110.5")),
    Bad("out_of_range", _json(ytd="1e18")),
    Bad("missing_field", _json(ytd="absent")),
    Bad("missing_field", _json(revision="absent")),
    Bad("reported_in_future", _json(reported_at="2199-01-01T00:00:00Z")),
    Bad("too_large", b'{"event_id":"' + b"x" * 2_000_000 + b'"}'),
]


def _records() -> list[tuple[Any, ...]]:
    """Bad records, each between two good neighbours; some carry binary headers of other tools."""
    foreign = (("traceparent", b"\x00\xff"), ("empty", None))
    records: list[tuple[Any, ...]] = []
    for index, bad in enumerate(TABLE):
        before = _json(uscc=credit_code(100 + index))
        after = _json(uscc=credit_code(200 + index))
        records += [
            (OUTPUT, b"k", before, foreign),
            (OUTPUT, b"k", bad.value, bad.headers),
            (OUTPUT, b"k", after),
        ]
    return records


def _dead_letters(kafka: LocalKafka, number: int) -> list[Any]:
    consumer = KafkaConsumer(
        "ingest.dead-letters.v1",
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=20_000,
        max_partition_fetch_bytes=9 * 1024 * 1024,
    )
    letters: list[Any] = []
    for record in consumer:
        letters.append(record)
        if len(letters) == number:
            break
    consumer.close()
    return letters


def test_every_bad_record_is_dead_lettered_with_its_reason_and_its_neighbours_are_applied(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    system = make_system(empty_topics.bootstrap)
    system.start("ingest")
    records = _records()
    sent = len(records)
    system.send(records, partition=0)  # one partition: all of them share their batches
    counts = system.wait_consumed("ingest", sent)
    assert counts["dead_lettered"] == len(TABLE)
    # The good ones wait for their enterprises to be registered.
    assert counts["parked"] == sent - len(TABLE)

    letters = _dead_letters(empty_topics, len(TABLE))
    for bad, letter in zip(TABLE, letters, strict=True):
        headers = dict(letter.headers)
        assert headers["clusterwatch.reason"].decode() == bad.reason
        assert letter.value == bad.value
        assert letter.key == b"k"
        assert headers["__connect.errors.topic"] == OUTPUT.encode()
        assert tuple(letter.headers[: len(bad.headers)]) == bad.headers

    more = _json(uscc=credit_code(999))
    system.send([(OUTPUT, b"k", more)])  # the consumer goes on
    assert system.wait_consumed("ingest", sent + 1)["parked"] == sent - len(TABLE) + 1
