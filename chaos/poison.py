"""Records that must be refused by name, one at a time, and never stop their neighbours."""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from chaos.load import Load
from shared.events.inputs import INPUT_TOPICS

TOPICS = tuple(INPUT_TOPICS)
_TOO_LARGE = 1_200_000


class Poison(NamedTuple):
    """A bad record; headers as Kafka has them."""

    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def flood(load: Load, rng: random.Random, number: int) -> Iterator[Poison]:
    """Bad records of every kind on every topic."""
    for count in range(number):
        yield _bytes(rng) if count % 2 else _fields(load, rng)


def broken_schema(load: Load, rng: random.Random, number: int) -> Iterator[Poison]:
    """A feeder after a careless release: well-formed JSON, other names and types."""
    for _ in range(number):
        body = _body(load, rng)
        match rng.randrange(4):
            case 0:
                body = {name.upper(): value for name, value in body.items()}
            case 1:
                body["revision"] = "first"
            case 2:
                body = {"data": body}
            case _:
                body["period"] = {"year": 2025, "month": 8}
        yield Poison("stats.output.v1", b"broken", msgspec.json.encode(body))


def large(rng: random.Random, number: int) -> Iterator[Poison]:
    """Records above the product's own limit, which the topics still take."""
    for _ in range(number):
        yield Poison(rng.choice(TOPICS), b"large", b'{"x":"' + b"x" * _TOO_LARGE + b'"}')


def _bytes(rng: random.Random) -> Poison:
    topic = rng.choice(TOPICS)
    value, headers = rng.choice(
        (
            (b"{", ()),
            (b"\xff\xfe", ()),
            (None, ()),
            (b"[]", ()),
            (b"{}", ()),
            (b"{}", (("ce_id", b"\xff"),)),
            (b'"' + rng.randbytes(20).hex().encode(), ()),
        )
    )
    return Poison(topic, b"bad", value, headers)


def _fields(load: Load, rng: random.Random) -> Poison:
    wrong: tuple[dict[str, Any], ...] = (
        {"unit": "百元"},
        {"indicator": "turnover"},
        {"period": "2025-01"},
        {"period": "2025-13"},
        {"uscc": "91341300000000000X"},
        {"ytd": "0.0001", "unit": "元"},
        {"ytd": "1" + "0" * 20},
        {"reported_at": "2099-01-01T00:00:00+08:00"},
        {"revision": 0},
        {"event_id": None},
    )
    body = _body(load, rng) | rng.choice(wrong)
    return Poison("stats.output.v1", b"bad", msgspec.json.encode(body))


def _body(load: Load, rng: random.Random) -> dict[str, Any]:
    return {
        "event_id": "bad",
        "source": "chaos",
        "uscc": rng.choice(load.codes),
        "period": "2025-08",
        "indicator": "gross_output",
        "unit": "千元",
        "month": 1,
        "ytd": "1",
        "revision": 99,
        "reported_at": "2025-10-08T09:00:00+08:00",
    }
