"""Facts of a project's stages: how far it had come by the end of each month."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from msgspec.structs import replace

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import Content, Told, project_entry
from services.ingest.domain.lines import Line, ProjectDetails
from services.ingest.domain.register import WHOLE
from shared.events.facts import ProjectState
from shared.events.inputs import ProjectStage
from shared.events.period import Month

_ORDER = {stage: number for number, stage in enumerate(get_args(ProjectStage))}
"""Of several stages on one day the later one in a project's life was reached last."""
_TERMINATED = "terminated"


def project_facts(lines: Sequence[Line], attributor: Attributor) -> dict[Month, Told]:
    """By month in which a stage was reached, the state at the month's end for each unit.

    `lines` are all standing stage lines of one project, in any order. A project does not move: it
    counts, in all months, where the newest of its stages places it.
    """
    reached = list(_history(lines))
    if not reached:
        return {}
    entry = project_entry(_details(reached[-1]), attributor)
    facts: dict[Month, Told] = {}
    for month, group in groupby(reached, key=lambda line: line.period):
        *_, last = group
        content = Content(last.version.revision, weight=WHOLE, project=_state(_details(last)))
        units = [unit for found in attributor.of(entry, month) for unit in found.weights]
        facts[month] = dict.fromkeys(units, content)
    return facts


def standing_stages(lines: Sequence[Line]) -> list[Line]:
    """Lines that hold, in the order in which the stages were reached.

    A greater revision of a stage replaces its lower ones on other days: the day was corrected.
    Equal revisions on several days are several times; what comes after a termination is nothing.
    """
    newest: dict[str, int] = {}
    for line in lines:
        stage = _details(line).stage
        newest[stage] = max(newest.get(stage, 0), line.version.revision)
    held = [line for line in lines if line.version.revision == newest[_details(line).stage]]
    held.sort(key=lambda line: _rank(_details(line)))
    for number, line in enumerate(held, start=1):
        if _details(line).stage == _TERMINATED:
            return held[:number]
    return held


def _history(lines: Sequence[Line]) -> Iterator[Line]:
    """Standing stages; what a later one leaves unsaid is taken from those before it."""
    before: ProjectDetails | None = None
    for line in standing_stages(lines):
        details = _details(line)
        if before is not None:
            details = _completed(details, before)
        before = details
        yield replace(line, project=details)


def _completed(details: ProjectDetails, before: ProjectDetails) -> ProjectDetails:
    same_place = details.region == before.region
    unsaid = details.contracted_total is None
    return replace(
        details,
        cluster=details.cluster or (before.cluster if same_place else None),
        park=details.park or (before.park if same_place else None),
        contracted_total=before.contracted_total if unsaid else details.contracted_total,
        currency=before.currency if unsaid else details.currency,
        origin=details.origin or before.origin,
        top500=before.top500 if details.top500 is None else details.top500,
    )


def _details(line: Line) -> ProjectDetails:
    if line.project is None:
        raise TypeError("only lines of projects say where they are")
    return line.project


def _rank(details: ProjectDetails) -> tuple[str, int]:
    return details.occurred_on or "", _ORDER[details.stage]


def _state(details: ProjectDetails) -> ProjectState:
    return ProjectState(
        stage=details.stage,
        occurred_on=details.occurred_on,
        contracted_total=details.contracted_total,
        currency=details.currency,
        manufacturing=details.manufacturing,
        origin=details.origin,
        top500=details.top500,
    )
