"""Which cells are hidden from readers without the right, over units and over time.

Time differences are closed by hiding whole years: a unit that is hidden in one closed period is
hidden in all periods of that calendar year (month = year-to-date - the one before), and in the
years after it whose figures lean on that year: last year's figures and rolling years one year
later, cumulative shares up to three, a path's base for as long as the path is followed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from shared.confidentiality.cells import Cell, adds_up, cells_of, merged
from shared.confidentiality.hierarchy import Hierarchy
from shared.confidentiality.loops import protected
from shared.confidentiality.primary import ConfidentialityLimits
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import UnitKind

YEARS_AFTER = 3
"""Later years whose figures lean on a hidden one: cumulative shares look back three years."""

_KIND_COST = {
    UnitKind.CLUSTER: 100.0,
    UnitKind.INDUSTRY: 400.0,
    UnitKind.REGION: 400.0,
    UnitKind.CITY: 2000.0,
}
"""What readers lose: a county or industry is worth a few clusters, the city all of them."""

_AGAIN_COST = 1.0
"""Hiding what was hidden in an earlier year anyway costs next to nothing."""

_NOBODY: frozenset[str] = frozenset()

_REMEMBERED = 8
"""Decisions kept of each period: a year takes two or three rounds."""

Place = TypeVar("Place")


@dataclass(frozen=True, slots=True)
class Suppression:
    """The decision: hidden units by table and period, and by table and year."""

    in_period: Mapping[tuple[str, Month], frozenset[str]] = field(default_factory=dict)
    in_year: Mapping[tuple[str, int], frozenset[str]] = field(default_factory=dict)

    def hides(self, unit: str, table: str, period: Month, base_year: int | None = None) -> bool:
        """Whether a unit's cell is hidden; `base_year` is that of the path it is held against."""
        if unit in self.in_period.get((table, period), _NOBODY):
            return True
        years = {period.year, period.year if base_year is None else base_year}
        return any(unit in self.in_year.get((table, year), _NOBODY) for year in years)

    def of_table(self, table: str) -> "HiddenUnits":
        """What it hides of one table."""
        return HiddenUnits(
            {period: units for (of, period), units in self.in_period.items() if of == table},
            {year: units for (of, year), units in self.in_year.items() if of == table},
        )

    def also(self, other: "Suppression") -> "Suppression":
        """What either of both hides."""
        return Suppression(
            _union(self.in_period, other.in_period), _union(self.in_year, other.in_year)
        )


NOTHING = Suppression()


def _union(
    one: Mapping[Place, frozenset[str]], other: Mapping[Place, frozenset[str]]
) -> dict[Place, frozenset[str]]:
    return {
        place: one.get(place, _NOBODY) | other.get(place, _NOBODY)
        for place in one.keys() | other.keys()
    }


@dataclass(frozen=True, slots=True)
class HiddenUnits:
    """Hidden units of one table by period, and by year."""

    in_period: Mapping[Month, frozenset[str]]
    in_year: Mapping[int, frozenset[str]]


class Suppressor:
    """Decides over all statuses it was given; only what a change touches is decided again."""

    def __init__(
        self,
        hierarchy: Hierarchy,
        limits: ConfidentialityLimits,
        standing: Suppression = NOTHING,
    ) -> None:
        """`standing` is hidden in any case, so what it hides is the first to protect others."""
        self._hierarchy = hierarchy
        self._limits = limits
        self._standing = standing
        self._stated: dict[tuple[str, Month], dict[str, Cell]] = {}
        """Cells by table and period, by the key of the status that states them."""
        self._carried: dict[str, tuple[tuple[str, Month], ...]] = {}
        """Table and period of each cell by status key."""
        self._tables: dict[str, _TableOverTime] = {}
        self._stale: set[tuple[str, Month]] = set()
        self._decision = Suppression()

    def put(self, statuses: Iterable[Status]) -> None:
        """Take new or changed statuses."""
        for status in statuses:
            cells = [cell for cell in cells_of(status) if adds_up(cell.table) or cell.sensitive]
            places = tuple((cell.table, cell.period) for cell in cells)
            for place in self._carried.pop(status.key, ()):
                self._stated[place].pop(status.key, None)
                self._stale.add(place)
            self._carried[status.key] = places
            for place, cell in zip(places, cells, strict=True):
                self._stated.setdefault(place, {})[status.key] = cell
                self._stale.add(place)

    def decision(self) -> Suppression:
        """What is hidden now."""
        if not self._stale:
            return self._decision
        for place in self._stale:
            table, period = place
            over_time = self._tables.get(table)
            if over_time is None:
                sums = self._hierarchy if adds_up(table) else Hierarchy((), {})
                standing = self._standing.of_table(table)
                over_time = _TableOverTime(sums, self._limits, standing)
                self._tables[table] = over_time
            over_time.put(period, _merged(self._stated[place].values()))
        for table in {table for table, _ in self._stale}:
            self._tables[table].decide()
        self._stale = set()
        in_period: dict[tuple[str, Month], frozenset[str]] = {}
        in_year: dict[tuple[str, int], frozenset[str]] = {}
        for table, found in self._tables.items():
            in_period |= {(table, period): hidden for period, hidden in found.in_period.items()}
            in_year |= {(table, year): hidden for year, hidden in found.in_year.items()}
        self._decision = Suppression(in_period, in_year)
        return self._decision


def _merged(stated: Iterable[Cell]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for cell in stated:
        before = found.get(cell.unit)
        found[cell.unit] = cell if before is None else merged(before, cell)
    return found


class _TableOverTime:
    """One table over all periods."""

    def __init__(
        self, hierarchy: Hierarchy, limits: ConfidentialityLimits, standing: HiddenUnits
    ) -> None:
        self._hierarchy = hierarchy
        self._limits = limits
        self._standing = standing
        self._cells: dict[Month, dict[str, Cell]] = {}
        self._known: dict[Month, dict[object, frozenset[str]]] = {}
        """What was decided of a period, by what it was decided from."""
        self.in_period: dict[Month, frozenset[str]] = {}
        self.in_year: dict[int, frozenset[str]] = {}

    def put(self, period: Month, cells: dict[str, Cell]) -> None:
        """Replace the cells of a period."""
        self._cells[period] = cells
        self._known.pop(period, None)

    def decide(self) -> None:
        """Decide year by year, oldest first: later years hide again what was hidden before."""
        self.in_period, self.in_year = {}, {}
        own: dict[int, frozenset[str]] = {}
        newest = max(self._cells)
        for year in sorted({period.year for period in self._cells}):
            periods = sorted(p for p in self._cells if p.year == year)
            closed = [p for p in periods if p != newest or _is_complete(self._cells[p])]
            before = frozenset[str]().union(
                *(own.get(year - back, _NOBODY) for back in range(1, YEARS_AFTER + 1))
            )
            standing = self._standing.in_year.get(year, _NOBODY)
            again = before | standing
            # What is hidden for the sake of an earlier year is protected, but not handed on.
            own[year] = self._of_year(closed, _NOBODY, again)
            carried = again | self._from_hidden_bases(periods)
            self.in_year[year] = carried | self._of_year(closed, own[year] | carried, again)
            for period in periods:
                if period not in closed:
                    alone = self._standing.in_period.get(period, _NOBODY)
                    hidden = self.in_year[year] | alone
                    self.in_period[period] = self._of_period(period, hidden, again | alone)

    def _from_hidden_bases(self, periods: list[Month]) -> frozenset[str]:
        """Units on a path whose base is the figure of a year in which they were hidden."""
        return frozenset(
            cell.unit
            for period in periods
            for cell in self._cells[period].values()
            if cell.base_year is not None and cell.unit in self.in_year.get(cell.base_year, _NOBODY)
        )

    def _of_year(
        self, periods: list[Month], hidden: frozenset[str], before: frozenset[str]
    ) -> frozenset[str]:
        """Units hidden in all these periods: what one of them needs, all of them hide."""
        hidden = hidden.union(
            cell.unit for p in periods for cell in self._cells[p].values() if cell.sensitive
        )
        while True:
            wider = hidden
            for period in periods:
                wider |= self._of_period(period, wider, before)
            if wider == hidden:
                return hidden
            hidden = wider

    def _of_period(
        self, period: Month, hidden: frozenset[str], before: frozenset[str]
    ) -> frozenset[str]:
        cells = self._cells[period]
        made_from = (hidden, before)
        known = self._known.setdefault(period, {})
        if made_from in known:
            return known[made_from]
        sensitive = frozenset(cell.unit for cell in cells.values() if cell.sensitive)
        rank = {unit: number for number, unit in enumerate(sorted(cells, key=_size(cells)))}

        def cost(unit: str) -> float:
            """The fewest and least units, and rather those that are hidden already."""
            if unit in before:
                return _AGAIN_COST
            kind = self._hierarchy.kinds.get(unit, UnitKind.CITY)
            return _KIND_COST[kind] + rank[unit] / len(rank)

        found = protected(cells, self._hierarchy, sensitive, hidden, self._limits, cost)
        if len(known) >= _REMEMBERED:
            known.clear()
        known[made_from] = found
        return found


def _size(cells: Mapping[str, Cell]) -> Callable[[str], tuple[int, str]]:
    def size(unit: str) -> tuple[int, str]:
        amounts = cells[unit].amounts
        return abs(amounts[0] or amounts[1] or 0), unit

    return size


def _is_complete(cells: Mapping[str, Cell]) -> bool:
    """Whether no report is expected any more.

    In a period that is still being collected two early reports of forty hide that period alone.
    """
    return all(cell.complete for cell in cells.values())
