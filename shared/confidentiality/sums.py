"""The sums of one table and period as a graph: sums are nodes, cells are edges between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.confidentiality.cells import Amounts, Cell
from shared.confidentiality.hierarchy import Hierarchy
from shared.confidentiality.primary import ConfidentialityLimits


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
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
        """Numbers of the sums that it takes part in."""
        return tuple(node for node, _ in self.ends)


@dataclass(slots=True)
class Table:
    """The sums of one period, and what is hidden in them."""

    edges: dict[str, Edge]
    at: dict[int, list[Edge]]
    parents: dict[int, str]
    thin: list[Edge]
    """Rests that are primary themselves."""
    bounded: bool
    """No amount is negative: hidden ones cannot be either."""
    primary: frozenset[str]
    open_at: dict[int, list[Edge]]
    """Cells of each sum that are not published."""
    hidden: set[str] = field(default_factory=set)
    leads_outside: bool = False
    """Whether any cell is in one sum only."""
    touched: set[int] = field(default_factory=set)
    """Sums in which something was hidden since they were looked at."""

    def is_open(self, edge: Edge) -> bool:
        """Whether the cell is not published."""
        return edge.unit is None or edge.unit in self.hidden

    def hide(self, unit: str) -> Edge:
        """Publish a unit's cell no more."""
        edge = self.edges[unit]
        if unit not in self.hidden:
            self.hidden.add(unit)
            for node in edge.sums:
                self.open_at.setdefault(node, []).append(edge)
                self.touched.add(node)
        return edge


def table_of(
    cells: Mapping[str, Cell],
    hierarchy: Hierarchy,
    primary: frozenset[str],
    limits: ConfidentialityLimits,
) -> Table:
    """The table of these cells, with nothing hidden yet."""
    ends: dict[str, list[tuple[int, int]]] = {unit: [] for unit in cells}
    rests: list[Edge] = []
    parents: dict[int, str] = {}
    thin: list[Edge] = []
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
        if is_thin(rest.contributors, rest.amounts, rest.largest, limits):
            thin.append(rest)
    units = [
        Edge(unit, unit, tuple(ends[unit]), cell.amounts, cell.contributors, cell.largest)
        for unit, cell in sorted(cells.items())
    ]
    edges = {edge.name: edge for edge in (*units, *rests)}
    at: dict[int, list[Edge]] = {}
    for edge in edges.values():
        for node in edge.sums:
            at.setdefault(node, []).append(edge)
    open_at = {edge.sums[0]: [edge] for edge in rests}
    negative = any(a is not None and a < 0 for cell in cells.values() for a in cell.amounts)
    table = Table(edges, at, parents, thin, not negative, primary, open_at)
    table.leads_outside = any(len(edge.ends) == 1 for edge in edges.values())
    return table


def _rest(number: int, parent: Cell, children: Sequence[Cell]) -> Edge | None:
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
    return Edge(name, None, ((number, -1),), amounts, max(left, 0), largest)


def is_thin(
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
