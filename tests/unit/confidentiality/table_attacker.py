"""An attacker with one table: linear programming over all that is published of it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]

from shared.confidentiality.cells import Cell
from shared.confidentiality.hierarchy import Hierarchy


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an amount lies between, for all that is published."""

    low: float
    high: float


class TableAttacker:
    """Knows the published cells, what adds up to what, and that no amount is negative."""

    def __init__(
        self, cells: Mapping[str, Cell], hierarchy: Hierarchy, hidden: AbstractSet[str]
    ) -> None:
        relations = [
            (r.parent, [c for c in r.children if c in cells])
            for r in hierarchy.relations
            if r.parent in cells and any(c in cells for c in r.children)
        ]
        self._names = [*sorted(hidden & cells.keys()), *range(len(relations))]
        column = {name: number for number, name in enumerate(self._names)}
        self._left = np.zeros((len(relations), len(self._names)))
        self._right = np.zeros(len(relations))
        for row, (parent, children) in enumerate(relations):
            # Numbers of enterprises are public: a rest of none is nothing.
            if cells[parent].contributors > sum(cells[child].contributors for child in children):
                self._left[row, column[row]] = 1.0
            for unit, sign in [(parent, -1.0), *((child, 1.0) for child in children)]:
                if unit in hidden:
                    self._left[row, column[unit]] += sign
                else:
                    self._right[row] -= sign * (cells[unit].amounts[0] or 0)
        self._column = column
        # For the solver's sake amounts are about one, and none is a thousand times the greatest.
        self._scale = max(1.0, *(float(cell.amounts[0] or 0) for cell in cells.values()))

    def bounds(self, unit: str) -> Bounds:
        """The feasible interval of a hidden unit's amount."""
        return Bounds(self._solve(unit, 1), -self._solve(unit, -1))

    def _solve(self, unit: str, sign: int) -> float:
        costs = np.zeros(len(self._names))
        costs[self._column[unit]] = sign
        found = linprog(
            costs, A_eq=self._left, b_eq=self._right / self._scale, bounds=(0, 1e3), method="highs"
        )
        assert found.status == 0, found.message
        return float(found.fun) * self._scale
