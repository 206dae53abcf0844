"""Simulated investment projects: monthly investment, funds received, stages."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demo.messages import (
    CHINA,
    FUNDS,
    INVESTMENT,
    PROJECT,
    PROMOTION,
    REFORM,
    Message,
    message,
    timestamp,
    without_empty,
)
from demo.population import FIRST_YEAR
from demo.profiles import PROFILES, Profile
from shared.events.period import Month

FIRST_SIGNED = Month(2021, 3)
"""Before the history, so that it begins with projects in every stage."""

SIGNED_EVERY, SIGNED_WITHIN = 4, 2
"""A cluster signs a project every so many months, and up to so many later."""

_ORIGINS = {"31": 26, "32": 30, "33": 20, "34": 9, "44": 9, "foreign": 6}
"""Where investors come from: mostly Shanghai (31), Jiangsu (32) and Zhejiang (33)."""

_STALLED_SHARE, _NEVER_STARTED_SHARE, _SECOND_INVESTOR_SHARE = 0.08, 0.1, 0.3
_LARGER_EACH_YEAR = 1.07
_BUILDING_AFTER, _PRODUCING_AFTER = 2, 3
_GIVEN_UP_AFTER_SIGNING, _GIVEN_UP_AFTER_DUE = 14, 9
"""Months after which a project that does not start, or stands still, is terminated."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project; amounts in 万元."""

    project_id: str
    name: str
    profile: Profile
    industry: str
    planned_total: int
    signed: Month
    negotiated: Month | None
    started: Month | None
    """First month of building; None when it is signed but never starts."""
    months: int
    """Planned months of building."""
    stalls_after: int | None
    """Months of building after which nothing more is spent."""
    origins: tuple[tuple[str, float], ...]
    """Where the money comes from, and which part of it."""
    overrun: float

    def since_start(self, month: Month) -> int:
        """Spent up to the end of a month: an S-curve, flat after a stall."""
        if self.started is None or month < self.started:
            return 0
        elapsed = _months_between(self.started, month) + 1
        if self.stalls_after is not None:
            elapsed = min(elapsed, self.stalls_after)
        part = 0.5 - 0.5 * math.cos(math.pi * min(1.0, elapsed / self.months))
        return round(self.planned_total * self.overrun * part)

    def ytd(self, month: Month) -> int:
        """Spent since January of the month's year."""
        return self.since_start(month) - self.since_start(Month(month.year - 1, 12))

    @property
    def due(self) -> Month | None:
        """Month in which it is to be completed; one that has stalled is not."""
        return None if self.started is None else _plus(self.started, self.months - 1)

    @property
    def given_up(self) -> Month | None:
        """Month in which a project that does not go on is terminated."""
        if self.started is None:
            return _plus(self.signed, _GIVEN_UP_AFTER_SIGNING)
        if self.stalls_after is not None and self.due is not None:
            return _plus(self.due, _GIVEN_UP_AFTER_DUE)
        return None

    def reached(self) -> dict[str, Month]:
        """Months of its stages, in their order."""
        found = {"negotiating": self.negotiated, "signed": self.signed, "started": self.started}
        if self.started is not None and self.due is not None:
            found["building"] = _plus(self.started, _BUILDING_AFTER)
            if self.stalls_after is None:
                found["completed"] = self.due
                found["producing"] = _plus(self.due, _PRODUCING_AFTER)
        found["terminated"] = self.given_up
        return {stage: month for stage, month in found.items() if month is not None}

    def stage(self, month: Month) -> str:
        """Stage at the end of a month, as the investment form knows them."""
        known = {s: m for s, m in self.reached().items() if s not in {"negotiating", "terminated"}}
        return [stage for stage, since in known.items() if since <= month][-1]

    def reported_in(self, period: Month) -> bool:
        """From its contract to the end of the year after its completion, or until given up.

        The year after it reports what it spent the year before, as all others do: without it the
        growth over last year's projects would look larger than it is.
        """
        if period < self.signed:
            return False
        if self.given_up is not None:
            return period < self.given_up
        return self.due is None or period.year <= self.due.year + 1


def build_projects(seed: int, last: Month) -> tuple[Project, ...]:
    """A steady stream of projects in each cluster; some stall, some never start."""
    projects: list[Project] = []
    for index, profile in enumerate(PROFILES):
        for number in range(_months_between(FIRST_SIGNED, last) // SIGNED_EVERY + 1):
            rng = random.Random(f"{seed}:project:{index}:{number}")
            project = _project(rng, profile, index, number)
            if project.signed <= last:
                projects.append(project)
    return tuple(projects)


def project_messages(projects: Sequence[Project], last: Month) -> Iterator[Message]:
    """Investment, funds and stage events of all projects up to `last`."""
    for project in projects:
        yield from _stages(project, last)
        period = Month(FIRST_YEAR, 2)
        while period <= last:
            if project.reported_in(period):
                yield _investment(project, period)
                yield from _funds(project, period)
            period = period.reporting_after()


def _project(rng: random.Random, profile: Profile, index: int, number: int) -> Project:
    signed = _plus(FIRST_SIGNED, number * SIGNED_EVERY + rng.randint(0, SIGNED_WITHIN))
    never = rng.random() < _NEVER_STARTED_SHARE
    started = None if never else _plus(signed, rng.randint(1, 3))
    months = rng.randint(20, 28)
    stalled = rng.random() < _STALLED_SHARE
    typical = 250 * _LARGER_EACH_YEAR ** (signed.year - FIRST_SIGNED.year)
    return Project(
        project_id=f"SIM-{profile.region}-{index:02d}{number:02d}",
        name=f"模拟{profile.product}项目{index + 1}-{number + 1}号",
        profile=profile,
        industry=rng.choice(profile.industries),
        planned_total=round(math.exp(rng.gauss(math.log(typical), 0.25))) * 100,
        signed=signed,
        negotiated=_plus(signed, -rng.randint(2, 5)) if rng.random() < 0.5 else None,  # noqa: PLR2004
        started=started,
        months=months,
        stalls_after=months // 3 if stalled and not never else None,
        origins=_investors(rng),
        overrun=1.06 if rng.random() < 0.06 else rng.uniform(0.94, 1.0),  # noqa: PLR2004
    )


def _investors(rng: random.Random) -> tuple[tuple[str, float], ...]:
    """One origin, or two that share the money."""
    first, second = rng.choices(list(_ORIGINS), list(_ORIGINS.values()), k=2)
    if first == second or rng.random() >= _SECOND_INVESTOR_SHARE:
        return ((first, 1.0),)
    return ((first, 0.65), (second, 0.35))


def _investment(project: Project, period: Month) -> Message:
    at = _arrival(project, period, 6)
    ytd = project.ytd(period)
    begun = project.started is not None and project.started <= period
    body = {
        "event_id": f"h201:{project.project_id}:{period}:1",
        "source": REFORM,
        "project_id": project.project_id,
        "name": project.name,
        **_place(project),
        "industry": project.industry,
        "period": str(period),
        "unit": "万元",
        "planned_total": project.planned_total,
        "since_start": project.since_start(period),
        "ytd": ytd,
        "month": ytd - _before(project, period),
        "ytd_last_year": project.ytd(period.last_year),
        "stage": project.stage(period),
        "started_on": _day(project.started) if begun else None,
        # Until it is completed, the day on which it is to be.
        "completed_on": _day(project.due) if begun else None,
        "revision": 1,
        "reported_at": timestamp(at),
    }
    return message(at, INVESTMENT, project.project_id, without_empty(body))


def _funds(project: Project, period: Month) -> Iterator[Message]:
    """Funds received by origin: a part of the spending in yuan, or in dollars from abroad."""
    at = _arrival(project, period, 8)
    for origin, part in project.origins:
        foreign = origin == "foreign"
        rate = part * (0.02 if foreign else 0.6)
        ytd = round(project.ytd(period) * rate)
        body = {
            "event_id": f"funds:{project.project_id}:{origin}:{period}:1",
            "source": PROMOTION,
            "project_id": project.project_id,
            **_place(project),
            "period": str(period),
            "unit": "万元",
            "currency": "USD" if foreign else "CNY",
            "ytd": ytd,
            "month": ytd - round(_before(project, period) * rate),
            "ytd_last_year": round(project.ytd(period.last_year) * rate),
            "origin": origin,
            "revision": 1,
            "reported_at": timestamp(at),
        }
        yield message(at, FUNDS, project.project_id, without_empty(body))


def _stages(project: Project, last: Month) -> Iterator[Message]:
    for stage, month in project.reached().items():
        if month > last:
            continue
        # What was reached before the history begins is told at its beginning.
        told = max(month, Month(FIRST_YEAR, 1))
        at = datetime(told.year, told.month, 27, 11, 0, tzinfo=CHINA)
        body: dict[str, Any] = {
            "event_id": f"stage:{project.project_id}:{stage}:1",
            "source": PROMOTION,
            "project_id": project.project_id,
            "name": project.name,
            **_place(project),
            "stage": stage,
            "occurred_on": _day(month),
            "contracted_total": project.planned_total,
            "unit": "万元",
            "currency": "CNY",
            "manufacturing": project.profile.season != "services",
            "investor_origin": project.origins[0][0],
            "revision": 1,
            "reported_at": timestamp(at),
        }
        yield message(at, PROJECT, project.project_id, without_empty(body))


def _place(project: Project) -> dict[str, Any]:
    profile = project.profile
    return {"region": profile.region, "park": profile.park, "cluster": profile.cluster}


def _before(project: Project, period: Month) -> int:
    """Year-to-date of the period before in the same year."""
    return project.ytd(period.reporting_before()) if period.month > 2 else 0  # noqa: PLR2004


def _day(month: Month | None) -> str | None:
    return None if month is None else f"{month}-18"


def _arrival(project: Project, period: Month, day: int) -> datetime:
    following = _plus(period, 1)
    minutes = int(project.project_id[-4:]) % 600
    start = datetime(following.year, following.month, day, 8, 30, tzinfo=CHINA)
    return start + timedelta(minutes=minutes)


def _months_between(first: Month, second: Month) -> int:
    return (second.year - first.year) * 12 + second.month - first.month


def _plus(month: Month, months: int) -> Month:
    years, index = divmod(month.month - 1 + months, 12)
    return Month(month.year + years, index + 1)
