"""Simulated records on their way to Kafka: plain JSON and both CloudEvents bindings."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Literal

import msgspec

ENTERPRISE = "stats.enterprise.v1"
OUTPUT = "stats.output.v1"
INVESTMENT = "stats.investment.v1"
FUNDS = "stats.funds.v1"
PROJECT = "stats.project.v1"
INDICATOR = "stats.indicator.v1"

STATISTICS = "sim-tjj-suzhou"
"""Simulated statistics bureau: register and output."""
REFORM = "sim-fgw-suzhou"
"""Simulated development-reform commission: fixed-asset investment."""
PROMOTION = "sim-tcz-suzhou"
"""Simulated investment-promotion centre: funds received and project stages."""

SCIENCE = "sim-kjj-suzhou"
"""Simulated science bureau: coverage of research activities."""
INDUSTRY = "sim-jxj-suzhou"
"""Simulated industry bureau: the other figures of zones."""

CHINA = timezone(timedelta(hours=8))
"""Offset of all reporting times; China has no daylight saving."""

Header = tuple[str, bytes | None]
Binding = Literal["plain", "binary", "structured"]


class Note(StrEnum):
    """What a record is meant to exercise; never sent, for tests and the oracle's checks."""

    CLEAN = "clean"
    LATE = "late"
    BEFORE_REGISTER = "before_register"
    WRONG_AT_FIRST = "wrong_at_first"
    CORRECTION = "correction"
    DUPLICATE = "duplicate"
    STALE = "stale"
    UNIT_SLIP = "unit_slip"
    NEVER_REGISTERED = "never_registered"
    FOREIGN_HEADER = "foreign_header"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Message:
    """One record, and the simulated time at which its sender hands it over."""

    at: datetime
    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    note: Note = Note.CLEAN
    refusal: str | None = None
    """For malformed records: the reason word they should be refused with."""


def message(
    at: datetime,
    topic: str,
    key: str,
    body: dict[str, Any],
    binding: Binding = "plain",
    note: Note = Note.CLEAN,
) -> Message:
    """Encode a body that has `event_id` and `source`, in the given binding."""
    headers: tuple[Header, ...] = ()
    if binding == "binary":
        headers = _binary_headers(body, topic)
        body = {k: v for k, v in body.items() if k not in {"event_id", "source"}}
    elif binding == "structured":
        headers = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)
        body = _envelope(body, topic)
    return Message(at, topic, key.encode(), encode(body), headers, note)


def encode(body: dict[str, Any]) -> bytes:
    """JSON in UTF-8, Chinese as it is, keys in the order given."""
    return msgspec.json.encode(body)


def timestamp(at: datetime) -> str:
    """RFC 3339 with offset, to the second."""
    return at.isoformat(timespec="seconds")


def without_empty(body: dict[str, Any]) -> dict[str, Any]:
    """Drop what is not known: absent is null, never zero."""
    return {k: v for k, v in body.items() if v is not None}


def _binary_headers(body: dict[str, Any], topic: str) -> tuple[Header, ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(body["event_id"]).encode()),
        ("ce_source", str(body["source"]).encode()),
        ("ce_type", topic.encode()),
        ("ce_time", str(body["reported_at"]).encode()),
        ("content-type", b"application/json"),
    )


def _envelope(body: dict[str, Any], topic: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": body["event_id"],
        "source": body["source"],
        "type": topic,
        "time": body["reported_at"],
        "datacontenttype": "application/json",
        "data": {k: v for k, v in body.items() if k not in {"event_id", "source"}},
    }
