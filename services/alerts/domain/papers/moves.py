"""What moved since the issue before: new figures, verdicts that rose or fell."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.alerts.domain.papers.desk import PER_CENT, YUAN, Desk
from services.alerts.domain.papers.figure import Figure, Kind, figure_id
from services.alerts.domain.papers.model import Block, Row, Section
from services.alerts.domain.papers.unit_figures import UnitFigures
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.severity import rank
from shared.confidentiality import Shown
from shared.events.status import Colour, Status


@dataclass(frozen=True, slots=True)
class Move:
    """A unit whose newest figures are not those of the issue before, as the reader sees both."""

    now: UnitFigures
    before: Shown | None
    step: int
    """Above 0 where the verdict improved, below where it fell; 0 where it stayed or is new."""


def moves(desk: Desk) -> list[Section]:
    """Counts and a table; the first issue has nothing to compare with and says so."""
    before = desk.snapshot.before
    if before is None:
        period = desk.period(desk.snapshot.period)
        count = desk.count("moves", len(desk.scope))
        return desk.section("moves", [desk.say("first_issue", period=period, count=count)])
    found = found_moves(desk)
    said = desk.say(
        "moves",
        period=desk.period(before.period),
        changed=desk.count("moves", len(found)),
        better=desk.count("moves.better", sum(one.step > 0 for one in found)),
        worse=desk.count("moves.worse", sum(one.step < 0 for one in found)),
    )
    columns = (
        desk.column("unit"),
        desk.column("period", Kind.PERIOD),
        desk.column("month", Kind.AMOUNT, YUAN),
        desk.column("ytd", Kind.AMOUNT, YUAN),
        desk.column("growth", Kind.CHANGE, PER_CENT),
        desk.column("verdict", Kind.VERDICT),
        desk.column("before"),
    )
    blocks: list[Block] = [said]
    blocks += desk.table("move_list", columns, [_row(desk, one) for one in found])
    return desk.section("moves", blocks)


def found_moves(desk: Desk) -> list[Move]:
    """Units of the scope that moved, in the plan's order."""
    before = desk.snapshot.before
    stated = {} if before is None else {(one.unit, one.indicator): one for one in before.headlines}
    view = desk.view.before(desk.snapshot)
    found = (_move(desk.of(unit.id), stated, view) for unit in desk.scope)
    return [one for one in found if one is not None]


def _move(
    now: UnitFigures, stated: Mapping[tuple[str, str], Status], view: ReaderView
) -> Move | None:
    status = stated.get((now.unit, now.indicator))
    before = None if status is None else view.show(status)
    if now.shown is None or (before is not None and _reads_the_same(before, now.shown)):
        return None
    return Move(now, before, 0 if before is None else _step(before, now.shown))


def _reads_the_same(before: Shown, now: Shown) -> bool:
    """By what the reader sees: of a hidden unit the period and the direction alone."""
    return _seen(before) == _seen(now)


def _seen(shown: Shown) -> tuple[object, ...]:
    one = shown.status
    return (one.period, one.month, one.ytd, one.ytd_growth, shown.verdict, shown.colour)


def _step(before: Shown, now: Shown) -> int:
    """By severity; where one side is hidden, by on and off track alone."""
    if before.track is None or now.track is None:
        return 0
    if before.suppressed or now.suppressed:
        return (now.track == "on_track") - (before.track == "on_track")
    return rank(Colour(before.colour)) - rank(Colour(now.colour))


def _row(desk: Desk, move: Move) -> Row:
    now, before = move.now, move.before
    said = Figure(
        figure_id(now.unit, now.indicator, "", "verdict.before"),
        Kind.VERDICT,
        None if before is None else before.verdict,
        reason="" if before is not None else "no_figure",
        colour=None if before is None else Colour(before.colour),
    )
    return Row(
        (
            desk.name(now.unit),
            desk.period(now.period),
            now.month(),
            now.ytd(),
            now.growth(),
            now.verdict(),
            said,
        )
    )
