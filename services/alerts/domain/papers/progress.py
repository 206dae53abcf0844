"""Progress towards the path: counts and sentences, tables of units, charts."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from services.alerts.domain.papers.desk import PER_CENT, YUAN, Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind
from services.alerts.domain.papers.model import (
    Block,
    Chart,
    ChartKind,
    Column,
    Paragraph,
    Role,
    Row,
    Run,
    Section,
    Series,
)
from services.alerts.domain.papers.plan_facts import UnitFacts
from services.alerts.domain.papers.unit_figures import UnitFigures, figures_of
from services.alerts.domain.papers.wording import listed, paragraph
from shared.events.period import Month
from shared.plans import UnitKind

_FASTEST = 3
"""Units that the text names as the fastest growing; all stand in the table."""
_TABLES = (
    ("clusters", "cluster", UnitKind.CLUSTER),
    ("industries", "industry", UnitKind.INDUSTRY),
    ("regions", "region", UnitKind.REGION),
)


def overview(desk: Desk) -> list[Section]:
    """How many clusters stand where, and the paper's own unit in sentences."""
    blocks: list[Block] = []
    clusters = desk.units(UnitKind.CLUSTER)
    if len(clusters) > 1:
        blocks.append(_counts(desk, clusters))
    blocks.append(standing(desk, desk.unit))
    if len(clusters) > 1:
        blocks += _named(desk, clusters)
    return desk.section("overview", blocks)


def progress(desk: Desk) -> list[Section]:
    """Tables of all units in scope, and how they stand to each other and to the path."""
    blocks: list[Block] = []
    inside = desk.scope[1:]
    for key, heading, kind in _TABLES:
        units = [one for one in inside if one.kind is kind]
        blocks += desk.table(key, _columns(desk, heading), [_row(desk, one) for one in units])
    blocks[:0] = desk.table("own", _columns(desk, "unit"), [_row(desk, desk.facts)])
    clusters = desk.units(UnitKind.CLUSTER)
    if len(clusters) > 1:
        blocks += [_ranking(desk, clusters), _reached(desk, clusters)]
    blocks += path_chart(desk, desk.unit)
    return desk.section("progress", blocks)


def standing(desk: Desk, unit: str) -> Paragraph:
    """One unit in sentences: what was reported, against the path, and where it leads."""
    found = desk.of(unit)
    name, word = desk.name(unit), desk.indicator(unit, found.indicator)
    wording = desk.wording
    status = found.status
    if status is None:
        of = str(desk.month) if desk.month is not None else desk.snapshot.period
        return desk.say("not_reported", unit=name, indicator=word, period=desk.period(of))
    if found.is_suppressed:
        return desk.say("judged", unit=name, verdict=found.verdict())
    growth = found.growth(Form.WORDED)
    ytd = found.ytd()
    if status.month is None:
        said = wording.runs("level_of_year", unit=name, indicator=word, ytd=ytd, growth=growth)
    else:
        said = wording.runs(
            "level", unit=name, indicator=word, month=found.month(), ytd=ytd, growth=growth
        )
    return paragraph(said, _against_path(desk, found), list(_outlook(desk, found)))


def _against_path(desk: Desk, found: UnitFigures) -> Sequence[Run]:
    required = found.required()
    if required.value is None:
        return desk.wording.runs("judged", unit=desk.name(found.unit), verdict=found.verdict())
    return desk.wording.runs("path", required=required, gap=found.gap(), verdict=found.verdict())


def _outlook(desk: Desk, found: UnitFigures) -> Iterator[Run]:
    status, wording = found.status, desk.wording
    if status is None:
        return
    forecast, target = status.forecast, status.target
    if forecast is not None:
        year = desk.period(str(forecast.year), "year")
        low, high = found.forecast("p10"), found.forecast("p90")
        median = found.forecast()
        if low.value is None or high.value is None:
            yield from wording.runs("forecast", year=year, median=median)
        else:
            yield from wording.runs("forecast_band", year=year, median=median, low=low, high=high)
    if status.probability is not None and target is not None and target.year is not None:
        year = desk.period(str(target.year), "year")
        yield from wording.runs("probability", year=year, probability=found.probability())


def _counts(desk: Desk, clusters: Sequence[UnitFacts]) -> Paragraph:
    tracks = [
        None if figures.shown is None else figures.shown.track
        for figures in (desk.of(one.id) for one in clusters)
    ]
    on, off = tracks.count("on_track"), tracks.count("off_track")
    of = str(desk.month) if desk.month is not None else desk.snapshot.period
    return desk.say(
        "counts",
        period=desk.period(of),
        scope=desk.facts.name,
        all=desk.count("clusters", len(tracks)),
        on=desk.count("clusters.on_track", on),
        off=desk.count("clusters.off_track", off),
        grey=desk.count("clusters.grey", len(tracks) - on - off),
    )


def _named(desk: Desk, clusters: Sequence[UnitFacts]) -> Iterator[Paragraph]:
    """The fastest, those that fall, and those off track, by the figures that may be seen."""
    grown = ranked(desk, clusters, _growth)
    fastest = [pair for pair in grown if _number(pair[1]) > 0][:_FASTEST]
    falling = [pair for pair in reversed(grown) if _number(pair[1]) < 0]
    for key, pairs in (("fastest", fastest), ("falling", falling)):
        if pairs:
            yield desk.say(key, list=_entries(desk, pairs))
    off = [
        desk.wording.runs("off_entry", unit=desk.name(one.id), verdict=figures.verdict())
        for one, figures in ((one, desk.of(one.id)) for one in clusters)
        if figures.shown is not None and figures.shown.track == "off_track"
    ]
    if off:
        yield desk.say("off_track", list=listed(off, "、"))


def _entries(desk: Desk, pairs: Iterable[tuple[UnitFacts, Figure]]) -> Sequence[Run]:
    items = [
        desk.wording.runs(
            "entry", unit=desk.name(one.id), growth=desk.of(one.id).growth(Form.WORDED)
        )
        for one, _ in pairs
    ]
    return listed(items, "、")


def ranked(
    desk: Desk, units: Iterable[UnitFacts], read: Callable[[UnitFigures], Figure]
) -> list[tuple[UnitFacts, Figure]]:
    """Units with a figure that the reader sees, the greatest first; ties in the plan's order.

    What is hidden takes part in no order: its place would tell it.
    """
    pairs = [(one, read(desk.of(one.id))) for one in units]
    seen = [pair for pair in pairs if pair[1].value is not None]
    return sorted(seen, key=lambda pair: -_number(pair[1]))


def _growth(found: UnitFigures) -> Figure:
    return found.growth(colour=found.colour)


def _number(figure: Figure) -> float:
    return figure.value if isinstance(figure.value, (int, float)) else 0.0


def _columns(desk: Desk, heading: str) -> tuple[Column, ...]:
    return (
        desk.column(heading),
        desk.column("indicator"),
        desk.column("month", Kind.AMOUNT, YUAN),
        desk.column("ytd", Kind.AMOUNT, YUAN),
        desk.column("growth", Kind.CHANGE, PER_CENT),
        desk.column("required", Kind.AMOUNT, YUAN),
        desk.column("gap", Kind.AMOUNT, YUAN),
        desk.column("verdict", Kind.VERDICT),
        desk.column("forecast", Kind.AMOUNT, YUAN),
        desk.column("probability", Kind.PROBABILITY, PER_CENT),
    )


def _row(desk: Desk, unit: UnitFacts) -> Row:
    found = desk.of(unit.id)
    return Row(
        (
            desk.name(unit.id),
            desk.indicator(unit.id, found.indicator),
            found.month(),
            found.ytd(),
            found.growth(),
            found.required(),
            found.gap(),
            found.verdict(),
            found.forecast(),
            found.probability(),
        )
    )


def _ranking(desk: Desk, units: Sequence[UnitFacts]) -> Chart:
    """Growth as bars, the greatest first; what is not seen stands at the end, without a bar."""
    pairs = ranked(desk, units, _growth)
    known = {one.id for one, _ in pairs}
    rest = [(one, _growth(desk.of(one.id))) for one in units if one.id not in known]
    bars = [*pairs, *rest]
    return Chart(
        "ranking",
        desk.wording.text("ranking"),
        ChartKind.BAR,
        tuple(desk.name(one.id) for one, _ in bars),
        (Series(desk.wording.word("columns", "growth"), tuple(figure for _, figure in bars)),),
        PER_CENT,
        desk.wording.text("ranking_alt"),
    )


def _reached(desk: Desk, units: Sequence[UnitFacts]) -> Chart:
    """Year to date beside what the path asks of it."""
    found = [desk.of(one.id) for one in units]
    word = desk.wording.word
    return Chart(
        "reached",
        desk.wording.text("reached"),
        ChartKind.BAR,
        tuple(desk.name(one.id) for one in units),
        (
            Series(word("columns", "ytd"), tuple(one.ytd() for one in found)),
            Series(
                word("columns", "required"),
                tuple(one.required() for one in found),
                Role.REFERENCE,
            ),
        ),
        YUAN,
        desk.wording.text("reached_alt"),
    )


def path_chart(desk: Desk, unit: str) -> list[Chart]:
    """Year to date, required and last year's, by the reporting periods of the year so far."""
    newest = desk.of(unit)
    if newest.complete is None or newest.is_suppressed or newest.measure != "CNY":
        return []
    series = desk.snapshot.by_series[unit, newest.indicator]
    end = Month.parse(newest.complete.period)
    months = [month for month in series if month.year == end.year and month <= end]
    points = [
        figures_of(desk.snapshot, desk.view, (unit, newest.indicator, str(month)), series[month])
        for month in months
    ]
    word = desk.wording.word
    lines = [
        Series(word("columns", "ytd"), tuple(one.ytd() for one in points)),
        Series(
            word("columns", "same_time"),
            tuple(one.amount("ytd_last_year", "no_last_year") for one in points),
        ),
    ]
    if any(one.status is not None and one.status.required_ytd is not None for one in points):
        required = tuple(one.required() for one in points)
        lines.insert(1, Series(word("columns", "required"), required, Role.REFERENCE))
    return [
        Chart(
            "path",
            desk.wording.text("path", unit=desk.name(unit)),
            ChartKind.LINE,
            tuple(desk.period(str(month)) for month in months),
            tuple(lines),
            YUAN,
            desk.wording.text("path_alt", unit=desk.name(unit)),
        )
    ]
