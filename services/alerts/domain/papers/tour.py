"""The sheet for the quarterly tour (巡看) of a county or park, or of all of them one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from services.alerts.domain.papers.alert_lists import alerts
from services.alerts.domain.papers.builder import NoSuchPaperError
from services.alerts.domain.papers.contest import Contest, contest_of
from services.alerts.domain.papers.desk import PER_CENT, YUAN, Desk
from services.alerts.domain.papers.figure import Kind
from services.alerts.domain.papers.model import (
    Block,
    Chart,
    Paper,
    PaperKind,
    Paragraph,
    Row,
    Section,
    Table,
)
from services.alerts.domain.papers.money import money
from services.alerts.domain.papers.plan_facts import UnitFacts
from services.alerts.domain.papers.progress import standing
from services.alerts.domain.papers.project_lists import projects
from services.alerts.domain.papers.quarterly import own_place
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.sheet import desk_of, paper_of
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.tour_questions import questions
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Wording
from shared.plans import UnitKind


@dataclass(frozen=True, slots=True)
class TourSheet:
    """`Builder` of tour sheets."""

    wording: Wording
    kind: PaperKind = PaperKind.TOUR
    rhythm: Rhythm = Rhythm.QUARTERLY

    def build(self, snapshot: Snapshot, unit: str, view: ReaderView) -> Paper:
        """The sheet of one region; for the whole area those of all regions.

        Raises `NoSuchPaperError` for a cluster or an industry.
        """
        desk = desk_of(snapshot, unit, view, self.wording, snapshot.paper_period.month)
        contest = contest_of(desk)
        if unit == snapshot.plan.city:
            regions = desk.units(UnitKind.REGION)
            found = [one for region in regions for one in _chapter(desk, contest, region)]
            return paper_of(desk, self.kind, found)
        if desk.facts.kind is not UnitKind.REGION:
            raise NoSuchPaperError(f"tours go to counties and parks, not to {unit}")
        return paper_of(desk, self.kind, _sheet(desk, contest))


def _sheet(desk: Desk, contest: Contest) -> list[Section]:
    """What is to be known before one goes there, and what is to be asked."""
    return [
        *_overview(desk, contest),
        *projects(desk),
        *map(_in_words, money(desk)),
        *alerts(desk),
        *questions(desk),
    ]


def _in_words(section: Section) -> Section:
    """The sentences alone: a sheet is short, the tables stand in the bulletin."""
    return Section(section.title, tuple(b for b in section.blocks if isinstance(b, Paragraph)))


def _chapter(desk: Desk, contest: Contest, region: UnitFacts) -> list[Section]:
    """One region's sheet inside the paper of all: one level lower, its tables named after it."""
    first, *others = _sheet(replace(desk, unit=region.id), contest)
    head = Section(region.name, tuple(_renamed(first.blocks, region.id)))
    return [
        head,
        *(Section(one.title, tuple(_renamed(one.blocks, region.id)), 2) for one in others),
    ]


def _renamed(blocks: Iterable[Block], region: str) -> Iterable[Block]:
    for block in blocks:
        if isinstance(block, Table | Chart):
            yield msgspec.structs.replace(block, id=f"{block.id}.{region}")
        else:
            yield block


def _overview(desk: Desk, contest: Contest) -> list[Section]:
    blocks: list[Block] = [standing(desk, desk.unit)]
    own = contest.of(desk.unit)
    if own is not None and contest.rules.enabled:
        blocks.append(own_place(desk, contest, own))
    columns = (
        desk.column("cluster"),
        desk.column("ytd", Kind.AMOUNT, YUAN),
        desk.column("growth", Kind.CHANGE, PER_CENT),
        desk.column("required", Kind.AMOUNT, YUAN),
        desk.column("gap", Kind.AMOUNT, YUAN),
        desk.column("verdict", Kind.VERDICT),
    )
    blocks += desk.table("own_clusters", columns, _rows(desk, desk.units(UnitKind.CLUSTER)))
    return desk.section("overview", blocks)


def _rows(desk: Desk, clusters: Sequence[UnitFacts]) -> list[Row]:
    found = [(one.name, desk.of(one.id)) for one in clusters]
    return [
        Row((name, of.ytd(), of.growth(), of.required(), of.gap(), of.verdict()))
        for name, of in found
    ]
