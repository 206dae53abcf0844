"""What investment, funds, stages and zone figures must come to, without any of the services' code.

The companion of `demo.oracle` for the feeds that need no register, written from the contracts.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from demo.messages import FUNDS, INDICATOR, INVESTMENT, PROJECT, Message
from demo.oracle import Totals
from shared.events.period import Month
from shared.plans import Plan, Unit, UnitKind

_FACTORS = {"元": 1, "千元": 10**3, "万元": 10**4, "亿元": 10**8, "万美元": 10**4}
_FIELDS = ("month", "ytd", "month_last_year", "ytd_last_year")
_STAGES = ("negotiating", "signed", "started", "building", "completed", "producing", "terminated")
_LAST_MONTH = {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12}

Body = dict[str, Any]
Identity = Callable[[Body], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Reached:
    """State of a project at the end of a month."""

    stage: str
    occurred_on: str
    contracted_total: int
    """In whole units of its currency."""


class Places:
    """Units of a plan in which a project counts: cluster, its industry, county or park, city."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._areas = [unit for unit in plan.units if unit.kind is UnitKind.REGION]

    def of(self, body: Body) -> tuple[str, ...]:
        """Units of an event's project."""
        cluster, park = body.get("cluster"), body.get("park")
        units = list[str]()
        if cluster is not None:
            units += [cluster, *self._industries(self._plan.unit(cluster), body)]
        inside = [area.id for area in self._areas if park is not None and park in area.parks]
        around = [area.id for area in self._areas if body["region"] in area.codes]
        return (*units, *(inside or around)[:1], self._plan.city)

    def _industries(self, cluster: Unit, body: Body) -> tuple[str, ...]:
        """The primary parent, else those whose rules select its industry, else the first."""
        if cluster.primary_parent:
            return (cluster.primary_parent,)
        parents = [p for p in cluster.parents if self._plan.unit(p).kind is UnitKind.INDUSTRY]
        place = (body["region"], body.get("park"), body.get("industry", ""))
        month = Month.parse(str(body.get("period") or body["occurred_on"])[:7])
        own = [p for p in parents if self._plan.unit(p).includes(*place, month)]
        return tuple(own or parents[:1])


def flows(messages: Iterable[Message], places: Places) -> dict[tuple[str, str, Month], Totals]:
    """Investment and funds by (unit, indicator, period), in whole units of their currency."""
    sums: dict[tuple[str, str, Month], Totals] = defaultdict(Totals)
    for body in _standing(messages, (INVESTMENT, FUNDS), _flow_line):
        indicator = "investment"
        if "origin" in body:
            indicator = f"funds.{body['currency']}.{body['origin'][:2]}"
            if body["origin"] == "foreign":
                indicator = f"funds.{body['currency']}.foreign"
        for unit in places.of(body):
            _add(sums[unit, indicator, Month.parse_reporting(body["period"])], body)
    return dict(sums)


def reached(messages: Iterable[Message], places: Places) -> dict[tuple[str, str, Month], Reached]:
    """By (unit, project, month) of every month with a stage: the state at its end."""
    projects: dict[str, list[Body]] = defaultdict(list)
    for body in _standing(messages, (PROJECT,), _stage_line):
        projects[body["project_id"]].append(body)
    found: dict[tuple[str, str, Month], Reached] = {}
    for project_id, bodies in projects.items():
        ordered = sorted(bodies, key=lambda b: (b["occurred_on"], _STAGES.index(b["stage"])))
        for body in ordered:
            state = Reached(body["stage"], body["occurred_on"], _amount(body, "contracted_total"))
            month = Month.parse(body["occurred_on"][:7])
            for unit in places.of(ordered[-1]):
                found[unit, project_id, month] = state
            if body["stage"] == "terminated":
                break
    return found


def zone_figures(
    messages: Iterable[Message], plan: Plan
) -> dict[tuple[str, str, Month], tuple[Decimal, str]]:
    """By (unit, indicator, last month of the period): value and unit as they were sent."""
    return {
        (plan.indicator(body["indicator"]).unit, body["indicator"], _end(body["period"])): (
            Decimal(body["value"]),
            body["unit"],
        )
        for body in _standing(messages, (INDICATOR,), _figure_line)
    }


def _standing(
    messages: Iterable[Message], topics: tuple[str, ...], identity: Identity
) -> Iterator[Body]:
    """The greatest version of every line."""
    newest: dict[tuple[Any, ...], tuple[tuple[Any, ...], Body]] = {}
    for sent in messages:
        if sent.topic not in topics or sent.refusal is not None:
            continue
        body = json.loads(sent.value or b"", parse_float=Decimal)
        content = hashlib.sha256(sent.value or b"").digest()
        reported = datetime.fromisoformat(body["reported_at"])
        rank = (body["revision"], reported, body["event_id"], content)
        key = (sent.topic, *identity(body))
        if key not in newest or newest[key][0] < rank:
            newest[key] = (rank, body)
    for _, body in newest.values():
        yield body


def _flow_line(body: Body) -> tuple[Any, ...]:
    return (body["project_id"], body.get("origin"), body.get("currency"), body["period"])


def _stage_line(body: Body) -> tuple[Any, ...]:
    return (body["project_id"], body["stage"], body["occurred_on"])


def _figure_line(body: Body) -> tuple[Any, ...]:
    return (body["indicator"], body["region"], body.get("cluster"), body["period"])


def _end(period: str) -> Month:
    year, _, rest = period.partition("-")
    return Month(int(year), _LAST_MONTH.get(rest) or int(rest or 12))


def _amount(body: Body, field: str) -> int:
    return int(Decimal(body[field]) * _FACTORS[body["unit"]])


def _add(total: Totals, body: Body) -> None:
    for field in _FIELDS:
        if body.get(field) is not None:
            setattr(total, field, (getattr(total, field) or 0) + _amount(body, field))
    total.reporting += 1
