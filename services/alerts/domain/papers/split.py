"""Where the change against last year comes from, unit by unit."""

from collections.abc import Iterator

from services.alerts.domain.papers.desk import YUAN, Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.model import Block, Chart, ChartKind, Row, Run, Section, Series
from services.alerts.domain.papers.unit_figures import UnitFigures, change_part
from services.alerts.domain.papers.wording import paragraph

_PARTS = ("continuing", "entries", "exits", "restatement")


def changes(desk: Desk) -> list[Section]:
    """Sentences and a waterfall of the paper's unit, and a table of all in scope."""
    own = desk.of(desk.unit)
    blocks: list[Block] = []
    if own.complete is not None:
        blocks.append(paragraph(list(_sentences(desk, own))))
    columns = (
        desk.column("unit"),
        desk.column("last_year", Kind.AMOUNT, YUAN),
        *(desk.column(part, Kind.AMOUNT, YUAN) for part in _PARTS),
        desk.column("change", Kind.AMOUNT, YUAN),
        desk.column("total", Kind.AMOUNT, YUAN),
    )
    found = [desk.of(one.id) for one in desk.scope]
    rows = [_row(desk, one) for one in found if one.complete is not None]
    blocks += desk.table("splits", columns, rows)
    return desk.section("changes", [*blocks, *_waterfall(desk, own)])


def _sentences(desk: Desk, own: UnitFigures) -> Iterator[Run]:
    name = desk.name(own.unit)
    change = own.change_of("change", Form.WORDED)
    if change.value is None:
        yield from desk.wording.runs("changes_unknown", unit=name, change=change)
        return
    parts = {part: own.change_of(part) for part in _PARTS}
    yield from desk.wording.runs("changes", unit=name, change=change, **parts)
    yield from _only_by_entries(desk, own)


def _only_by_entries(desk: Desk, own: UnitFigures) -> list[Run]:
    """Where the figure grows only because enterprises came to report, the text says so."""
    split = None if own.status is None else own.status.decomposition
    change, entries = change_part(split, "change"), change_part(split, "entries")
    if change is None or entries is None or change <= 0 or change - entries > 0:
        return []
    rest = Figure(
        figure_id(own.unit, own.indicator, own.period, "decomposition.without_entries"),
        Kind.AMOUNT,
        change - entries,
        own.measure,
        form=Form.WORDED,
    )
    return desk.wording.runs("only_by_entries", rest=rest)


def _row(desk: Desk, found: UnitFigures) -> Row:
    return Row(
        (
            desk.name(found.unit),
            found.stored_last_year(),
            *(found.change_of(part) for part in _PARTS),
            found.change_of("change"),
            found.ytd(),
        )
    )


def _waterfall(desk: Desk, own: UnitFigures) -> list[Chart]:
    if own.status is None or own.status.decomposition is None or own.status.ytd is None:
        return []
    word = desk.wording.word
    names = ("last_year", *_PARTS, "total")
    points = (own.stored_last_year(), *(own.change_of(part) for part in _PARTS), own.ytd())
    return [
        Chart(
            "waterfall",
            desk.wording.text("waterfall", unit=desk.name(own.unit)),
            ChartKind.WATERFALL,
            tuple(word("columns", name) for name in names),
            (Series(word("columns", "change"), points),),
            YUAN,
            desk.wording.text("waterfall_alt", unit=desk.name(own.unit)),
        )
    ]
