"""Corrections: figures of earlier issues that read differently when this one was frozen."""

from services.alerts.domain.papers.corrections import FUNDS_FIELD
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.model import Block, Row, Section
from services.alerts.domain.papers.snapshot import Change

_KINDS = {"ytd_growth": Kind.CHANGE, "coverage": Kind.COVERAGE, "verdict": Kind.VERDICT}
"""Of fields that are no amounts."""


def corrections(desk: Desk) -> list[Section]:
    """The list, of what the reader may see; hidden ones are not even counted."""
    order = {unit.id: place for place, unit in enumerate(desk.scope)}
    seen = [one for one in desk.snapshot.changes if one.unit in order and desk.view.shows(one)]
    found = sorted(seen, key=lambda one: (one.period, order[one.unit]))
    count = desk.count("corrections", len(found), "处")
    keys = ("unit", "indicator", "period", "field", "said", "now", "difference", "said_in")
    columns = [desk.column(key) for key in keys]
    blocks: list[Block] = [desk.say("corrections", count=count)]
    blocks += desk.table("correction_list", columns, [_row(desk, one) for one in found])
    return desk.section("corrections", blocks)


def _row(desk: Desk, change: Change) -> Row:
    series = desk.snapshot.by_series.get((change.unit, change.indicator), {})
    measure = next((status.measure for status in series.values()), "CNY")
    field, _, currency = change.field.partition(FUNDS_FIELD)
    word = desk.wording.word("fields", "funds" if currency else field)
    measure = currency or ("CNY" if field == "investment" else measure)
    kind = _KINDS.get(field, Kind.AMOUNT)
    place = figure_id(change.unit, change.indicator, change.period, f"correction.{change.field}")

    def figure(part: str, value: float | str | None, form: Form | None = None) -> Figure:
        is_points = part == "difference" and kind in {Kind.CHANGE, Kind.COVERAGE}
        return Figure(
            f"{place}.{part}",
            Kind.POINTS if is_points else kind,
            value,
            measure,
            "" if value is not None else "no_figure",
            form=form,
        )

    difference = (
        "" if change.difference is None else figure("difference", change.difference, Form.SIGNED)
    )
    return Row(
        (
            desk.name(change.unit),
            desk.indicator(change.unit, change.indicator),
            desk.period(change.period),
            word,
            figure("said", change.said),
            figure("now", change.now),
            difference,
            desk.period(change.said_in),
        )
    )
