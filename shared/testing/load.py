"""A seeded stream of reports, and the totals it must lead to by the raw events alone."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_YUAN = {"元": 1, "千元": 1_000, "万元": 10_000}
PLANNED_ORIGINS = (("31", "CNY"), ("32", "CNY"), ("33", "CNY"))
"""Funds that the plan of Suzhou judges: from Shanghai, Jiangsu and Zhejiang, in yuan."""
_FIRST_REPORT = datetime(2025, 3, 8, 9, 0, tzinfo=UTC)


class Event(NamedTuple):
    """An event ready to be sent."""

    topic: str
    key: bytes
    value: bytes


class Place(NamedTuple):
    """Where enterprises are, and the units their reports count in."""

    region: str
    industry: str
    units: tuple[str, ...]
    funded: str | None = None
    """County or park whose projects receive funds that are judged; None for no projects."""


class Cell(NamedTuple):
    """Identity of a total."""

    unit: str
    indicator: str
    period: str


@dataclass(slots=True)
class Load:
    """Events in an order that is shuffled, and their oracle."""

    events: list[Event] = field(default_factory=list)
    totals: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    """Month and year-to-date in yuan."""
    lines: int = 0
    """Different report lines (enterprise, indicator, period)."""


def credit_code(number: int) -> str:
    """A valid unified social credit code (GB 32100-2015), different for each number."""
    head = f"91341300{number:09d}"
    total = sum(_CHARACTERS.index(c) * pow(3, i, 31) for i, c in enumerate(head))
    return head + _CHARACTERS[-total % 31]


def build_load(
    seed: int, *, events: int, places: tuple[Place, ...], periods: tuple[str, ...]
) -> Load:
    """A load of about `events` events: a third are duplicates, revisions come in any order.

    Every line has one to four revisions; some revisions come twice with other figures, where the
    later `reported_at`, then the greater `event_id` decides.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    originals = events * 2 // 3
    load = Load()
    sums: Counter[tuple[Cell, str]] = Counter()
    number = 0
    while len(load.events) < originals:
        number += 1
        place = places[number % len(places)]
        code = credit_code(number)
        load.events.append(registration(code, place))
        if place.funded is not None:
            _add_funds(load, rng, f"SIM-{number:06d}", place, periods, sums)
        for period in periods:
            versions = list(_versions(rng, code, period))
            load.events += [event_of("stats.output.v1", code, body) for body in versions]
            load.lines += 1
            standing = max(versions, key=rank)
            for unit in place.units:
                cell = Cell(unit, "gross_output", period)
                for name in ("month", "ytd"):
                    sums[cell, name] += int(standing[name]) * _YUAN[standing["unit"]]
    load.totals = {
        cell: (sums[cell, "month"], sums[cell, "ytd"]) for cell in {cell for cell, _ in sums}
    }
    load.events += rng.choices(load.events, k=events - len(load.events))
    rng.shuffle(load.events)
    return load


def _add_funds(
    load: Load,
    rng: random.Random,
    project: str,
    place: Place,
    periods: tuple[str, ...],
    sums: Counter[tuple[Cell, str]],
) -> None:
    """Funds of a project in one period, from an origin that the plan may name or not."""
    period = rng.choice(periods)
    origin, currency = rng.choice((*PLANNED_ORIGINS, ("44", "CNY"), ("foreign", "USD")))
    versions = [
        {
            **body,
            "project_id": project,
            "region": place.region,
            "origin": origin,
            "currency": currency,
        }
        for body in _versions(rng, project, period)
    ]
    for body in versions:
        del body["uscc"], body["indicator"]
    load.events += [event_of("stats.funds.v1", project, body) for body in versions]
    load.lines += 1
    if (origin, currency) in PLANNED_ORIGINS:
        standing = max(versions, key=rank)
        cell = Cell(place.funded or "", "funds", period)
        for name in ("month", "ytd"):
            sums[cell, name] += int(standing[name]) * _YUAN[standing["unit"]]


def rank(body: dict[str, Any]) -> tuple[int, datetime, str]:
    """Of two versions of a line the greater one stands."""
    return body["revision"], datetime.fromisoformat(body["reported_at"]), body["event_id"]


def _versions(rng: random.Random, code: str, period: str) -> Iterator[dict[str, Any]]:
    for revision in range(1, rng.choice((1, 2, 2, 3, 4)) + 1):
        for attempt in range(2 if rng.random() < 0.1 else 1):  # noqa: PLR2004 - share of conflicts
            later = timedelta(hours=rng.randrange(3))
            yield {
                "event_id": f"{code}:{period}:{revision}:{attempt}",
                "source": "load",
                "uscc": code,
                "period": period,
                "indicator": "gross_output",
                "unit": rng.choice(tuple(_YUAN)),
                "month": rng.randrange(-50, 100_000),
                "ytd": str(rng.randrange(1_000_000)),
                "revision": revision,
                "reported_at": (_FIRST_REPORT + later).isoformat(),
            }


def registration(code: str, place: Place) -> Event:
    """The register event that makes an enterprise known from January 2024 on."""
    body = {
        "event_id": f"{code}:entry",
        "source": "load",
        "uscc": code,
        "name": f"模拟企业{code[-6:]}",
        "region": place.region,
        "industry": place.industry,
        "above_scale": True,
        "action": "entry",
        "effective": "2024-01",
        "revision": 1,
        "reported_at": _FIRST_REPORT.isoformat(),
    }
    return event_of("stats.enterprise.v1", code, body)


def event_of(topic: str, code: str, body: dict[str, Any]) -> Event:
    """An event with its record key."""
    return Event(topic, code.encode(), msgspec.json.encode(body))
