"""Projects of a unit: how many in which stage, and which do not move."""

from collections import Counter

from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Kind, figure_id
from services.alerts.domain.papers.model import Block, Paragraph, Row, Section
from services.alerts.domain.papers.unit_figures import UnitFigures
from services.alerts.domain.papers.wording import listed
from shared.events.status import Projects
from shared.stalling import Stall, StalledProject, stalled_projects

_STAGES = (
    "negotiating",
    "signed",
    "started",
    "building",
    "completed",
    "producing",
    "terminated",
)


def projects(desk: Desk) -> list[Section]:
    """Stages of the paper's unit, and its stalled projects."""
    own = desk.holding(desk.unit, lambda status: status.projects is not None)
    block = None if own.status is None else own.status.projects
    if block is None:
        return []
    stalled = stalled_projects(block, desk.snapshot.calendar.today, desk.snapshot.stalling)
    blocks: list[Block] = [_stages(desk, block), _stalled(desk, stalled)]
    return desk.section("projects", [*blocks, *_stalled_table(desk, own, stalled)])


def _stages(desk: Desk, block: Projects) -> Paragraph:
    items = [
        desk.wording.runs(
            "stage_count",
            stage=Figure(figure_id(desk.unit, "projects", "", f"stage.{stage}"), Kind.STAGE, stage),
            count=desk.count(f"projects.{stage}", block.by_stage[stage]),
        )
        for stage in _STAGES
        if block.by_stage.get(stage)
    ]
    total = desk.count("projects", sum(block.by_stage.values()))
    name = desk.name(desk.unit)
    if not items:
        return desk.say("no_projects", unit=name, count=total)
    return desk.say("stages", unit=name, count=total, list=listed(items, "、"))


def _stalled(desk: Desk, stalled: tuple[StalledProject, ...]) -> Paragraph:
    total = desk.count("stalled", len(stalled))
    if not stalled:
        return desk.say("none_stalled", count=total)
    first = Counter(one.reasons[0] for one in stalled)
    items = [
        desk.wording.runs(
            "stall_count",
            reason=desk.wording.word("stalls", str(reason)),
            count=desk.count(f"stalled.{reason}", first[reason]),
        )
        for reason in Stall
        if first[reason]
    ]
    return desk.say("stalled", count=total, list=listed(items, "、"))


def _stalled_table(
    desk: Desk, own: UnitFigures, stalled: tuple[StalledProject, ...]
) -> list[Block]:
    """By name or token: for readers with the right to the unit's figures alone."""
    if not stalled or not desk.view.complete(own.unit):
        return []
    names = desk.view.names([one.project.subject for one in stalled])
    columns = (
        desk.column("project"),
        desk.column("stage", Kind.STAGE),
        desk.column("since", Kind.DATE),
        desk.column("reason"),
        desk.column("days", Kind.COUNT, "天"),
    )
    rows = [_row(desk, one, names.get(one.project.subject)) for one in stalled]
    return list(desk.table("stalled", columns, rows))


def _row(desk: Desk, one: StalledProject, name: str | None) -> Row:
    project = one.project

    def place(field: str) -> str:
        return figure_id(desk.unit, "projects", "", f"{project.subject}.{field}")

    return Row(
        (
            Figure(place("name"), Kind.TEXT, name or project.subject),
            Figure(place("stage"), Kind.STAGE, project.stage),
            Figure(place("since"), Kind.DATE, project.since),
            "、".join(desk.wording.word("stalls", str(reason)) for reason in one.reasons),
            Figure(place("days"), Kind.COUNT, one.days, "天"),
        )
    )
