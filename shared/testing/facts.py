"""Builders of facts, and of the records that carry them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from shared.events.facts import FACTS_TOPIC, MEMBERSHIP, Fact
from shared.events.records import Record

_encoder = msgspec.json.Encoder()


def fact(unit: str, subject: str, period: str, **fields: Any) -> Fact:  # noqa: ANN401 - any field
    """A gross output fact of version 1, changed field by field."""
    values: dict[str, Any] = {
        "indicator": "gross_output",
        "version": 1,
        "as_of": "2026-06-09T08:20:00Z",
        **fields,
    }
    return Fact(unit=unit, subject=subject, period=period, **values)


def membership(
    unit: str,
    subject: str,
    since: str,
    expected: Sequence[str] = ("gross_output",),
    **fields: Any,  # noqa: ANN401 - any field
) -> Fact:
    """From `since` on the unit expects these indicators of the subject."""
    return fact(unit, subject, since, indicator=MEMBERSHIP, expected=tuple(expected), **fields)


def records_of(facts: Iterable[Fact], partition: int = 0) -> list[Record]:
    """Records of the facts topic in the order of the facts."""
    return [
        Record(
            topic=FACTS_TOPIC,
            partition=partition,
            offset=offset,
            timestamp_ms=1_780_000_000_000 + offset,
            key=each.key.encode(),
            value=_encoder.encode(each),
        )
        for offset, each in enumerate(facts)
    ]
