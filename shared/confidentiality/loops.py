"""Secondary suppression in one table and period: the cheapest loop that hides each hidden cell.

Every sum of the hierarchy is a node; every cell that is not published (a hidden unit, or the rest
of a sum that nobody publishes) is an edge between the sums it takes part in; a rest, and a unit in
one sum only, leads outside, where nothing is published. A hidden cell can be computed exactly when
its edge is on no loop. Along a loop all cells may be moved by the same amount, up and down in
turn, without changing anything published: a loop that leaves room for 10 % of the cell is a proof
that it cannot be told to within 10 %. (Gusfield 1988; Cox 1995; see the ADR.)
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from shared.confidentiality.cells import Amounts, Cell
from shared.confidentiality.hierarchy import Hierarchy
from shared.confidentiality.primary import ConfidentialityLimits

PROTECTION = 0.10
"""A primary amount may lie this share of it higher or lower, for all that is published."""

ONE_SIDED = 0.25
"""A secondary amount is no secret itself: it may lie this share of it higher or lower. The middle
of what is possible is then more than 10 % away from it."""

_OUTSIDE = -1

Cost = Callable[[str], float]
"""What hiding a unit costs readers."""


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """A unit, or a sum's rest (`unit` is None), with its sign in each sum it takes part in."""

    name: str
    unit: str | None
    ends: tuple[tuple[int, int], ...]
    """Sums and signs: +1 as the parent, -1 as a part."""
    amounts: Amounts
    contributors: int
    largest: tuple[str, int] | None = None

    @property
    def sums(self) -> tuple[int, ...]:
        return tuple(node for node, _ in self.ends)


@dataclass(slots=True)
class _Table:
    """The sums of one period, and what is hidden in them."""

    edges: dict[str, _Edge]
    at: dict[int, list[_Edge]]
    parents: dict[int, str]
    thin: list[_Edge]
    """Rests that are primary themselves."""
    bounded: bool
    """No amount is negative: hidden ones cannot be either."""
    primary: frozenset[str]
    open_at: dict[int, list[_Edge]]
    """Cells of each sum that are not published."""
    hidden: set[str] = field(default_factory=set)
    leads_outside: bool = False
    """Whether any cell is in one sum only."""
    touched: set[int] = field(default_factory=set)
    """Sums in which something was hidden since they were looked at."""

    def is_open(self, edge: _Edge) -> bool:
        """Whether the cell is not published."""
        return edge.unit is None or edge.unit in self.hidden

    def hide(self, unit: str) -> _Edge:
        """Publish a unit's cell no more."""
        edge = self.edges[unit]
        if unit not in self.hidden:
            self.hidden.add(unit)
            for node in edge.sums:
                self.open_at.setdefault(node, []).append(edge)
                self.touched.add(node)
        return edge


def protected(
    cells: Mapping[str, Cell],
    hierarchy: Hierarchy,
    primary: frozenset[str],
    hidden: Iterable[str],
    limits: ConfidentialityLimits,
    cost: Cost,
) -> frozenset[str]:
    """`primary` and `hidden` units, and those to hide beside them so that none can be computed.

    `cells` are the units' cells of one table and period; `cost` says what to prefer, and must not
    depend on the order of the cells.
    """
    table = _table(cells, hierarchy, primary, limits)
    for unit in sorted({*primary, *hidden} & cells.keys()):
        table.hide(unit)
    _close(table, limits, cost)
    return frozenset(table.hidden)


def _table(
    cells: Mapping[str, Cell],
    hierarchy: Hierarchy,
    primary: frozenset[str],
    limits: ConfidentialityLimits,
) -> _Table:
    ends: dict[str, list[tuple[int, int]]] = {unit: [] for unit in cells}
    rests: list[_Edge] = []
    parents: dict[int, str] = {}
    thin: list[_Edge] = []
    for number, relation in enumerate(hierarchy.relations):
        children = [child for child in relation.children if child in cells]
        if relation.parent not in cells or not children:
            continue
        parents[number] = relation.parent
        ends[relation.parent].append((number, 1))
        for child in children:
            ends[child].append((number, -1))
        rest = _rest(number, cells[relation.parent], [cells[child] for child in children])
        if rest is None:
            continue
        rests.append(rest)
        if _is_thin(rest.contributors, rest.amounts, rest.largest, limits):
            thin.append(rest)
    units = [
        _Edge(unit, unit, tuple(ends[unit]), cell.amounts, cell.contributors, cell.largest)
        for unit, cell in sorted(cells.items())
    ]
    edges = {edge.name: edge for edge in (*units, *rests)}
    at: dict[int, list[_Edge]] = {}
    for edge in edges.values():
        for node in edge.sums:
            at.setdefault(node, []).append(edge)
    open_at = {edge.sums[0]: [edge] for edge in rests}
    negative = any(a is not None and a < 0 for cell in cells.values() for a in cell.amounts)
    table = _Table(edges, at, parents, thin, not negative, primary, open_at)
    table.leads_outside = any(len(edge.ends) == 1 for edge in edges.values())
    return table


def _rest(number: int, parent: Cell, children: Sequence[Cell]) -> _Edge | None:
    """What belongs to no child; None where nothing does.

    Without a count of its own (members overlap, or are weighted) it may still be there.
    """
    amounts = tuple(
        None if whole is None else whole - sum(child.amounts[i] or 0 for child in children)
        for i, whole in enumerate(parent.amounts)
    )
    left = parent.contributors - sum(child.contributors for child in children)
    if left <= 0 and not any(amounts):
        return None
    largest = parent.largest
    if largest is not None and any(child.largest == largest for child in children):
        largest = None
    if largest is not None and largest[1] > abs(amounts[0] or amounts[1] or 0):
        largest = None  # it belongs to a child in which it is not the largest
    name = f"rest {number}"
    return _Edge(name, None, ((number, -1),), amounts, max(left, 0), largest)


def _is_thin(
    contributors: int,
    amounts: Amounts,
    largest: tuple[str, int] | None,
    limits: ConfidentialityLimits,
) -> bool:
    """Whether the sum of these contributors would be primary; unknown counts are not."""
    if not any(amounts) or contributors <= 0:
        return False
    total = abs(amounts[0] or amounts[1] or 0)
    dominated = largest is not None and largest[1] > limits.max_largest * total
    return contributors < limits.min_contributors or dominated


def _close(table: _Table, limits: ConfidentialityLimits, cost: Cost) -> None:
    """Hide what is needed.

    A cell is looked at until it is protected and then no more: what is hidden later never opens it.
    """
    waiting = deque(table.thin)
    waiting.extend(table.edges[unit] for unit in sorted(table.hidden))
    while waiting:
        while waiting:
            edge = waiting.popleft()
            while missing := _missing(table, edge, cost):
                waiting.extend(table.hide(unit) for unit in sorted(missing))
        for number in sorted(table.touched):
            further = _too_thin(table, number, limits, cost)
            if further is not None:
                waiting.append(table.hide(further))
                break
            table.touched.discard(number)


def _too_thin(table: _Table, number: int, limits: ConfidentialityLimits, cost: Cost) -> str | None:
    """A further cell to hide of a sum whose hidden cells together are too thin.

    Their sum can be computed, and one of two contributors knows the other's figure from it.
    """
    parent = table.parents[number]
    parts = [edge for edge in table.open_at.get(number, ()) if edge.unit != parent]
    if parent in table.hidden or not any(edge.unit for edge in parts):
        return None
    sums = tuple(sum(edge.amounts[i] or 0 for edge in parts) for i in range(2))
    largest = max((e.largest for e in parts if e.largest), key=lambda x: x[1], default=None)
    if not _is_thin(sum(edge.contributors for edge in parts), sums, largest, limits):
        return None
    closed = [e.unit for e in table.at[number] if e.unit and not table.is_open(e)]
    return min(closed, key=lambda unit: (cost(unit), unit))


def _missing(table: _Table, edge: _Edge, cost: Cost) -> frozenset[str]:
    """Units to hide next so that this cell is protected; none where it is."""
    if not edge.ends or not any(edge.amounts):
        return frozenset()
    if edge.unit is None or edge.unit in table.primary:
        found = [_loop(table, edge, direction, PROTECTION, cost) for direction in (1, -1)]
        cheaper, dearer = sorted(found, key=lambda loop: loop.cost)
        # Often what the dearer one hides serves the other direction too: it is asked again.
        return dearer.units if dearer.cost < math.inf else _neighbours(table, edge) | cheaper.units
    one_way = (_loop(table, edge, direction, ONE_SIDED, cost) for direction in (-1, 1))
    cheapest = min(one_way, key=lambda loop: loop.cost)
    return cheapest.units if cheapest.cost < math.inf else _neighbours(table, edge)


def _neighbours(table: _Table, edge: _Edge) -> frozenset[str]:
    """Last resort where no loop can be closed: everything else in the cell's sums."""
    around = {other.unit for node, _ in edge.ends for other in table.at[node]}
    return frozenset(unit for unit in around if unit and unit not in table.hidden)


class _Loop(NamedTuple):
    """Units to hide for a loop, and what that costs; infinite where there is none."""

    cost: float
    units: frozenset[str]
    used: frozenset[str] = frozenset()


_NONE = _Loop(math.inf, frozenset())


def _loop(table: _Table, edge: _Edge, direction: int, share: float, cost: Cost) -> _Loop:
    """The cheapest loop along which the cell can move by `share` of it in this direction."""
    two_ends = len(edge.ends) == 2  # noqa: PLR2004 - an edge has two ends
    for among in (table.open_at, table.at):  # what is hidden already costs nothing
        search = _Search(table, among, edge, direction, share, cost)
        found = search.across() if two_ends else _NONE
        if found.cost > 0 and table.leads_outside:
            found = min(found, search.apart(found.cost), key=lambda loop: loop.cost)
        if found.cost < math.inf:
            return found
    return _NONE


_NO_PATH: tuple[_Edge, ...] = ()

_State = tuple[int, int]
"""A sum, and which way it is out of balance: +1 or -1; outside there is no balance (0)."""


class _Search:
    """Shortest paths that balance the sums that a moving cell puts out of balance."""

    def __init__(
        self,
        table: _Table,
        among: Mapping[int, Sequence[_Edge]],
        edge: _Edge,
        direction: int,
        share: float,
        cost: Cost,
    ) -> None:
        self._table = table
        self._among = among
        self._edge = edge
        self._direction = direction
        self._needed = [None if a is None else abs(a) * share for a in edge.amounts]
        self._cost = cost

    def across(self) -> _Loop:
        """From one of its sums to the other."""
        (start, sign), (end, end_sign) = self._edge.ends
        goal = (end, -end_sign * self._direction)
        return self._path((start, sign * self._direction), goal, frozenset(), math.inf)

    def apart(self, limit: float) -> _Loop:
        """From each of its sums to the outside, on paths without a common cell."""
        total = _Loop(0.0, frozenset())
        for node, sign in self._edge.ends:
            start = (node, sign * self._direction)
            found = self._path(start, (_OUTSIDE, 0), total.used, limit - total.cost)
            if found.cost == math.inf:
                return _NONE
            total = _Loop(
                total.cost + found.cost, total.units | found.units, total.used | found.used
            )
        return total

    def _path(self, start: _State, goal: _State, avoid: frozenset[str], limit: float) -> _Loop:
        order = count()  # of equally dear ones the first that was found
        queue = [(0.0, next(order), start, _NO_PATH)]
        done: set[_State] = set()
        while queue:
            spent, _, state, path = heapq.heappop(queue)
            if state == goal:
                return _as_loop(self._table, spent, path)
            if state in done:
                continue
            done.add(state)
            for beyond, edge in self._steps(state):
                if beyond in done or edge in path or edge.name in avoid:
                    continue
                price = 0.0 if self._table.is_open(edge) else self._cost(edge.unit or "")
                if spent + price <= limit:
                    heapq.heappush(queue, (spent + price, next(order), beyond, (*path, edge)))
        return _NONE

    def _steps(self, state: _State) -> Iterator[tuple[_State, _Edge]]:
        """Cells that may move to bring a sum into balance, and what they put out of balance."""
        node, balance = state
        if node == _OUTSIDE:
            return
        for edge in self._among.get(node, ()):
            ends = edge.ends
            if edge is self._edge or len(ends) > 2:  # noqa: PLR2004 - an edge has two ends
                continue
            here = 0 if ends[0][0] == node else 1
            change = -balance * ends[here][1]
            if change < 0 and not self._has_room(edge):
                continue
            if len(ends) == 1:
                yield (_OUTSIDE, 0), edge
            else:
                other, sign = ends[1 - here]
                yield (other, sign * change), edge

    def _has_room(self, edge: _Edge) -> bool:
        """Whether the cell can fall by what is needed without becoming negative."""
        if not self._table.bounded:
            return True
        for needed, amount in zip(self._needed, edge.amounts, strict=True):
            if needed and (amount is None or amount < needed):
                return False
        return True


def _as_loop(table: _Table, cost: float, path: tuple[_Edge, ...]) -> _Loop:
    new = frozenset(e.unit for e in path if e.unit is not None and not table.is_open(e))
    return _Loop(cost, new, frozenset(e.name for e in path))
