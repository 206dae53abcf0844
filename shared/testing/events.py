"""Builders of input events with valid codes, and of the records that carry them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.events.decisions import DECISIONS_TOPIC
from shared.events.inputs import (
    ENTERPRISE_TOPIC,
    FUNDS_TOPIC,
    INDICATOR_TOPIC,
    INVESTMENT_TOPIC,
    OUTPUT_TOPIC,
    PROJECT_TOPIC,
    RECORD_KEYS,
)
from shared.events.records import Headers, Record
from shared.testing.load import credit_code

BROKER_MS = 1_780_993_203_000
"""2026-06-09 16:20:03 in China: seconds after `REPORTED_AT`."""

REPORTED_AT = "2026-06-09T16:20:00+08:00"
SOURCE = "tjj-suzhou"

Body = dict[str, Any]

_TELLING_FIELDS = {
    "verdict": DECISIONS_TOPIC,
    "value": INDICATOR_TOPIC,
    "occurred_on": PROJECT_TOPIC,
    "origin": FUNDS_TOPIC,
    "project_id": INVESTMENT_TOPIC,
}
"""The first of these fields that an event has says its topic."""


def registration(number: int = 1, **fields: object) -> Body:
    """Register event of the enterprise with this number: a bearings maker in Lingbi."""
    return {
        "event_id": f"reg-{number}",
        "source": SOURCE,
        "uscc": credit_code(number),
        "name": f"示例企业{number}",
        "region": "341323",
        "industry": "3451",
        "above_scale": True,
        "action": "entry",
        "effective": "2025-01",
        "revision": 1,
        "reported_at": REPORTED_AT,
        **fields,
    }


def output(number: int = 1, **fields: object) -> Body:
    """Gross output of the enterprise with this number in May 2026, in 千元."""
    return {
        "event_id": f"out-{number}",
        "source": SOURCE,
        "uscc": credit_code(number),
        "period": "2026-05",
        "indicator": "gross_output",
        "unit": "千元",
        "month": 18250,
        "ytd": 80110,
        "month_last_year": 15900,
        "ytd_last_year": 71020,
        "revision": 1,
        "reported_at": REPORTED_AT,
        **fields,
    }


def investment(number: int = 1, **fields: object) -> Body:
    """Investment in the project with this number, in 万元, in Lingbi."""
    return {
        "event_id": f"inv-{number}",
        "source": "fgw-suzhou",
        "project_id": f"2603-341323-{number:04d}",
        "name": f"示例项目{number}",
        "region": "341323",
        "industry": "3451",
        "period": "2026-05",
        "unit": "万元",
        "planned_total": 52000,
        "since_start": 18300,
        "ytd": "9620.5",
        "month": "2110.5",
        "ytd_last_year": 0,
        "stage": "building",
        "revision": 1,
        "reported_at": REPORTED_AT,
        **fields,
    }


def funds(number: int = 1, **fields: object) -> Body:
    """Funds from Shanghai for the project with this number, in 万元, in Lingbi."""
    return {
        "event_id": f"funds-{number}",
        "source": "tcz-suzhou",
        "project_id": f"2603-341323-{number:04d}",
        "region": "341323",
        "period": "2026-05",
        "unit": "万元",
        "currency": "CNY",
        "origin": "31",
        "ytd": "4300.25",
        "month": 800,
        "ytd_last_year": 0,
        "revision": 1,
        "reported_at": REPORTED_AT,
        **fields,
    }


def stage(number: int = 1, **fields: object) -> Body:
    """The project with this number was signed in January 2026, for 5.2 亿元, in Lingbi."""
    return {
        "event_id": f"stage-{number}",
        "source": "tcz-suzhou",
        "project_id": f"2603-341323-{number:04d}",
        "name": f"示例项目{number}",
        "region": "341323",
        "stage": "signed",
        "occurred_on": "2026-01-18",
        "contracted_total": "5.2",
        "unit": "亿元",
        "currency": "CNY",
        "manufacturing": True,
        "revision": 1,
        "reported_at": REPORTED_AT,
        **fields,
    }


def figure(**fields: object) -> Body:
    """Research coverage of the city of `small_plan` at the end of May 2026, in %."""
    return {
        "event_id": "figure",
        "source": "kjj-suzhou",
        "indicator": "research-coverage",
        "region": "341300",
        "period": "2026-05",
        "value": "83.25",
        "unit": "%",
        "revision": 1,
        "reported_at": REPORTED_AT,
        **fields,
    }


def decision(about: Body, digest: str, verdict: str = "confirmed", **fields: object) -> Body:
    """What somebody decided about an output or investment line; `digest` in hexadecimal."""
    enterprise = "uscc" in about
    return {
        "decision_id": f"{verdict}-{about['event_id']}",
        "verdict": verdict,
        "kind": "enterprise" if enterprise else "project",
        "code": about["uscc" if enterprise else "project_id"],
        "indicator": about.get("indicator", "investment"),
        "period": about["period"],
        "revision": about["revision"],
        "digest": digest,
        "who": "李四",
        "why": "confirmed by telephone",
        "decided_at": "2026-06-10T09:12:00+08:00",
        **fields,
    }


def without(body: Body, *names: str) -> Body:
    """The event without some of its fields."""
    return {name: value for name, value in body.items() if name not in names}


def topic_of(body: Body) -> str:
    """Topic that an event of these builders belongs to."""
    for field, topic in _TELLING_FIELDS.items():
        if field in body:
            return topic
    return OUTPUT_TOPIC if "period" in body else ENTERPRISE_TOPIC


def raw_record(
    value: bytes | None, topic: str = OUTPUT_TOPIC, offset: int = 0, headers: Headers = ()
) -> Record:
    """A record with this value, as the broker hands it over."""
    return Record(topic, 0, offset, BROKER_MS, b"key", value, headers)


def record(body: Body, offset: int = 0) -> Record:
    """The record of an event on its own topic, keyed as the contract says."""
    topic = topic_of(body)
    key = str(body.get(RECORD_KEYS.get(topic, "code"), "")).encode()
    return Record(topic, 0, offset, BROKER_MS, key, msgspec.json.encode(body))


def records(bodies: Iterable[Body]) -> list[Record]:
    """Records of events in their order."""
    return [record(body, offset) for offset, body in enumerate(bodies)]
