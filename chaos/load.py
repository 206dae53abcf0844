"""Seeded events on all input topics, and what they must come to by the raw events alone.

Every round adds enterprises and projects, revises what earlier rounds reported, and sends a third
twice, in an order of its own: reports before their register entry, revisions backwards.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.testing.load import Cell, Event, Place, credit_code, event_of, rank, registration

SOURCE = "load"
SLIP = ":slip"
"""End of the id of events that mix up their unit: such lines are held."""
PERIODS = ("2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08")
CITY = "suzhou-ah"
PLACES = tuple(
    place._replace(units=(*place.units, CITY))
    for place in (
        Place("341323", "3451", ("szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi")),
        Place("341324", "3670", ("szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian")),
        Place("341371", "2221", ("szah-suma-paper", "szah-new-materials", "suzhou-ah-suma")),
        Place("341321", "1392", ("szah-ds-green-food", "szah-green-food", "suzhou-ah-dangshan")),
        Place("341324", "1392", ("szah-green-food", "suzhou-ah-sixian")),
    )
)
COUNTIES = {"341323": "suzhou-ah-lingbi", "341324": "suzhou-ah-sixian", "341371": "suzhou-ah-suma"}
ORIGINS = (("31", "CNY"), ("32", "CNY"), ("33", "CNY"), ("44", "CNY"), ("foreign", "USD"))
PLANNED = frozenset({"31", "32", "33"})
STAGES = ("negotiating", "signed", "started", "building", "completed", "producing")
ZONE = "suzhou-ah-htz"
ZONE_PLAN = "suzhou-htz-2025"
FIGURES = ("szah-htz-above-scale-industrial-enterprises", "szah-htz-hightech-enterprises")
ZONE_PERIODS = ("2024-12", "2025-12")
_YUAN = {"元": 1, "千元": 1_000, "万元": 10_000}
_FIRST_REPORT = datetime(2025, 10, 8, 9, 0, tzinfo=UTC)
_NEW_A_ROUND, _REVISED_A_ROUND = 12, 60

Body = dict[str, Any]


@dataclass(slots=True)
class Oracle:
    """The standing version of every line, and sums over them; knows none of the services' code."""

    standing: dict[tuple[str, ...], Body] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def take(self, line: tuple[str, ...], body: Body) -> None:
        """Keep the greater version."""
        known = self.standing.get(line)
        if known is None or rank(known) < rank(body):
            self.standing[line] = body

    def amounts(self) -> dict[Cell, tuple[int, int]]:
        """Month and year-to-date in yuan."""
        sums: Counter[tuple[Cell, str]] = Counter()
        for (topic, *_), body in self.standing.items():
            if _is_slip(body):
                continue
            for cell in self._cells(topic, body):
                for name in ("month", "ytd"):
                    sums[cell, name] += int(body[name]) * _YUAN[body["unit"]]
        cells = {cell for cell, _ in sums}
        return {cell: (sums[cell, "month"], sums[cell, "ytd"]) for cell in cells}

    def _cells(self, topic: str, body: Body) -> Iterator[Cell]:
        if topic == "stats.output.v1":
            for unit in self.places[body["uscc"]].units:
                yield Cell(unit, "gross_output", body["period"])
        elif topic == "stats.funds.v1" and body["origin"] in PLANNED:
            yield Cell(COUNTIES[body["region"]], "funds", body["period"])
        elif topic == "stats.investment.v1":
            for unit in (COUNTIES[body["region"]], CITY):
                yield Cell(unit, "investment", body["period"])

    @property
    def held(self) -> int:
        """Standing lines that were made as slips of the unit: they count nowhere."""
        return sum(map(_is_slip, self.standing.values()))

    def stages(self) -> dict[str, Counter[str]]:
        """Projects by the last stage they have reached, by county."""
        newest: dict[str, Body] = {}
        for (topic, *_), body in self.standing.items():
            if topic == "stats.project.v1":
                known = newest.get(body["project_id"])
                if known is None or known["occurred_on"] < body["occurred_on"]:
                    newest[body["project_id"]] = body
        found: dict[str, Counter[str]] = {}
        investing = {
            body["project_id"]: body
            for (topic, *_), body in self.standing.items()
            if topic == "stats.investment.v1"
        }
        for body in (*newest.values(), *investing.values()):
            found.setdefault(COUNTIES[body["region"]], Counter())[body["stage"]] += 1
        return found

    def figures(self) -> dict[tuple[str, str], int]:
        """Value by indicator and period."""
        return {
            (body["indicator"], body["period"]): int(body["value"])
            for (topic, *_), body in self.standing.items()
            if topic == "stats.indicator.v1"
        }


class Load:
    """Makes each round's events; equal seeds make equal campaigns."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._enterprises = 0
        self._projects = 0
        self._serial = 0
        self._lines: list[tuple[str, ...]] = []
        self.oracle = Oracle()

    @property
    def codes(self) -> list[str]:
        """Enterprises so far."""
        return list(self.oracle.places)

    def round(self, number: int) -> list[Event]:
        """Events of a round in the order of sending; the oracle knows them at once."""
        rng = random.Random(f"{self._seed}:load:{number}")
        events = [*self._new(rng), *self._revised(rng), *self._figures(rng)]
        events += rng.choices(events, k=len(events) // 2)
        rng.shuffle(events)
        return events

    def _new(self, rng: random.Random) -> Iterator[Event]:
        for _ in range(_NEW_A_ROUND):
            self._enterprises += 1
            place = PLACES[self._enterprises % len(PLACES)]
            code = credit_code(self._enterprises)
            self.oracle.places[code] = place
            yield registration(code, place)
            for period in PERIODS:
                yield from self._versions(rng, ("stats.output.v1", code, period))
            if place.region in COUNTIES:
                yield from self._project(rng, place.region)

    def _project(self, rng: random.Random, region: str) -> Iterator[Event]:
        self._projects += 1
        name = f"SIM-{region}-{self._projects:05d}"
        origin, currency = rng.choice(ORIGINS)
        for period in rng.sample(PERIODS, 2):
            yield from self._versions(rng, ("stats.funds.v1", name, period, origin, currency))
            yield from self._versions(rng, ("stats.investment.v1", f"{name}-I", period))
        reached = rng.randrange(1, len(STAGES) + 1)
        for month, stage in enumerate(STAGES[:reached], start=2):
            yield from self._versions(
                rng, ("stats.project.v1", name, stage, f"2025-{month:02d}-10")
            )

    def _revised(self, rng: random.Random) -> Iterator[Event]:
        for line in rng.sample(self._lines, min(_REVISED_A_ROUND, len(self._lines))):
            yield self._version(rng, line, int(self.oracle.standing[line]["revision"]) + 1)

    def _figures(self, rng: random.Random) -> Iterator[Event]:
        for indicator in FIGURES:
            for period in ZONE_PERIODS:
                line = ("stats.indicator.v1", indicator, period)
                known = self.oracle.standing.get(line)
                yield self._version(rng, line, 1 if known is None else known["revision"] + 1)

    def _versions(self, rng: random.Random, line: tuple[str, ...]) -> Iterator[Event]:
        self._lines.append(line)
        for revision in range(1, rng.choice((1, 1, 2, 3)) + 1):
            yield self._version(rng, line, revision)

    def _version(self, rng: random.Random, line: tuple[str, ...], revision: int) -> Event:
        self._serial += 1
        body = {
            "event_id": f"{self._serial}",
            "source": SOURCE,
            "revision": revision,
            "reported_at": (_FIRST_REPORT + timedelta(minutes=self._serial % 600)).isoformat(),
            **_content(rng, line),
        }
        self.oracle.take(line, body)
        return event_of(line[0], body.get("uscc") or body.get("project_id") or body["region"], body)


def _content(rng: random.Random, line: tuple[str, ...]) -> Body:
    """What a version of a line says."""
    match line:
        case "stats.output.v1", code, period:
            known = {"uscc": code, "period": period, "indicator": "gross_output"}
            return known | _money(rng)
        case "stats.funds.v1", project, period, origin, currency:
            known = {"period": period, "origin": origin, "currency": currency}
            return known | _of_project(project) | _money(rng)
        case "stats.investment.v1", project, period:
            known = {"period": period, "name": "模拟项目", "industry": "3451", "stage": "building"}
            more = {"planned_total": "9000000", "since_start": "1000000"}
            return known | more | _of_project(project) | _money(rng) | {"unit": "万元"}
        case "stats.project.v1", project, stage, day:
            known = {"name": "模拟项目", "stage": stage, "occurred_on": day}
            return known | _of_project(project) | {"manufacturing": True}
        case _, indicator, period:
            value = str(rng.randrange(20, 900))
            where = {"region": ZONE, "period": period, "unit": "家"}
            return {"indicator": indicator, "value": value, **where}
    raise ValueError(line)


def _of_project(project: str) -> Body:
    return {"project_id": project, "region": project.split("-")[1]}


def _money(rng: random.Random) -> Body:
    # Small beside what the swinging clusters report: no figure may move the city by a twentieth,
    # or it would be held.
    month, ytd = rng.randrange(100), str(rng.randrange(1_000))
    return {"unit": rng.choice(tuple(_YUAN)), "month": month, "ytd": ytd}


def _is_slip(body: Body) -> bool:
    return str(body["event_id"]).endswith(SLIP)
