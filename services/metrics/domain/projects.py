"""The projects block of a status: how far a unit's projects had come by the end of a period."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from services.metrics.domain.inputs import ProjectFeeds, UnitInputs
from services.metrics.domain.project_history import NO_TRACK, Track
from shared.confidentiality import CONTRACTS_CONFIDENTIAL, is_confidential
from shared.events.facts import ProjectState
from shared.events.period import Month
from shared.events.status import OpenProject, Projects

LISTED = 200
"""Open projects that a status names."""

_UNDER_WAY = frozenset({"started", "building"})
_OPEN = frozenset({"signed", *_UNDER_WAY})
_TERMINATED = "terminated"
_LIFE = ("negotiating", "signed", "started", "building", "completed", "producing", _TERMINATED)
_PLACES = {stage: place for place, stage in enumerate(_LIFE)}
_UNKNOWN = -1
"""Place of a word that only a newer ingest knows: any known one is further."""


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
    """Projects by subject: all that ever reached a stage, or were invested in within a year."""
    found: dict[int, _Project] = {}
    for subject in feeds.stage_tracks.keys() | feeds.investment_tracks.keys():
        project = _project(
            feeds.stage_tracks.get(subject, NO_TRACK),
            feeds.investment_tracks.get(subject, NO_TRACK),
            period,
        )
        if project is not None:
            found[subject] = project
    return found


def _project(stages: Track, investment: Track, period: Month) -> _Project | None:
    year = period.last_year
    last, newest = stages.newest(None, period), investment.newest(year, period)
    stated = None if last is None else stages.states[last]
    reported = None if newest is None else investment.states[newest]
    if stated is not None and last is not None and not _is_further(reported, stated):
        stage, since = stated.stage, stated.occurred_on or _first_day(stages.months[last])
    elif reported is not None and newest is not None:
        stage, since = reported.stage, _first_day(investment.same_stage_since(newest, year))
        if reported.started_on is not None and stage in _UNDER_WAY:
            since = reported.started_on
    else:
        return None
    dues = (state.completed_on for state in (reported, stated) if state is not None)
    due = next((day for day in dues if day is not None), None)
    return _Project(stage, since, stated, due, investment.last_progress(year, period))


def _is_further(reported: ProjectState | None, stated: ProjectState) -> bool:
    """Whether the investment report knows a later stage than the feed of stages."""
    if reported is None or stated.stage == _TERMINATED:
        return False
    return _PLACES.get(reported.stage, _UNKNOWN) > _PLACES.get(stated.stage, _UNKNOWN)


def _first_day(month: Month) -> str:
    return f"{month}-01"


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
