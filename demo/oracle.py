"""What the totals must be, computed from the raw records without any of the services' code.

Pure functions for tests: slow, short, and written from the contracts alone. A tie in revision,
`reported_at` and `event_id` is broken by the hash of the body as sent, which the services do on
normalised content; the simulation never produces such a tie.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any, Protocol

from stdnum.cn import uscc as credit_code

from demo.messages import ENTERPRISE, OUTPUT, Message, Note
from demo.population import Enterprise
from shared.events.period import Month
from shared.plans import Plan, UnitKind

WHOLE = 10_000
Number = int | None
Weights = Mapping[str, int]

_FACTORS = {
    "gross_output": {"元": 1, "CNY": 1, "千元": 1000, "kCNY": 1000, "万元": 10**4, "亿元": 10**8},
    "electricity": {"千瓦时": 1, "万千瓦时": 10**4},
}
_FACTORS["revenue"] = _FACTORS["gross_output"]
_LIMIT = 10**15
_PERIOD = re.compile(r"(\d{4})(?:-(0[2-9]|1[0-2])|-01/02|年1[-—]2月)")
_FIELDS = ("month", "ytd", "month_last_year", "ytd_last_year")
_REQUIRED = ("event_id", "source", "uscc", "revision", "reported_at")
_LAST_APPLIED = {"entry": 0, "change": 1, "reattribution": 2, "exit": 3}


@dataclass(slots=True)
class Totals:
    """Sums over the standing reports of a unit; amounts in base units, null where none has any."""

    month: Number = None
    ytd: Number = None
    month_last_year: Number = None
    ytd_last_year: Number = None
    reporting: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What the register says about an enterprise at some time."""

    uscc: str
    region: str
    park: str | None
    industry: str
    memberships: tuple[tuple[str, int], ...] | None


class Rules(Protocol):
    """Which units an enterprise belongs to where its register entry lists none."""

    def cluster(self, place: Place, month: Month) -> str | None:
        """The cluster, or None."""

    def industry(self, place: Place, month: Month) -> str | None:
        """The city industry of an enterprise that is in no cluster, or None."""

    def parents(self, cluster: str) -> tuple[str, ...]:
        """City industries of a cluster."""

    def areas(self, place: Place) -> tuple[str, ...]:
        """County or park, and city."""


class HomeRules:
    """Rules of the simulation itself: each enterprise is where it was put; no industries."""

    def __init__(self, enterprises: Iterable[Enterprise]) -> None:
        self._homes = {e.uscc: e.profile.cluster or None for e in enterprises}

    def cluster(self, place: Place, month: Month) -> str | None:  # noqa: ARG002 - no dated rules
        """The cluster it was made for."""
        return self._homes.get(place.uscc)

    def industry(self, place: Place, month: Month) -> str | None:
        """None: the simulation knows clusters only."""

    def parents(self, cluster: str) -> tuple[str, ...]:  # noqa: ARG002 - not known here
        """None known."""
        return ()

    def areas(self, place: Place) -> tuple[str, ...]:
        """The region code, or the park, and the city's code."""
        return (place.park or place.region, "341300")


class PlanRules:
    """Rules of a plan of the catalogue."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def cluster(self, place: Place, month: Month) -> str | None:
        """The first cluster whose rules select it."""
        return self._first(UnitKind.CLUSTER, place, month)

    def industry(self, place: Place, month: Month) -> str | None:
        """The first industry whose rules select it."""
        return self._first(UnitKind.INDUSTRY, place, month)

    def parents(self, cluster: str) -> tuple[str, ...]:
        """The primary parent where the plan names one, else all."""
        unit = self._plan.unit(cluster)
        parents = (unit.primary_parent,) if unit.primary_parent else unit.parents
        return tuple(p for p in parents if self._plan.unit(p).kind is UnitKind.INDUSTRY)

    def areas(self, place: Place) -> tuple[str, ...]:
        """The park where there is one, else the county; and the city."""
        regions = [unit for unit in self._plan.units if unit.kind is UnitKind.REGION]
        parks = [u.id for u in regions if place.park is not None and place.park in u.parks]
        counties = [u.id for u in regions if place.region in u.codes]
        return (*(parks or counties)[:1], self._plan.city)

    def _first(self, kind: UnitKind, place: Place, month: Month) -> str | None:
        units = (unit for unit in self._plan.units if unit.kind is kind)
        chosen = (
            u.id for u in units if u.includes(place.region, place.park, place.industry, month)
        )
        return next(chosen, None)


@dataclass(frozen=True, slots=True)
class _Report:
    uscc: str
    indicator: str
    period: Month
    numbers: tuple[Number, ...]
    rank: tuple[int, datetime, str, bytes]
    slipped: bool = False
    """Made as a unit slip; told by the simulation, not found out."""


def totals(messages: Sequence[Message], rules: Rules) -> dict[tuple[str, str, Month], Totals]:
    """Per (unit, indicator, period): sums over the standing reports of registered enterprises.

    A standing report that the simulation made as a slip of the unit is held: it is in no sum.
    """
    register = _register(messages)
    sums: dict[tuple[str, str, Month], Totals] = defaultdict(Totals)
    for report in standing(messages):
        entries = register.get(report.uscc)
        if entries is None or report.slipped:
            continue
        place = _place_at(entries, report.period)
        for unit, numbers in _parts(report, place, rules).items():
            _add(sums[unit, report.indicator, report.period], numbers)
    return dict(sums)


def standing(messages: Iterable[Message]) -> list[_Report]:
    """The standing version of every acceptable output line."""
    newest: dict[tuple[str, str, Month], _Report] = {}
    owners: dict[str, str] = {}
    for sent in messages:
        body = _body(sent) if sent.topic == OUTPUT else None
        content = hashlib.sha256(sent.value or b"").digest()
        report = _report(body, sent.at, content) if body is not None else None
        if body is None or report is None:
            continue
        if owners.setdefault(report.uscc, body["source"]) != body["source"]:
            continue
        report = replace(report, slipped=sent.note is Note.UNIT_SLIP)
        key = (report.uscc, report.indicator, report.period)
        if key not in newest or newest[key].rank < report.rank:
            newest[key] = report
    return list(newest.values())


def _body(sent: Message) -> dict[str, Any] | None:
    """The event's fields whatever the binding, or None where it cannot be read."""
    headers = dict(sent.headers)
    try:
        body: dict[str, Any] = json.loads((sent.value or b"").decode(), parse_float=Decimal)
        named = {
            "event_id": (headers.get("ce_id") or b"").decode(),
            "source": (headers.get("ce_source") or b"").decode(),
        }
    except ValueError:
        return None
    if (headers.get("content-type") or b"").startswith(b"application/cloudevents+json"):
        named = {"event_id": body["id"], "source": body["source"]}
        body = body["data"]
    return {k: v for k, v in named.items() if v} | body


def _report(body: dict[str, Any], at: datetime, content: bytes) -> _Report | None:
    factors = _FACTORS.get(str(body.get("indicator")), {})
    factor = factors.get(str(body.get("unit")))
    period = _PERIOD.fullmatch(str(body.get("period")))
    if factor is None or period is None or any(field not in body for field in _REQUIRED):
        return None
    reported_at = datetime.fromisoformat(body["reported_at"])
    if not _is_code(body["uscc"]) or reported_at > at + timedelta(days=1):
        return None
    try:
        numbers = tuple(_base_units(body.get(field), factor) for field in _FIELDS)
    except ValueError:
        return None
    rank = (body["revision"], reported_at, body["event_id"], content)
    month = Month(int(period[1]), int(period[2] or 2))
    return _Report(body["uscc"], body["indicator"], month, numbers, rank)


@cache
def _is_code(code: str) -> bool:
    return bool(credit_code.is_valid(code))


def _base_units(value: Any, factor: int) -> Number:  # noqa: ANN401 - any JSON value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError(value)  # noqa: TRY004 - every unusable value is refused the same way
    exact = Decimal(value) * factor
    if exact != exact.to_integral_value() or abs(exact) > _LIMIT:
        raise ValueError(value)
    return int(exact)


def _register(messages: Iterable[Message]) -> dict[str, list[tuple[Month, int, Place]]]:
    """Dated places by code, in the order in which they come to hold."""
    entries: dict[str, list[tuple[Month, int, Place]]] = defaultdict(list)
    for sent in messages:
        if sent.topic != ENTERPRISE or sent.refusal is not None:
            continue
        body = _body(sent)
        if body is None:
            continue
        listed = body.get("memberships")
        shares = None if listed is None else tuple((m["cluster"], m["weight"]) for m in listed)
        place = Place(body["uscc"], body["region"], body.get("park"), body["industry"], shares)
        effective = Month.parse(body["effective"])
        entries[place.uscc].append((effective, _LAST_APPLIED[body["action"]], place))
    return {code: sorted(dated, key=lambda e: e[:2]) for code, dated in entries.items()}


def _place_at(entries: list[tuple[Month, int, Place]], month: Month) -> Place:
    """The last entry that holds; reports from before the first are attributed like the first."""
    held = [place for effective, _, place in entries if effective <= month]
    return held[-1] if held else entries[0][2]


def _parts(report: _Report, place: Place, rules: Rules) -> dict[str, tuple[Number, ...]]:
    """Contribution to each unit."""
    weights = _weights(place, rules, report.period)
    parts = {unit: list[Number]() for unit in weights}
    for value in report.numbers:
        for unit, part in _split(value, weights).items():
            parts[unit].append(part)
    result = {unit: tuple(numbers) for unit, numbers in parts.items()}
    industries: dict[str, list[tuple[Number, ...]]] = defaultdict(list)
    for cluster, numbers in result.items():
        for parent in rules.parents(cluster):
            industries[parent].append(numbers)
    own = None if weights or place.memberships else rules.industry(place, report.period)
    if own is not None:
        industries[own].append(report.numbers)
    result |= {unit: _summed(several) for unit, several in industries.items()}
    return result | dict.fromkeys(rules.areas(place), report.numbers)


def _weights(place: Place, rules: Rules, month: Month) -> Weights:
    if place.memberships is not None:
        return dict(place.memberships)
    cluster = rules.cluster(place, month)
    return {} if cluster is None else {cluster: WHOLE}


def _split(value: Number, weights: Weights) -> dict[str, Number]:
    if value is None or WHOLE in weights.values():
        return dict.fromkeys(weights, value)
    exact = {unit: Decimal(value * weight) / WHOLE for unit, weight in weights.items()}
    parts = {unit: int(part.quantize(Decimal(1), ROUND_HALF_EVEN)) for unit, part in exact.items()}
    if parts and sum(weights.values()) == WHOLE:
        largest = max(weights, key=lambda unit: (weights[unit], unit))
        parts[largest] += value - sum(parts.values())
    return dict(parts)


def _summed(several: list[tuple[Number, ...]]) -> tuple[Number, ...]:
    return tuple(
        None if all(v is None for v in column) else sum(v or 0 for v in column)
        for column in zip(*several, strict=True)
    )


def _add(total: Totals, numbers: tuple[Number, ...]) -> None:
    for field, value in zip(_FIELDS, numbers, strict=True):
        if value is not None:
            setattr(total, field, (getattr(total, field) or 0) + value)
    total.reporting += 1
