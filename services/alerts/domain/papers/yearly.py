"""The yearly assessment (年考核) of the city, a county or park, an industry or a cluster."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.alerts.domain.papers.assessment import Assessed, Result, assess_year
from services.alerts.domain.papers.correction_list import corrections
from services.alerts.domain.papers.desk import PER_CENT, Desk
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import (
    Block,
    Chart,
    ChartKind,
    Column,
    Paper,
    PaperKind,
    Row,
    Section,
    Series,
)
from services.alerts.domain.papers.results import ResultFigures
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.sheet import desk_of, paper_of
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Wording, listed

_NAMED = 5
"""Missed targets that the text names; all stand in the table."""
_JUDGED = (Result.MET, Result.MISSED, Result.SUPPRESSED)
_UNJUDGED = (Result.NOT_ASSESSABLE, Result.NOT_JUDGED)


@dataclass(frozen=True, slots=True)
class YearlyAssessment:
    """`Builder` of yearly assessments."""

    wording: Wording
    kind: PaperKind = PaperKind.YEARLY
    rhythm: Rhythm = Rhythm.YEARLY

    def build(self, snapshot: Snapshot, unit: str, view: ReaderView) -> Paper:
        """The assessment of a year. Raises `NoSuchPaperError` for a unit that the plan has not."""
        month = snapshot.paper_period.month
        desk = desk_of(snapshot, unit, view, self.wording, month)
        units = {one.id for one in desk.scope}
        found = assess_year(snapshot, view, units, month.year)
        sections = [*_results(desk, found), *_unassessed(desk, found), *_evidence(desk, found)]
        return paper_of(desk, self.kind, [*sections, *corrections(desk)])


def _results(desk: Desk, found: Sequence[Assessed]) -> list[Section]:
    numbers = Counter(one.result for one in found)
    counts = {
        str(result): desk.count(f"results.{result}", numbers[result], "项") for result in Result
    }
    hidden = counts.pop(str(Result.SUPPRESSED))
    blocks: list[Block] = [
        desk.say(
            "results",
            year=desk.period(desk.snapshot.period),
            scope=desk.facts.name,
            of=desk.count("results.of", len(found), "项"),
            **counts,
        )
    ]
    if numbers[Result.SUPPRESSED]:
        blocks.append(desk.say("results_hidden", count=hidden))
    blocks += _furthest(desk, found)
    judged = [ResultFigures(desk, one) for one in found if one.result in _JUDGED]
    blocks += desk.table("result_table", _columns(desk), [_row(one) for one in judged])
    return desk.section("results", [*blocks, *_chart(desk, judged)])


def _furthest(desk: Desk, found: Sequence[Assessed]) -> list[Block]:
    """Of the missed targets those furthest from what the year asked."""
    missed = [ResultFigures(desk, one) for one in found if one.result is Result.MISSED]
    known = [one for one in missed if isinstance(one.ratio().value, float)]
    furthest = sorted(known, key=lambda one: float(one.ratio().value or 0))[:_NAMED]
    entries = [
        desk.wording.runs("missed_entry", target=one.label, ratio=one.ratio()) for one in furthest
    ]
    return [desk.say("missed", list=listed(entries, "、"))] if entries else []


def _columns(desk: Desk) -> tuple[Column, ...]:
    return (
        desk.column("unit"),
        desk.column("indicator"),
        desk.column("comparator"),
        desk.column("required_year"),
        desk.column("level_reached"),
        desk.column("surplus"),
        desk.column("ratio", Kind.SHARE, PER_CENT),
        desk.column("result"),
        desk.column("verdict", Kind.VERDICT),
        desk.column("coverage", Kind.COVERAGE, PER_CENT),
    )


def _row(one: ResultFigures) -> Row:
    return Row(
        (
            one.unit,
            one.name,
            one.comparator,
            one.required(),
            one.level(),
            one.surplus(),
            one.ratio(),
            one.result,
            one.status.verdict(),
            one.status.coverage(),
        )
    )


def _chart(desk: Desk, judged: Sequence[ResultFigures]) -> list[Chart]:
    """Achieved over required; nothing where that cannot be divided."""
    bars = [(one, one.ratio()) for one in judged]
    known = [(one, ratio) for one, ratio in bars if ratio.value is not None]
    if not known:
        return []
    return [
        Chart(
            "result_chart",
            desk.wording.text("result_chart"),
            ChartKind.BAR,
            tuple(one.label for one, _ in known),
            (Series(desk.wording.word("columns", "ratio"), tuple(ratio for _, ratio in known)),),
            PER_CENT,
            desk.wording.text("result_chart_alt"),
        )
    ]


def _unassessed(desk: Desk, found: Sequence[Assessed]) -> list[Section]:
    """Every target that was not judged, with the reason."""
    columns = (
        desk.column("unit"),
        desk.column("indicator"),
        desk.column("target"),
        desk.column("target_year"),
        desk.column("result"),
        desk.column("reason"),
    )
    listed_ones = [ResultFigures(desk, one) for one in found if one.result in _UNJUDGED]
    rows = [
        Row((one.unit, one.name, one.target(), one.target_year(), one.result, one.reason))
        for one in listed_ones
    ]
    return desk.section("unassessed", desk.table("unassessed_table", columns, rows))


def _evidence(desk: Desk, found: Sequence[Assessed]) -> list[Section]:
    """Which figures, of when, by which edition of the plan and where it says so."""
    columns = (
        desk.column("unit"),
        desk.column("indicator"),
        desk.column("period", Kind.PERIOD),
        desk.column("as_of", Kind.MOMENT),
        desk.column("version", Kind.TEXT),
        desk.column("coverage", Kind.COVERAGE, PER_CENT),
        desk.column("target"),
        desk.column("plan_version", Kind.TEXT),
        desk.column("locator"),
    )
    rows = []
    for one in (ResultFigures(desk, one) for one in found if one.result is not Result.NOT_JUDGED):
        figures: tuple[Figure, ...] = (
            desk.period(one.status.period),
            one.status.as_of(),
            one.version(),
            one.status.coverage(),
        )
        rows.append(
            Row((one.unit, one.name, *figures, one.target(), one.plan_version(), one.locator()))
        )
    return desk.section("year_evidence", desk.table("year_evidence_table", columns, rows))
