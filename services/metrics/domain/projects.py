"""The projects block of a status: how far a unit's projects had come by the end of a period."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from services.metrics.domain.inputs import ProjectFeeds, ProjectLine, UnitInputs
from shared.confidentiality import (
    CONTRACTS_CONFIDENTIAL,
    is_confidential,
)
from shared.events.facts import ProjectState
from shared.events.period import Month
from shared.events.status import OpenProject, Projects

LISTED = 200
"""Open projects that a status names."""

_LIFE = ("negotiating", "signed", "started", "building", "completed", "producing")
_OPEN = frozenset({"signed", "started", "building"})
_TERMINATED = "terminated"

_Lines = Mapping[Month, ProjectLine]
"""One project's lines by period."""


@dataclass(frozen=True, slots=True)
class _Project:
    """A project by the end of a period."""

    stage: str
    since: str
    stated: ProjectState | None
    """What the feed of stages says of it."""
    due: str | None
    last_progress: Month | None


def projects_block(inputs: UnitInputs, period: Month) -> tuple[Projects | None, tuple[str, ...]]:
    """Projects by the end of `period`, and reason words; null where none is known.

    A stage is the further one of what the feed of stages and the investment reports of the year
    up to `period` say, unless the project was terminated.
    """
    known = _known(inputs.projects, period)
    if not known:
        return None, ()
    contracts = _contracts(known)
    under_way = {subject: project for subject, project in known.items() if project.stage in _OPEN}
    listed = sorted(
        (
            OpenProject(
                subject=inputs.tokens[subject],
                stage=project.stage,
                since=project.since,
                due=project.due,
                last_progress=None if project.last_progress is None else str(project.last_progress),
            )
            for subject, project in under_way.items()
        ),
        key=lambda project: (project.since, project.subject),
    )
    block = Projects(
        period=str(period),
        by_stage=dict(sorted(Counter(p.stage for p in known.values()).items())),
        contracted_total={currency: sum(amounts) for currency, amounts in contracts.items()},
        open=tuple(listed[:LISTED]),
        open_count=len(listed),
    )
    secret = any(is_confidential(amounts, inputs.limits) for amounts in contracts.values())
    return block, (CONTRACTS_CONFIDENTIAL,) if secret else ()


def _known(feeds: ProjectFeeds, period: Month) -> dict[int, _Project]:
    stages = _by_subject(feeds.stages, None, period)
    investment = _by_subject(feeds.investment, period.last_year, period)
    return {
        subject: _project(stages.get(subject, {}), investment.get(subject, {}))
        for subject in stages.keys() | investment.keys()
    }


def _by_subject(
    lines: Mapping[Month, Mapping[int, ProjectLine]], after: Month | None, until: Month
) -> dict[int, _Lines]:
    found: dict[int, dict[Month, ProjectLine]] = {}
    for month in sorted(lines):
        if month <= until and (after is None or month > after):
            for subject, line in lines[month].items():
                if line.state is not None:
                    found.setdefault(subject, {})[month] = line
    return found  # type: ignore[return-value]


def _project(stages: _Lines, investment: _Lines) -> _Project:
    reached = max(stages, default=None)
    stated = stages[reached].state if reached is not None else None
    newest = max(investment, default=None)
    reported = investment[newest].state if newest is not None else None
    stage, since = _stage(stages, investment)
    dues = (state.completed_on for state in (reported, stated) if state is not None)
    return _Project(
        stage=stage,
        since=since,
        stated=stated,
        due=next((day for day in dues if day is not None), None),
        last_progress=_last_progress(investment),
    )


def _stage(stages: _Lines, investment: _Lines) -> tuple[str, str]:
    """The stage, and the day on which it was reached (the first of the month where unknown)."""
    stated, reported = _newest(stages), _newest(investment)
    if reported is None or (
        stated is not None
        and (stated.stage == _TERMINATED or _rank(stated.stage) >= _rank(reported.stage))
    ):
        if stated is None:
            raise ValueError("a project without any line")
        return stated.stage, stated.occurred_on or _first_day(max(stages))
    same = [
        m for m, line in investment.items() if line.state and line.state.stage == reported.stage
    ]
    if reported.started_on is not None and reported.stage in {"started", "building"}:
        return reported.stage, reported.started_on
    return reported.stage, _first_day(min(same))


def _newest(lines: _Lines) -> ProjectState | None:
    return lines[max(lines)].state if lines else None


def _rank(stage: str) -> int:
    return _LIFE.index(stage) if stage in _LIFE else -1


def _first_day(month: Month) -> str:
    return f"{month}-01"


def _last_progress(investment: _Lines) -> Month | None:
    """Newest period whose year-to-date is above that of the report before it in the same year."""
    newest: Month | None = None
    before: tuple[int, int] | None = None
    for month in sorted(investment):
        ytd = investment[month].contribution.ytd
        if ytd is None:
            continue
        last = before[1] if before is not None and before[0] == month.year else 0
        if ytd > last:
            newest = month
        before = (month.year, ytd)
    return newest


def _contracts(known: Mapping[int, _Project]) -> dict[str, list[int]]:
    """Contracted totals by currency, of the projects that are not terminated."""
    found: dict[str, list[int]] = {}
    for project in known.values():
        stated = project.stated
        if stated is None or project.stage == _TERMINATED or stated.contracted_total is None:
            continue
        if stated.currency is not None:
            found.setdefault(stated.currency, []).append(stated.contracted_total)
    return dict(sorted(found.items()))
