"""An attacker who reads everything that is public and draws all conclusions there are.

What is unknown is the amount of every unit in every reporting period, and of every rest. Every
published figure is a linear equation in these (a growth, too, as the base it is a growth of); the
hierarchy gives more of them, and no amount is negative. Linear programming then says what an
amount must lie between.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]
from scipy.sparse import coo_matrix  # type: ignore[import-untyped]

from shared.confidentiality.hierarchy import Hierarchy
from shared.events.period import Month

_SCALE = 1e8
Key = tuple[str, Month]


@dataclass
class Attacker:
    """Collects equations; amounts in yuan."""

    hierarchy: Hierarchy
    first: Month
    last: Month
    _columns: dict[Key, int] = field(default_factory=dict)
    _equations: list[tuple[dict[Key, int], float]] = field(default_factory=list)
    _counts: dict[Key, int] = field(default_factory=dict)
    """Numbers of reports are public: where the parts have all of them, there is no rest."""
    _learnt: set[Any] = field(default_factory=set)
    _solved: tuple[int, dict[Key, float], Any, Any] | None = None

    def read_view(self, view: Mapping[str, Any]) -> None:
        """All that a unit's view says, or an alert's figures with unit and period."""
        if view.get("period") is None:
            return
        unit, period = view["cluster"], Month.parse(view["period"])
        if view.get("enterprises"):
            self._counts[unit, period] = view["enterprises"]["reporting"]
        now, before = self._of_year(unit, period), self._of_year(unit, period.last_year)
        december = self._of_year(unit, period.last_year.december)
        self._learn({(unit, period): 1}, view.get("month"))
        self._learn({(unit, period.last_year): 1}, view.get("month_last_year"))
        self._learn(now, view.get("ytd"))
        self._learn(before, view.get("ytd_last_year"))
        rolling = dict(now)
        for key, sign in [*((k, 1) for k in december), *((k, -1) for k in before)]:
            rolling[key] = rolling.get(key, 0) + sign
        self._learn(rolling, view.get("rolling_year"))
        gap, required = view.get("gap"), view.get("required_ytd")
        if gap is not None and required is not None:
            share = Fraction(view["coverage"]) if view.get("coverage") is not None else 1
            self._learn(now, gap + round(required * share))
        growth, ytd = view.get("ytd_growth"), view.get("ytd")
        if growth is not None and ytd is not None:
            self._learn(before, ytd / (1 + growth))
        change = view.get("decomposition")
        if change is not None and ytd is not None:
            sums = change["continuing"] + change["entries"] - change["exits"]
            self._learn(before, ytd - sums - change["restatement"])
        forecast = view.get("forecast")
        if forecast is not None and forecast["method"] == "pace" and growth is not None:
            self._learn(december, forecast["median"] / (1 + growth))

    def read_amount(self, unit: str, period: str, name: str, value: float) -> None:
        """One sample of the metrics page."""
        fields = {
            "month_yuan": "month",
            "year_to_date_yuan": "ytd",
            "rolling_year_yuan": "rolling_year",
        }
        if name in fields:
            self.read_view({"cluster": unit, "period": period, fields[name]: value})

    def bounds(self, amounts: Iterable[Key]) -> tuple[float, float]:
        """What the sum of these amounts lies between."""
        if self._solved is None or self._solved[0] != len(self._equations):
            self._solved = (len(self._equations), *self._system())
        _, known, left, right = self._solved
        costs, sure = np.zeros(left.shape[1]), 0.0
        for key in amounts:
            if key in known:
                sure += known[key]
            else:
                costs[self._columns[key]] = 1
        ends = []
        for sign in (1, -1):
            found = linprog(sign * costs, A_eq=left, b_eq=right, bounds=(0, 1e6), method="highs")
            assert found.status == 0, found.message
            ends.append(sure + sign * float(found.fun) * _SCALE)
        return ends[0], ends[1]

    def _of_year(self, unit: str, period: Month) -> dict[Key, int]:
        found, month = {}, Month(period.year, 2)
        while month <= period:
            found[unit, month] = 1
            month = month.reporting_after()
        return found

    def _learn(self, amounts: Mapping[Key, int], value: float | None) -> None:
        name = (tuple(sorted(amounts.items(), key=str)), value)
        if value is None or name in self._learnt or any(p < self.first for _, p in amounts):
            return
        self._learnt.add(name)
        self._equations.append((dict(amounts), value))

    def _system(self) -> tuple[dict[Key, float], Any, Any]:
        known = self._known()
        equations = [*self._equations, *self._sums()]
        self._columns = {}
        entries: list[tuple[int, int, float]] = []
        right: list[float] = []
        seen: set[tuple[tuple[Key, int], ...]] = set()
        for amounts, value in equations:
            unknown = {k: s for k, s in amounts.items() if k not in known}
            name = tuple(sorted(unknown.items(), key=str))
            if not unknown or name in seen:
                continue
            seen.add(name)
            rest = value - sum(known[k] * s for k, s in amounts.items() if k in known)
            for key, sign in unknown.items():
                column = self._columns.setdefault(key, len(self._columns))
                entries.append((len(right), column, sign))
            right.append(rest / _SCALE)
        rows, columns, values = zip(*entries, strict=True)
        shape = (len(right), len(self._columns))
        return known, coo_matrix((values, (rows, columns)), shape).tocsr(), np.array(right)

    def _known(self) -> dict[Key, float]:
        """Amounts that one equation alone gives, again and again."""
        known: dict[Key, float] = {}
        while True:
            found = {}
            for amounts, value in self._equations:
                unknown = [key for key in amounts if key not in known]
                if len(unknown) == 1 and unknown[0] not in found:
                    others = sum(known[k] * s for k, s in amounts.items() if k in known)
                    found[unknown[0]] = (value - others) / amounts[unknown[0]]
            if not found:
                return known
            known |= found

    def _sums(self) -> Iterable[tuple[dict[Key, int], float]]:
        named = {unit for amounts, _ in self._equations for unit, _ in amounts} | self._extra
        month = self.first
        while month <= self.last:
            for number, relation in enumerate(self.hierarchy.relations):
                children = [child for child in relation.children if child in named]
                if relation.parent in named and children:
                    sums = {
                        (relation.parent, month): 1,
                        **{(child, month): -1 for child in children},
                    }
                    parts = [self._counts.get((child, month)) or 0 for child in children]
                    if self._counts.get((relation.parent, month)) != sum(parts):
                        sums[f"rest {number}", month] = -1
                    yield sums, 0.0
            month = month.reporting_after()

    _extra: set[str] = field(default_factory=set)
    """Units that are known to be there, though nothing is said of them."""

    def knows_of(self, units: Iterable[str]) -> None:
        """Units that have reports, hidden ones among them."""
        self._extra |= set(units)


def numbers_in(value: Any, name: str = "") -> Iterator[str]:
    """Names of all numbers in a JSON object."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from numbers_in(item, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name
