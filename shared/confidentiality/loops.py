"""Secondary suppression in one table and period: the cheapest loop that hides each hidden cell.

Every sum of the hierarchy is a node; every cell that is not published (a hidden unit, or the rest
of a sum that nobody publishes) is an edge between the sums it takes part in; a rest, and a unit in
one sum only, leads outside, where nothing is published. A hidden cell can be computed exactly when
its edge is on no loop. Along a loop all cells may be moved by the same amount, up and down in
turn, without changing anything published: a loop that leaves room for 10 % of the cell is a proof
that it cannot be told to within 10 %. (Gusfield 1988; Cox 1995; see the ADR.)
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping

from shared.confidentiality.cells import Cell
from shared.confidentiality.hierarchy import Hierarchy
from shared.confidentiality.loop_search import Cost, cheapest_loop
from shared.confidentiality.primary import ConfidentialityLimits
from shared.confidentiality.sums import Edge, Table, is_thin, table_of

PROTECTION = 0.10
"""A primary amount may lie this share of it higher or lower, for all that is published."""

ONE_SIDED = 0.25
"""A secondary amount is no secret itself: it may lie this share of it higher or lower. The middle
of what is possible is then more than 10 % away from it."""


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
    table = table_of(cells, hierarchy, primary, limits)
    for unit in sorted({*primary, *hidden} & cells.keys()):
        table.hide(unit)
    _close(table, limits, cost)
    return frozenset(table.hidden)


def _close(table: Table, limits: ConfidentialityLimits, cost: Cost) -> None:
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


def _too_thin(table: Table, number: int, limits: ConfidentialityLimits, cost: Cost) -> str | None:
    """A further cell to hide of a sum whose hidden cells together are too thin.

    Their sum can be computed, and one of two contributors knows the other's figure from it.
    """
    parent = table.parents[number]
    parts = [edge for edge in table.open_at.get(number, ()) if edge.unit != parent]
    if parent in table.hidden or not any(edge.unit for edge in parts):
        return None
    sums = tuple(sum(edge.amounts[i] or 0 for edge in parts) for i in range(2))
    largest = max((e.largest for e in parts if e.largest), key=lambda x: x[1], default=None)
    if not is_thin(sum(edge.contributors for edge in parts), sums, largest, limits):
        return None
    closed = [e.unit for e in table.at[number] if e.unit and not table.is_open(e)]
    return min(closed, key=lambda unit: (cost(unit), unit))


def _missing(table: Table, edge: Edge, cost: Cost) -> frozenset[str]:
    """Units to hide next so that this cell is protected; none where it is."""
    if not edge.ends or not any(edge.amounts):
        return frozenset()
    if edge.unit is None or edge.unit in table.primary:
        found = [cheapest_loop(table, edge, direction, PROTECTION, cost) for direction in (1, -1)]
        cheaper, dearer = sorted(found, key=lambda loop: loop.cost)
        # Often what the dearer one hides serves the other direction too: it is asked again.
        return dearer.units if dearer.cost < math.inf else _neighbours(table, edge) | cheaper.units
    one_way = (cheapest_loop(table, edge, direction, ONE_SIDED, cost) for direction in (-1, 1))
    cheapest = min(one_way, key=lambda loop: loop.cost)
    return cheapest.units if cheapest.cost < math.inf else _neighbours(table, edge)


def _neighbours(table: Table, edge: Edge) -> frozenset[str]:
    """Last resort where no loop can be closed: everything else in the cell's sums."""
    around = {other.unit for node, _ in edge.ends for other in table.at[node]}
    return frozenset(unit for unit in around if unit and unit not in table.hidden)
