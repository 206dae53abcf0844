"""Records of all topics that are read: bytes become an event, or one of the reason words.

The first byte chooses how the record comes: 1 as a structured CloudEvent, 2 with a `ce_id` header
up to the first line feed, 3 with a content type up to it; anything else is part of a plain value.
"""

import msgspec

from fuzz.property import claim
from services.alerts.use_cases.decode_notice import decode_notice
from services.alerts.use_cases.decode_status import decode_status
from services.ingest.domain.decisions import Ruling
from services.ingest.domain.lines import Line
from services.ingest.domain.reading import Reader
from services.metrics.use_cases.decode_facts import decode_fact
from shared.events.dead_letter import (
    HEADER_NAMES,
    dead_letter_headers,
    original_headers,
    read_dead_letter,
)
from shared.events.decisions import DECISIONS_TOPIC
from shared.events.decoding import decode
from shared.events.facts import FACTS_TOPIC
from shared.events.inputs import (
    ENTERPRISE_TOPIC,
    FUNDS_TOPIC,
    INDICATOR_TOPIC,
    INVESTMENT_TOPIC,
    OUTPUT_TOPIC,
    PROJECT_TOPIC,
)
from shared.events.notices import NOTICES_TOPIC
from shared.events.reasons import Reason, Refused
from shared.events.records import Headers, Record
from shared.events.status import STATUS_TOPIC
from shared.plans import load_catalogue

_BROKER_MS = 1_782_864_000_000
"""2026-07-01, after every report of the seeds."""
_STRUCTURED, _WITH_ID, _WITH_TYPE = b"\x01", b"\x02", b"\x03"

_reader = Reader(load_catalogue().plans)


def _record(topic: str, data: bytes) -> Record:
    headers: Headers = ()
    first, value = data[:1], data
    if first == _STRUCTURED:
        value, headers = data[1:], (("content-type", b"application/cloudevents+json"),)
    elif first in {_WITH_ID, _WITH_TYPE}:
        head, _, value = data[1:].partition(b"\n")
        name = "ce_id" if first == _WITH_ID else "Content-Type"
        headers = ((name, head), ("ce_source", b"fuzz"))
    return Record(topic, 0, 0, _BROKER_MS, None, value, headers)


def _refused_well(refused: Refused) -> None:
    claim(isinstance(refused.reason, Reason), "the reason is one of the words")
    claim(bool(refused.detail), "a refusal says what is wrong")
    for name, value in dead_letter_headers(Record("t", 0, 0, 0, None, b""), refused, "fuzz.decode"):
        claim(name in HEADER_NAMES and value is not None, "a refusal can be dead-lettered")


def _storable(value: object) -> None:
    """PostgreSQL stores no NUL in a text, and no integer above 64 bits."""
    if isinstance(value, str):
        claim("\0" not in value, "a text can be stored")
    elif isinstance(value, int):
        claim(-(2**63) <= value < 2**63, "an integer can be stored")
    elif isinstance(value, tuple | list):
        for item in value:
            _storable(item)


def _fields(struct: msgspec.Struct, *names: str) -> None:
    for name in names:
        _storable(getattr(struct, name))


def _input(topic: str, data: bytes) -> None:
    record = _record(topic, data)
    try:
        content = _reader.read(record).content
        decoded = decode(record)
    except Refused as refused:
        _refused_well(refused)
        return
    if isinstance(content, Line):
        claim(content.topic == topic, "what is read belongs to its topic")
    _fields(decoded.event, *decoded.event.__struct_fields__)
    again = decode(Record(topic, 0, 0, _BROKER_MS, None, msgspec.json.encode(decoded.event)))
    claim(again.event == decoded.event, "an event that is written is read as the same")
    claim(again.unknown_fields == 0, "an event that is written has no unknown field")


def enterprise(data: bytes) -> None:
    """`stats.enterprise.v1`."""
    _input(ENTERPRISE_TOPIC, data)


def output(data: bytes) -> None:
    """`stats.output.v1`."""
    _input(OUTPUT_TOPIC, data)


def investment(data: bytes) -> None:
    """`stats.investment.v1`."""
    _input(INVESTMENT_TOPIC, data)


def funds(data: bytes) -> None:
    """`stats.funds.v1`."""
    _input(FUNDS_TOPIC, data)


def project(data: bytes) -> None:
    """`stats.project.v1`."""
    _input(PROJECT_TOPIC, data)


def indicator(data: bytes) -> None:
    """`stats.indicator.v1`."""
    _input(INDICATOR_TOPIC, data)


def decision(data: bytes) -> None:
    """`ingest.decisions.v1`."""
    record = _record(DECISIONS_TOPIC, data)
    try:
        content = _reader.read(record).content
    except Refused as refused:
        _refused_well(refused)
        return
    claim(isinstance(content, Ruling), "a decision is a ruling")
    if isinstance(content, Ruling):
        _storable((content.indicator, content.decision_id, content.decided_at_us))
        _storable((content.who, content.why, content.subject.code, content.revision))


def fact(data: bytes) -> None:
    """`cluster.facts.v1`."""
    try:
        checked = decode_fact(_record(FACTS_TOPIC, data))
    except Refused as refused:
        _refused_well(refused)
        return
    _fields(checked.fact, "unit", "subject", "indicator", "version", "revision", "month", "ytd")
    _storable(checked.detail)
    written = msgspec.json.encode(checked.fact)
    again = decode_fact(Record(FACTS_TOPIC, 0, 0, _BROKER_MS, None, written))
    claim(again == checked, "a fact that is written is read as the same")
    claim(checked.as_of.ms is not None, "its time is a number")


def status(data: bytes) -> None:
    """`cluster.status.v1`."""
    try:
        decoded = decode_status(_record(STATUS_TOPIC, data))
    except Refused as refused:
        _refused_well(refused)
        return
    _fields(decoded.status, "plan", "unit", "indicator", "version")
    written = msgspec.json.encode(decoded.status)
    again = decode_status(Record(STATUS_TOPIC, 0, 0, _BROKER_MS, None, written))
    claim(
        msgspec.json.encode(again.status) == written, "a status that is written is read as the same"
    )


def notice(data: bytes) -> None:
    """`ingest.notices.v1`."""
    try:
        decoded = decode_notice(_record(NOTICES_TOPIC, data))
    except Refused as refused:
        _refused_well(refused)
        return
    _fields(decoded, "notice_id", "unit", "indicator")
    written = msgspec.json.encode(decoded)
    again = decode_notice(Record(NOTICES_TOPIC, 0, 0, _BROKER_MS, None, written))
    claim(msgspec.json.encode(again) == written, "a notice that is written is read as the same")


def dead_letter(data: bytes) -> None:
    """Headers of `ingest.dead-letters.v1`: pieces between line feeds, name=value."""
    pairs = (line.partition(b"=") for line in data.split(b"\n"))
    headers: Headers = tuple(
        (name.decode("utf-8", "replace"), value if mark else None) for name, mark, value in pairs
    )
    letter = read_dead_letter(headers)
    rest = original_headers(headers)
    claim(all(name not in HEADER_NAMES for name, _ in rest), "only own headers are taken off")
    if letter is None:
        return
    refused = Refused(letter.reason, None, letter.message)
    record = Record(letter.topic, letter.partition, letter.offset, 0, None, b"", rest)
    again = dead_letter_headers(record, refused, letter.stage)
    claim(original_headers(again) == rest, "the original headers survive")
    found = read_dead_letter(again)
    claim(found is not None and found.topic == letter.topic, "the origin survives")
    claim(found is not None and found.offset == letter.offset, "the offset survives")
