"""How every score came about: raw value, points, weight, contribution, and the figures behind."""

from collections.abc import Iterator

from services.alerts.domain.papers.contest import Contest
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import Row, Run, Section
from services.alerts.domain.papers.ranking import Evidence, Part, Ranked

_POINTS = "分"
_KINDS = {
    "ytd": Kind.AMOUNT,
    "level": Kind.AMOUNT,
    "gap": Kind.AMOUNT,
    "ytd_growth": Kind.CHANGE,
    "target": Kind.CHANGE,
    "coverage": Kind.COVERAGE,
}
"""Of figures behind a score; the others are counts."""
_MEASURES = {
    "working_days_late": "个工作日",
    "projects.moved": "个",
    "projects.stalled": "个",
    "projects.of": "个",
}
_MILLION = 1_000_000


def traces(desk: Desk, contest: Contest, *, whole: bool) -> list[Section]:
    """Of all regions, or of the paper's own."""
    found = [one for one in contest.ranked if whole or one.unit == desk.unit]
    scores = (
        desk.column("region"),
        desk.column("criterion"),
        desk.column("raw"),
        desk.column("score", Kind.SCORE, _POINTS),
        desk.column("weight", Kind.SHARE, "%"),
        desk.column("effective_weight", Kind.SHARE, "%"),
        desk.column("contribution", Kind.SCORE, _POINTS),
        desk.column("reason"),
    )
    rows = [_row(contest, one, part) for one in found for part in one.parts]
    behind = (
        desk.column("region"),
        desk.column("criterion"),
        desk.column("unit"),
        desk.column("period", Kind.PERIOD),
        desk.column("field"),
        desk.column("value"),
        desk.column("version", Kind.TEXT),
    )
    evidence = [row for one in found for row in _evidence(desk, one)]
    return [
        *desk.section("traces", desk.table("trace_table", scores, rows)),
        *desk.section("evidence", desk.table("evidence_table", behind, evidence)),
    ]


def _row(contest: Contest, one: Ranked, part: Part) -> Row:
    word = contest.desk.wording.word
    return Row(
        (
            one.name,
            word("criteria", str(part.criterion)),
            contest.raw(one, part),
            contest.score(one, part),
            contest.rule(f"{part.criterion}.weight", part.weight),
            contest.effective_weight(one, part),
            contest.contribution(one, part),
            "" if part.raw.value is not None else contest.reason(part),
        )
    )


def _evidence(desk: Desk, one: Ranked) -> Iterator[Row]:
    word = desk.wording.word
    for part in one.parts:
        for fact in part.raw.evidence:
            unit, period = _place(fact)
            yield Row(
                (
                    one.name,
                    word("criteria", str(part.criterion)),
                    desk.name(unit),
                    Figure(f"{fact.key}|evidence.period", Kind.PERIOD, period),
                    word("evidence_figures", fact.figure),
                    _value(desk, part, fact),
                    _version(fact),
                )
            )


def _value(desk: Desk, part: Part, fact: Evidence) -> Figure:
    kind = _KINDS.get(fact.figure, Kind.COUNT)
    value = fact.value
    if fact.figure == "target" and value is not None:
        value = value / _MILLION
    return Figure(
        f"{fact.key}|evidence.{part.criterion}.{fact.figure}",
        kind,
        value,
        _MEASURES.get(fact.figure) or _measure(desk, fact),
        "" if value is not None else "no_figure",
    )


def _measure(desk: Desk, fact: Evidence) -> str:
    """Base unit of the status that the figure is from."""
    _, unit, indicator, _ = fact.key.split("|")
    series = desk.snapshot.by_series.get((unit, indicator), {})
    return next((status.measure for status in series.values()), "CNY")


def _version(fact: Evidence) -> Run:
    if fact.version is None:
        return ""
    return Figure(f"{fact.key}|version", Kind.TEXT, str(fact.version))


def _place(fact: Evidence) -> tuple[str, str]:
    """Unit and period of a record key (plan|unit|indicator|period) or of ``unit|period``."""
    parts = fact.key.split("|")
    return (parts[1], parts[3]) if fact.version is not None else (parts[0], parts[1])
