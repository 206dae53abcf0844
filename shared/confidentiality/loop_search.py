"""The cheapest loop along which a cell may be moved without changing anything published."""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from shared.confidentiality.sums import Edge, Table

Cost = Callable[[str], float]
"""What hiding a unit costs readers."""

_OUTSIDE = -1


class Loop(NamedTuple):
    """Units to hide for a loop, and what that costs; infinite where there is none."""

    cost: float
    units: frozenset[str]
    used: frozenset[str] = frozenset()


_NONE = Loop(math.inf, frozenset())


def cheapest_loop(table: Table, edge: Edge, direction: int, share: float, cost: Cost) -> Loop:
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


_NO_PATH: tuple[Edge, ...] = ()

_State = tuple[int, int]
"""A sum, and which way it is out of balance: +1 or -1; outside there is no balance (0)."""


class _Search:
    """Shortest paths that balance the sums that a moving cell puts out of balance."""

    def __init__(
        self,
        table: Table,
        among: Mapping[int, Sequence[Edge]],
        edge: Edge,
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

    def across(self) -> Loop:
        """From one of its sums to the other."""
        (start, sign), (end, end_sign) = self._edge.ends
        goal = (end, -end_sign * self._direction)
        return self._path((start, sign * self._direction), goal, frozenset(), math.inf)

    def apart(self, limit: float) -> Loop:
        """From each of its sums to the outside, on paths without a common cell."""
        total = Loop(0.0, frozenset())
        for node, sign in self._edge.ends:
            start = (node, sign * self._direction)
            found = self._path(start, (_OUTSIDE, 0), total.used, limit - total.cost)
            if found.cost == math.inf:
                return _NONE
            total = Loop(
                total.cost + found.cost, total.units | found.units, total.used | found.used
            )
        return total

    def _path(self, start: _State, goal: _State, avoid: frozenset[str], limit: float) -> Loop:
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

    def _steps(self, state: _State) -> Iterator[tuple[_State, Edge]]:
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

    def _has_room(self, edge: Edge) -> bool:
        """Whether the cell can fall by what is needed without becoming negative."""
        if not self._table.bounded:
            return True
        for needed, amount in zip(self._needed, edge.amounts, strict=True):
            if needed and (amount is None or amount < needed):
                return False
        return True


def _as_loop(table: Table, cost: float, path: tuple[Edge, ...]) -> Loop:
    new = frozenset(e.unit for e in path if e.unit is not None and not table.is_open(e))
    return Loop(cost, new, frozenset(e.name for e in path))
