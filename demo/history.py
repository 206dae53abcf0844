"""The simulated past: every record sent before today, in the order of sending."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from demo.dirt import malformed, parked, with_foreign_header
from demo.figures import Figures
from demo.messages import CHINA, Message
from demo.population import Enterprise, build_population, cluster_of
from demo.profiles import BASE_YEAR, SILENT_CLUSTER, UNCLOSED_CLUSTER
from demo.projects import Project, build_projects, project_messages
from demo.register import register_events
from demo.reports import (
    electricity_message,
    report_messages,
    reporting_periods,
    standing_slip,
    unit_slip,
)
from demo.zone_figures import zone_messages
from shared.events.period import Month

DEFAULT_SEED = 2027

_SLIP_CLUSTER, _SLIP_BACK = "szah-ds-medical-devices", 5
"""Whose third enterprise once writes 元 under 千元, and how many periods before the last."""

_SILENT_FROM_BACK = 3
_UNCLOSED_RANK = 2
"""Large enough that the year's coverage stays below the gate, small enough to matter little."""
_ELECTRICITY_SIZE = 4.0
"""Relative size from which an enterprise also reports electricity."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything the simulation is computed from; equal seeds and days give equal worlds."""

    seed: int
    now: datetime
    """Midnight that starts today in China: nothing in the history is later."""
    last: Month
    """The last due period: the month before today."""
    enterprises: tuple[Enterprise, ...]
    figures: Figures
    projects: tuple[Project, ...]


def build_world(seed: int, today: date) -> World:
    """Build the world as it looks on a day."""
    last = last_due(today)
    enterprises = build_population(seed, last)
    figures = Figures(seed, enterprises, last.year)
    now = datetime(today.year, today.month, today.day, tzinfo=CHINA)
    return World(seed, now, last, enterprises, figures, build_projects(seed, last))


def last_due(today: date) -> Month:
    """The last period whose reports are due: the month before, never a January."""
    return Month(today.year, max(today.month, 2)).reporting_before()


def history(world: World) -> list[Message]:
    """All records sent before today, in order; only the last due period has gaps."""
    messages = [m for m in _everything(world) if m.at <= world.now]
    return sorted(messages, key=lambda m: m.at)


def outstanding(world: World) -> dict[str, list[Enterprise]]:
    """Enterprises whose report of the last due period is still to come, by home cluster."""
    by_home: dict[str, list[Enterprise]] = defaultdict(list)
    silent = silent_enterprise(world)
    for enterprise in world.enterprises:
        if enterprise.reports_in(world.last) and enterprise != silent:
            by_home[cluster_of(enterprise)].append(enterprise)
    for home, members in by_home.items():
        random.Random(f"{world.seed}:outstanding:{home}:{world.last}").shuffle(members)
        del members[: round(len(members) * members[0].profile.at_start)]
    return {home: members for home, members in by_home.items() if members}


def silent_enterprise(world: World) -> Enterprise:
    """The one whose reports stay away without an exit."""
    return ranked(world, SILENT_CLUSTER)[1]


def unclosed_report(world: World) -> tuple[Enterprise, Month]:
    """The report that never comes, without which a cluster's base year stays open."""
    return ranked(world, UNCLOSED_CLUSTER)[_UNCLOSED_RANK], Month(BASE_YEAR, 12)


def slipping_enterprise(world: World) -> tuple[Enterprise, Month]:
    """The one that mixed up its units once, and the period."""
    return ranked(world, _SLIP_CLUSTER)[2], reporting_periods(world.last)[-1 - _SLIP_BACK]


def held_report(world: World) -> Enterprise:
    """The one that has just reported 元 under 千元: its report is held until somebody decides.

    A small one, so that its cluster can be judged without it.
    """
    missing = _missing(world)
    members = ranked(world, _SLIP_CLUSTER)
    return next(enterprise for enterprise in reversed(members) if enterprise.uscc not in missing)


def _missing(world: World) -> set[str]:
    return {e.uscc for members in outstanding(world).values() for e in members}


def _everything(world: World) -> Iterator[Message]:
    yield from register_events(world.seed, world.enterprises)
    yield from _reports(world)
    yield from project_messages(world.projects, world.last)
    yield from zone_messages(world.last)
    periods = reporting_periods(world.last)
    first = world.enterprises[0]
    yield from malformed(first.uscc, world.now, periods[-2])
    yield from parked(periods[-6:], world.now)


def _reports(world: World) -> Iterator[Message]:
    missing = _missing(world)
    periods = reporting_periods(world.last)
    held = held_report(world)
    slip, silent = slipping_enterprise(world), silent_enterprise(world)
    never = unclosed_report(world)
    for period in periods:
        for index, enterprise in enumerate(world.enterprises):
            if not enterprise.reports_in(period):
                continue
            if enterprise == silent and period >= periods[-_SILENT_FROM_BACK]:
                continue
            if (enterprise, period) == never:
                continue
            if period == world.last and enterprise.uscc in missing:
                continue
            if period == world.last and enterprise == held:
                yield standing_slip(world.seed, world.figures, enterprise, period, world.now)
                continue
            if (enterprise, period) == slip:
                yield from unit_slip(world.seed, world.figures, enterprise, period)
                continue
            lines = report_messages(world.seed, world.figures, enterprise, period, world.now)
            odd = index % 150 == 7  # noqa: PLR2004 - a handful carries another tool's headers
            yield from (with_foreign_header(m) if odd else m for m in lines)
            if enterprise.size >= _ELECTRICITY_SIZE:
                yield electricity_message(world.seed, world.figures, enterprise, period)


def ranked(world: World, cluster: str) -> list[Enterprise]:
    """A cluster's enterprises that were always there, largest first."""
    members = (e for e in world.enterprises if cluster_of(e) == cluster and e.founded is None)
    return sorted(
        (e for e in members if e.left is None and e.entered.year < 2023),  # noqa: PLR2004
        key=lambda e: -e.size,
    )
