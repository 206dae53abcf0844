"""What all sections of a paper need at hand: the snapshot, the reader's view and the words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.alerts.domain.papers.figure import Figure, Kind, figure_id
from services.alerts.domain.papers.model import Block, Column, Paragraph, Row, Section, Table
from services.alerts.domain.papers.plan_facts import UnitFacts
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.unit_figures import UnitFigures, figures_at, figures_of
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Filling, Wording
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import UnitKind

YUAN = "亿元"
PER_CENT = "%"


@dataclass(frozen=True, slots=True)
class Desk:
    """One paper in the making."""

    snapshot: Snapshot
    view: ReaderView
    wording: Wording
    unit: str
    """Unit that the paper is about."""
    month: Month | None
    """Month of the figures; null for each unit's newest."""

    def of(self, unit: str, indicator: str = "") -> UnitFigures:
        """Figures of a unit as the reader may see them."""
        return figures_at(self.snapshot, self.view, unit, self.month, indicator)

    def holding(self, unit: str, has: Callable[[Status], bool]) -> UnitFigures:
        """Figures of the newest status of a unit that has something, whatever its indicator is.

        Funds and stages of projects are told at once, and a unit's output a month later.
        """
        value = self.snapshot.plan.by_id[unit].value_indicator
        found = []
        for (of, indicator), series in self.snapshot.by_series.items():
            months = [month for month in series if self.month is None or month <= self.month]
            if of == unit and months and has(series[max(months)]):
                status = series[max(months)]
                found.append((status.period, indicator == value, indicator, status))
        if not found:
            return self.of(unit)
        status = max(found, key=lambda one: one[:3])[-1]
        place = (unit, status.indicator, status.period)
        return figures_of(self.snapshot, self.view, place, status)

    @property
    def facts(self) -> UnitFacts:
        """The paper's unit."""
        return self.snapshot.plan.by_id[self.unit]

    @property
    def scope(self) -> tuple[UnitFacts, ...]:
        """The paper's unit and those in it that the reader may see, in the document's order."""
        inside = [one for one in self.snapshot.plan.inside(self.unit) if self.view.covers(one.id)]
        return (self.facts, *inside)

    def units(self, kind: UnitKind) -> tuple[UnitFacts, ...]:
        """Units of a kind in the scope."""
        return tuple(one for one in self.scope if one.kind is kind)

    def name(self, unit: str) -> str:
        """Display name of a unit; clusters of several counties have the same, so theirs leads."""
        facts = self.snapshot.plan.by_id.get(unit)
        if facts is None:
            return unit
        region = self.snapshot.plan.by_id.get(facts.region)
        if facts.kind is not UnitKind.CLUSTER or region is None:
            return facts.name
        return facts.name if facts.name.startswith(region.name) else region.name + facts.name

    def indicator(self, unit: str, indicator: str) -> str:
        """The feed's word for an indicator; where there is none, what the plan calls it."""
        if self.wording.knows("indicators", indicator):
            return self.wording.word("indicators", indicator)
        named = (
            one.name
            for one in self.snapshot.plan.indicators_of(unit)
            if indicator in {one.id, one.indicator}
        )
        return next(named, indicator)

    def count(self, field: str, number: int, measure: str = "个") -> Figure:
        """A number that the paper itself counts."""
        return Figure(self._id(field), Kind.COUNT, number, measure)

    def day(self, field: str, value: date) -> Figure:
        """A day of the reporting calendar."""
        return Figure(self._id(field), Kind.DATE, value.isoformat())

    def period(self, value: str, field: str = "period") -> Figure:
        """A period."""
        return Figure(self._id(f"{field}.{value}"), Kind.PERIOD, value)

    def text(self, field: str, value: str) -> Figure:
        """Words that came from outside and may hold digits: a person's action, a source's name."""
        return Figure(self._id(field), Kind.TEXT, value)

    def say(self, key: str, **values: Filling) -> Paragraph:
        """A sentence as a paragraph."""
        return self.wording.say(key, **values)

    def column(self, key: str, kind: Kind | None = None, unit: str = "") -> Column:
        """A column by the key of its heading."""
        return Column(self.wording.word("columns", key), kind, unit)

    def table(self, key: str, columns: Iterable[Column], rows: Sequence[Row]) -> list[Table]:
        """A table; none without rows."""
        return [Table(key, self.wording.text(key), tuple(columns), tuple(rows))] if rows else []

    def section(self, key: str, blocks: Iterable[Block]) -> list[Section]:
        """A section; none without blocks."""
        found = tuple(blocks)
        return [Section(self.wording.text(key), found)] if found else []

    def _id(self, field: str) -> str:
        return figure_id(self.unit, "", self.snapshot.period, field)


def numbered(sections: Sequence[Section], numerals: Sequence[str]) -> tuple[Section, ...]:
    """Sections with 一、二、 before their titles, those of a lower level with （一）（二）."""
    found: list[Section] = []
    first = second = 0
    for one in sections:
        if one.level == 1:
            first, second = first + 1, 0
            title = f"{_numeral(first, numerals)}、{one.title}"
        else:
            second += 1
            title = f"（{_numeral(second, numerals)}）{one.title}"
        found.append(Section(title, one.blocks, one.level))
    return tuple(found)


def _numeral(number: int, numerals: Sequence[str]) -> str:
    """Above ten in the written form: 十一, 二十, 二十一; up to ninety-nine."""
    ten = len(numerals)
    tens, rest = divmod(number, ten)
    if tens == 0:
        return numerals[rest - 1]
    before = numerals[tens - 1] if tens > 1 else ""
    return f"{before}{numerals[-1]}{numerals[rest - 1] if rest else ''}"
