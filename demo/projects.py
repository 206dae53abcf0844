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

PROJECTS_PER_CLUSTER = (4, 6)
_ORIGINS = ("310000", "320000", "330000", "340000", "440000", "foreign")
_STALLED_SHARE, _NEVER_STARTED_SHARE = 0.1, 0.1
_LAST_SPENDING = 0.985
"""Part of the S-curve after which a project counts as completed."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project; amounts in 万元."""

    project_id: str
    name: str
    profile: Profile
    industry: str
    planned_total: int
    signed: Month
    started: Month | None
    """First month of building; None when it is signed but never starts."""
    months: int
    """Planned months of building."""
    stalls_after: int | None
    """Months of building after which nothing more is spent."""
    origin: str
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

    def completed(self, month: Month) -> Month | None:
        """Month of completion, once it is reached."""
        if self.started is None or self.stalls_after is not None:
            return None
        end = _plus(self.started, self.months - 1)
        return end if end <= month else None

    def stage(self, month: Month) -> str:
        """Stage at the end of a month."""
        completed = self.completed(month)
        if completed is not None:
            return "producing" if _months_between(completed, month) >= 3 else "completed"  # noqa: PLR2004
        if self.started is None or month < self.started:
            return "signed"
        return "started" if _months_between(self.started, month) < 2 else "building"  # noqa: PLR2004


def build_projects(seed: int, last: Month) -> tuple[Project, ...]:
    """Four to six projects for each cluster, some stalled, some never started."""
    projects: list[Project] = []
    for index, profile in enumerate(PROFILES):
        rng = random.Random(f"{seed}:projects:{index}")
        for number in range(rng.randint(*PROJECTS_PER_CLUSTER)):
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
            if period >= project.signed and _still_reported(project, period):
                yield _investment(project, period)
                yield _funds(project, period)
            period = period.reporting_after()


def _project(rng: random.Random, profile: Profile, index: int, number: int) -> Project:
    signed = Month(rng.randint(FIRST_YEAR, FIRST_YEAR + 3), rng.randint(1, 10))
    never = rng.random() < _NEVER_STARTED_SHARE
    started = None if never else _plus(signed, rng.randint(1, 5))
    months = rng.randint(10, 26)
    stalled = rng.random() < _STALLED_SHARE
    return Project(
        project_id=f"SIM-{profile.region}-{index:02d}{number:02d}",
        name=f"模拟{profile.product}项目{index + 1}-{number + 1}号",
        profile=profile,
        industry=rng.choice(profile.industries),
        planned_total=round(math.exp(rng.gauss(math.log(250), 0.8))) * 100,
        signed=signed,
        started=started,
        months=months,
        stalls_after=months // 3 if stalled else None,
        origin=rng.choice(_ORIGINS),
        overrun=1.06 if rng.random() < 0.06 else rng.uniform(0.94, 1.0),  # noqa: PLR2004
    )


def _still_reported(project: Project, period: Month) -> bool:
    """A project leaves the reports at the end of the year in which it was completed."""
    completed = project.completed(period)
    return completed is None or completed.year == period.year


def _investment(project: Project, period: Month) -> Message:
    before = period.reporting_before() if period.month > 2 else None  # noqa: PLR2004
    completed = project.completed(period)
    at = _arrival(project, period, 6)
    ytd = project.ytd(period)
    body = {
        "event_id": f"h201:{project.project_id}:{period}:1",
        "source": REFORM,
        "project_id": project.project_id,
        "name": project.name,
        "region": project.profile.region,
        "industry": project.industry,
        "cluster": project.profile.cluster,
        "period": str(period),
        "unit": "万元",
        "planned_total": project.planned_total,
        "since_start": project.since_start(period),
        "ytd": ytd,
        "month": ytd - (project.ytd(before) if before else 0),
        "ytd_last_year": project.ytd(period.last_year),
        "stage": project.stage(period),
        "started_on": _day(project.started) if _begun(project, period) else None,
        "completed_on": _day(completed),
        "revision": 1,
        "reported_at": timestamp(at),
    }
    return message(at, INVESTMENT, project.project_id, without_empty(body))


def _funds(project: Project, period: Month) -> Message:
    """Funds received: a part of the spending in yuan, or in dollars from abroad."""
    foreign = project.origin == "foreign"
    part = 0.02 if foreign else 0.6
    at = _arrival(project, period, 8)
    body = {
        "event_id": f"funds:{project.project_id}:{period}:1",
        "source": PROMOTION,
        "project_id": project.project_id,
        "region": project.profile.region,
        "cluster": project.profile.cluster,
        "period": str(period),
        "unit": "万元",
        "currency": "USD" if foreign else "CNY",
        "ytd": round(project.ytd(period) * part),
        "ytd_last_year": round(project.ytd(period.last_year) * part),
        "origin": project.origin,
        "revision": 1,
        "reported_at": timestamp(at),
    }
    return message(at, FUNDS, project.project_id, body)


def _stages(project: Project, last: Month) -> Iterator[Message]:
    steps = (("signed", project.signed), ("started", project.started))
    for stage, month in (*steps, ("completed", project.completed(last))):
        if month is None or month > last:
            continue
        at = datetime(month.year, month.month, 27, 11, 0, tzinfo=CHINA)
        body: dict[str, Any] = {
            "event_id": f"stage:{project.project_id}:{stage}:1",
            "source": PROMOTION,
            "project_id": project.project_id,
            "name": project.name,
            "region": project.profile.region,
            "cluster": project.profile.cluster,
            "stage": stage,
            "occurred_on": _day(month),
            "contracted_total": project.planned_total,
            "unit": "万元",
            "currency": "CNY",
            "manufacturing": project.profile.season != "services",
            "investor_origin": project.origin,
            "revision": 1,
            "reported_at": timestamp(at),
        }
        yield message(at, PROJECT, project.project_id, body)


def _begun(project: Project, period: Month) -> bool:
    return project.started is not None and project.started <= period


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
