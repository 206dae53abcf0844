"""The quarterly ranking (季评比): counties and parks side by side, or one of them by itself."""

from dataclasses import dataclass

from services.alerts.domain.papers.builder import NoSuchPaperError
from services.alerts.domain.papers.contest import Contest, contest_of
from services.alerts.domain.papers.correction_list import corrections
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind
from services.alerts.domain.papers.model import (
    Block,
    Chart,
    ChartKind,
    Column,
    Paper,
    PaperKind,
    Paragraph,
    Row,
    Run,
    Section,
    Series,
)
from services.alerts.domain.papers.ranking import Ranked
from services.alerts.domain.papers.ranking_rules import Criterion
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.score_traces import traces
from services.alerts.domain.papers.sheet import desk_of, paper_of
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Wording, listed
from shared.plans import UnitKind

_LEADING = 3
"""Regions that the text names; all stand in the table."""
_WEAK_BELOW = 60
"""Points under which a region's own paper names a criterion."""
_POINTS = "分"


@dataclass(frozen=True, slots=True)
class QuarterlyRanking:
    """`Builder` of quarterly rankings."""

    wording: Wording
    kind: PaperKind = PaperKind.QUARTERLY
    rhythm: Rhythm = Rhythm.QUARTERLY

    def build(self, snapshot: Snapshot, unit: str, view: ReaderView) -> Paper:
        """The ranking of a quarter: of the whole plan, or what it says of one region.

        Raises `NoSuchPaperError` for a cluster or an industry, and where nothing is ranked.
        """
        desk = desk_of(snapshot, unit, view, self.wording, snapshot.paper_period.month)
        contest = contest_of(desk)
        is_whole = unit == snapshot.plan.city
        if not is_whole and desk.facts.kind is not UnitKind.REGION:
            raise NoSuchPaperError(
                f"only counties, parks and the whole area are ranked, not {unit}"
            )
        if not contest.rules.enabled:
            raise NoSuchPaperError(f"the ranking of {snapshot.plan.id} is switched off")
        places = _whole(desk, contest) if is_whole else _own(desk, contest)
        sections = [*places, *_criteria(desk, contest), *traces(desk, contest, whole=is_whole)]
        return paper_of(desk, self.kind, [*sections, *corrections(desk)])


def _whole(desk: Desk, contest: Contest) -> list[Section]:
    found = contest.ranked
    blocks: list[Block] = []
    if len(found) < 2:  # noqa: PLR2004 - side by side
        of = desk.count("places.of", len(found))
        return desk.section("places", [desk.say("no_ranking", scope=desk.facts.name, of=of)])
    placed = [one for one in found if one.rank is not None]
    blocks.append(
        desk.say(
            "places",
            period=desk.period(desk.snapshot.period),
            scope=desk.facts.name,
            of=desk.count("places.of", len(found)),
            ranked=desk.count("places.ranked", len(placed)),
            unranked=desk.count("places.unranked", len(found) - len(placed)),
        )
    )
    if placed:
        leading = [
            desk.wording.runs(
                "place_entry", unit=one.name, place=contest.rank(one), score=contest.total(one)
            )
            for one in placed
            if (one.rank or 0) <= _LEADING
        ]
        blocks.append(desk.say("leading", list=listed(leading, "、")))
    blocks += edition(desk, contest)
    rows = [_row(contest, one) for one in found]
    blocks += desk.table("place_table", _columns(desk, contest), rows)
    blocks.append(_chart(desk, contest))
    return desk.section("places", blocks)


def _own(desk: Desk, contest: Contest) -> list[Section]:
    """One region: its place among all, without what is told of the others."""
    own = contest.of(desk.unit)
    if own is None:
        raise NoSuchPaperError(f"{desk.unit} takes no part in the ranking")
    return desk.section("places", [own_place(desk, contest, own), *_weak(desk, contest, own)])


def own_place(desk: Desk, contest: Contest, own: Ranked) -> Paragraph:
    """A region's total and place in a sentence."""
    period = desk.period(desk.snapshot.period)
    placed = sum(one.rank is not None for one in contest.ranked)
    if own.rank is None:
        return desk.say(
            "own_unranked",
            period=period,
            unit=own.name,
            assessable=contest.assessable(own),
            least=contest.rule("least_assessable", contest.rules.least_assessable),
        )
    return desk.say(
        "own_place",
        period=period,
        unit=own.name,
        score=contest.total(own),
        ranked=desk.count("places.ranked", placed),
        place=contest.rank(own),
    )


def _weak(desk: Desk, contest: Contest, own: Ranked) -> list[Paragraph]:
    weak = [
        desk.wording.runs(
            "weak_entry",
            criterion=desk.wording.word("criteria", str(part.criterion)),
            score=contest.score(own, part),
        )
        for part in own.parts
        if part.score is not None and part.score < _WEAK_BELOW
    ]
    said = [desk.say("weak", list=listed(weak, "、"))] if weak else []
    return [*said, *edition(desk, contest)]


def edition(desk: Desk, contest: Contest) -> list[Paragraph]:
    """Where something is hidden the ranking is another one, and says so."""
    hidden = contest.hidden
    if not contest.is_public or not hidden:
        return []
    return [desk.say("masked_edition", count=desk.count("places.hidden", hidden, "项"))]


def _columns(desk: Desk, contest: Contest) -> tuple[Column, ...]:
    group = desk.wording.word("columns", "contribution")
    return (
        desk.column("region"),
        desk.column("place", Kind.COUNT),
        desk.column("sum", Kind.SCORE, _POINTS),
        *(
            Column(desk.wording.word("criteria", str(name)), Kind.SCORE, _POINTS, group)
            for name in contest.rules.criteria
        ),
        desk.column("assessable", Kind.SHARE, "%"),
    )


def _row(contest: Contest, one: Ranked) -> Row:
    cells: list[Run] = [one.name, contest.rank(one), contest.total(one)]
    cells += [contest.contribution(one, part) for part in one.parts]
    return Row((*cells, contest.assessable(one)))


def _chart(desk: Desk, contest: Contest) -> Chart:
    found = contest.ranked
    return Chart(
        "place_chart",
        desk.wording.text("place_chart"),
        ChartKind.BAR,
        tuple(one.name for one in found),
        (Series(desk.wording.word("columns", "sum"), tuple(contest.total(one) for one in found)),),
        _POINTS,
        desk.wording.text("place_chart_alt"),
    )


def _criteria(desk: Desk, contest: Contest) -> list[Section]:
    columns = (
        desk.column("criterion"),
        desk.column("weight", Kind.SHARE, "%"),
        desk.column("zero", Kind.SHARE, "%"),
        desk.column("full", Kind.SHARE, "%"),
        desk.column("meaning"),
    )
    word = desk.wording.word

    def row(name: Criterion) -> Row:
        posts = contest.rules.criteria[name]
        figures: tuple[Figure, ...] = (
            contest.rule(f"{name}.weight", posts.weight),
            contest.rule(f"{name}.zero", posts.zero, Form.PLAIN),
            contest.rule(f"{name}.full", posts.full, Form.PLAIN),
        )
        return Row((word("criteria", str(name)), *figures, word("criterion_meanings", str(name))))

    rows = [row(name) for name in contest.rules.criteria]
    return desk.section("rules", desk.table("criteria", columns, rows))
