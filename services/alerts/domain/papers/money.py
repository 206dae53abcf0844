"""Investment and funds received: side by side, never added."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import msgspec

from services.alerts.domain.papers.desk import PER_CENT, YUAN, Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.model import Block, Paragraph, Row, Section, Table
from services.alerts.domain.papers.unit_figures import Read, UnitFigures
from services.alerts.domain.papers.wording import paragraph
from shared.events.facts import FUNDS
from shared.events.status import Funds, FundsFigure, Status
from shared.plans import UnitKind

_MILLION = 1_000_000
"""Plans keep growth in millionths."""
_INVESTMENT = "investment"
_GROWTH = "growth"


def money(desk: Desk) -> list[Section]:
    """What is known of investment and funds in the scope."""
    units = [one.id for one in desk.scope if one.kind is not UnitKind.INDUSTRY]
    invested = [one for one in map(partial(_invested, desk), units) if _has_investment(one)]
    funded = [one for one in map(partial(_funded, desk), units) if _has_funds(one)]
    blocks: list[Block] = list(_sentences(desk))
    if not blocks:
        of = str(desk.month) if desk.month is not None else desk.snapshot.period
        number = len({one.unit for one in (*invested, *funded)})
        count = desk.count("money", number)
        blocks.append(desk.say("money_none", period=desk.period(of), count=count))
    blocks += _investment_table(desk, invested)
    blocks += _funds_table(desk, funded)
    return desk.section("money", blocks)


def _invested(desk: Desk, unit: str) -> UnitFigures:
    return desk.holding(unit, lambda status: status.investment is not None)


def _funded(desk: Desk, unit: str) -> UnitFigures:
    return desk.holding(unit, lambda status: bool(status.funds))


def _has_investment(found: UnitFigures) -> bool:
    return found.complete is not None and found.complete.investment is not None


def _has_funds(found: UnitFigures) -> bool:
    return found.complete is not None and bool(found.complete.funds)


def _sentences(desk: Desk) -> Iterator[Paragraph]:
    name = desk.name(desk.unit)
    invested, funded = _invested(desk, desk.unit), _funded(desk, desk.unit)
    if _has_investment(invested):
        found = _investment(invested)
        yield desk.say(
            "investment",
            unit=name,
            ytd=_amount(found, "ytd"),
            growth=_invested_growth(found, Form.WORDED),
        )
    for block in () if funded.complete is None else funded.complete.funds:
        found = _funds(funded, block)
        said = desk.wording.runs(
            "funds",
            unit=name,
            ytd=_received(found, block, "total", "ytd"),
            growth=_received(found, block, "total", _GROWTH, Form.WORDED),
        )
        wanted = wanted_growth(desk, desk.unit)
        if block.planned is None or wanted.value is None:
            yield paragraph(said)
            continue
        planned = desk.wording.runs(
            "funds_planned",
            ytd=_received(found, block, "planned", "ytd"),
            growth=_received(found, block, "planned", _GROWTH, Form.WORDED),
            wanted=msgspec.structs.replace(wanted, form=Form.WORDED),
        )
        yield paragraph(said, planned)


def _investment_table(desk: Desk, units: list[UnitFigures]) -> list[Table]:
    columns = (
        desk.column("unit"),
        desk.column("ytd", Kind.AMOUNT, YUAN),
        desk.column("yoy", Kind.CHANGE, PER_CENT),
        desk.column("planned_total", Kind.AMOUNT, YUAN),
        desk.column("since_start", Kind.AMOUNT, YUAN),
        desk.column("completion", Kind.SHARE, PER_CENT),
        desk.column("projects", Kind.COUNT, "个"),
    )
    rows = []
    for unit in units:
        found = _investment(unit)
        rows.append(
            Row(
                (
                    desk.name(unit.unit),
                    _amount(found, "ytd"),
                    _invested_growth(found),
                    _amount(found, "planned_total"),
                    _amount(found, "since_start"),
                    found.figure(
                        Kind.SHARE, "completion", _read_investment("completion"), "no_figure"
                    ),
                    _projects(found),
                )
            )
        )
    return [_apart(desk, table) for table in desk.table("investment", columns, rows)]


def _funds_table(desk: Desk, units: list[UnitFigures]) -> list[Table]:
    columns = (
        desk.column("unit"),
        desk.column("currency"),
        desk.column("ytd", Kind.AMOUNT),
        desk.column("yoy", Kind.CHANGE, PER_CENT),
        desk.column("planned_funds", Kind.AMOUNT),
        desk.column("planned_growth", Kind.CHANGE, PER_CENT),
        desk.column("wanted_growth", Kind.CHANGE, PER_CENT),
    )
    rows = []
    for unit in units:
        for block in () if unit.complete is None else unit.complete.funds:
            found = _funds(unit, block)
            rows.append(
                Row(
                    (
                        desk.name(unit.unit),
                        desk.wording.word("currencies", block.currency),
                        _received(found, block, "total", "ytd"),
                        _received(found, block, "total", _GROWTH),
                        _received(found, block, "planned", "ytd"),
                        _received(found, block, "planned", _GROWTH),
                        wanted_growth(desk, unit.unit),
                    )
                )
            )
    return [_apart(desk, table) for table in desk.table("funds", columns, rows)]


def wanted_growth(desk: Desk, unit: str) -> Figure:
    """Growth a year that the plan wants of the funds of a unit."""
    planned = [one for one in desk.snapshot.plan.indicators_of(unit) if one.indicator == FUNDS]
    targets = [target for one in planned for target in one.targets if target.value is not None]
    value = targets[-1].value if targets else None
    return Figure(
        figure_id(unit, FUNDS, "", "target"),
        Kind.CHANGE,
        None if value is None else value / _MILLION,
        reason="" if value is not None else "no_target",
    )


def _investment(unit: UnitFigures) -> UnitFigures:
    """The same unit with ids of its investment, which has a period of its own."""
    block = unit.complete.investment if unit.complete else None
    return replace(unit, indicator=_INVESTMENT, period=block.period if block else unit.period)


def _read_investment(field: str) -> Read:
    def read(status: Status) -> int | float | None:
        found: int | float | None = getattr(status.investment, field, None)
        return found

    return read


def _amount(found: UnitFigures, field: str) -> Figure:
    return found.figure(Kind.AMOUNT, field, _read_investment(field), "no_figure", measure="CNY")


def _invested_growth(found: UnitFigures, form: Form | None = None) -> Figure:
    return found.figure(Kind.CHANGE, _GROWTH, _read_investment(_GROWTH), "no_last_year", form=form)


def _projects(found: UnitFigures) -> Figure:
    def read(status: Status) -> int | None:
        block = status.investment
        return None if block is None else sum(block.projects.values())

    return found.figure(Kind.COUNT, "projects", read, "no_figure", measure="个")


def _funds(unit: UnitFigures, block: Funds) -> UnitFigures:
    """The same unit with ids of its funds in one currency."""
    return replace(unit, indicator=f"{FUNDS}:{block.currency}", period=block.period)


def _received(
    found: UnitFigures, block: Funds, part: str, field: str, form: Form | None = None
) -> Figure:
    """A figure of the funds' total, or of those from the origins that the plan names."""

    def read(status: Status) -> int | float | None:
        same = next((one for one in status.funds if one.currency == block.currency), None)
        figures: FundsFigure | None = None if same is None else getattr(same, part)
        value: int | float | None = getattr(figures, field, None)
        return value

    known = getattr(block, part) is not None
    reason = "no_last_year" if known else "not_applicable"
    kind = Kind.AMOUNT if field == "ytd" else Kind.CHANGE
    return found.figure(kind, f"{part}.{field}", read, reason, measure=block.currency, form=form)


def _apart(desk: Desk, table: Table) -> Table:
    return Table(table.id, table.title, table.columns, table.rows, (desk.say("money_apart"),))
