"""Answers of the read API, from stored statuses and the catalogue."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from services.metrics.domain.feeds import measure_of, planned_for
from services.metrics.ports import StatusReader, StatusStore
from services.metrics.use_cases.views import ClusterView, LastJudged, empty_view, view_of
from shared.clock import Clock, Moment
from shared.confidentiality import EVERYTHING, ConfidentialityLimits, Mask, Masking, Shown
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Catalogue, Plan, Unit, UnitKind

_LOOK_BACK = 6
"""Reporting periods searched for the last one that was judged."""

_NEAR = 5

COMMITS_LATE = 60_000_000
"""Versions are microseconds of the assessment; none takes a minute to be committed."""


class NotFound(LookupError):  # noqa: N818 - an answer, not a fault
    """There is no such plan, unit, indicator or period; `near` names what was perhaps meant."""

    def __init__(self, detail: str, near: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.near = list(near)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which units of a plan, of which indicator, in which period (None: each one's newest)."""

    period: Month | None = None
    indicator: str | None = None
    """None: each unit's own value indicator."""
    kind: UnitKind | None = None


Sees = Callable[[Plan, Unit], bool]
"""Whether a reader has the right to the complete figures of a unit."""


def _nobody(_plan: Plan, _unit: Unit) -> bool:
    return False


class ReadClusters:
    """Read side of the service; all that leaves it passes `Masking`.

    Readers see masked figures, but those of units that they have the right to (`seen_by`).
    """

    def __init__(
        self,
        store: StatusStore,
        catalogue: Catalogue,
        limits: ConfidentialityLimits | None,
        clock: Clock,
        data_label: str = "",
    ) -> None:
        self.data_label = data_label or None
        """Words to show with all figures."""
        self._store = store
        self._catalogue = catalogue
        self._masking = Masking(catalogue.plans, limits, COMMITS_LATE)
        self._of_past = False
        self._sees: Sees = _nobody
        self._clock = clock

    def reading_from(self, store: StatusStore, moment: datetime) -> "ReadClusters":
        """The same answers from another store, as if it were that moment."""
        other = copy(self)
        other._store, other._clock = store, Moment(moment)  # noqa: SLF001 - a copy of itself
        other._of_past = True  # noqa: SLF001 - likewise
        return other

    def seen_by(self, sees: Sees) -> "ReadClusters":
        """The same for a reader who has the right to the complete figures of some units."""
        other = copy(self)
        other._sees = sees  # noqa: SLF001 - a copy of itself
        return other

    def plans(self) -> list[Plan]:
        """Newest version of every plan."""
        ids = dict.fromkeys(plan.id for plan in self._catalogue.plans)
        return [self._catalogue.plan(plan_id) for plan_id in ids]

    def plan(self, plan_id: str | None) -> Plan:
        """A plan by id; without one the first that has statuses. Raises `NotFound`."""
        plans = self.plans()
        wanted = self._first_in_use(plans) if plan_id is None else plan_id
        for plan in plans:
            if plan.id == wanted:
                return plan
        ids = [plan.id for plan in plans]
        near = get_close_matches(plan_id or "", ids, n=_NEAR, cutoff=0.3) or ids[:_NEAR]
        raise NotFound(f"no plan {plan_id!r}", near)

    def _first_in_use(self, plans: Sequence[Plan]) -> str | None:
        with self._store.reader() as reader:
            used = [plan.id for plan in plans if reader.newest_periods(plan.id)]
        return next(iter([*used, *(plan.id for plan in plans)]), None)

    def find(self, name: str, plan_id: str | None) -> tuple[Plan, Unit]:
        """A unit by id, name or alias; without a plan in the first that has it."""
        plans = self.plans() if plan_id is None else [self.plan(plan_id)]
        for plan in plans:
            if plan.has_unit(name):
                return plan, plan.unit(name)
        found = [(plan, unit) for plan in plans for unit in plan.units if name in _names(unit)]
        if len({unit.id for _, unit in found}) == 1:
            return found[0]
        if found:
            near = sorted({unit.id for _, unit in found})
            raise NotFound(f"{name!r} names several units: use an id", near)
        raise NotFound(f"no unit {name!r}", _near(name, plans))

    def clusters(self, plan: Plan, selection: Selection) -> list[ClusterView]:
        """Units of a plan in the plan's order."""
        units = [u for u in plan.units if selection.kind in (None, u.kind)]
        return self._views(plan, units, selection)

    def cluster(self, plan: Plan, unit: Unit, selection: Selection) -> ClusterView:
        """One unit. Raises `NotFound` where a period was asked for and nothing is known of it."""
        view = self._views(plan, [unit], selection)[0]
        if view.as_of is None and selection.period is not None:
            detail = f"nothing was reported of {view.indicator} in {selection.period}"
            with self._store.reader() as reader:
                newest = reader.newest_periods(plan.id).get((unit.id, view.indicator))
            raise NotFound(detail, [str(newest)] if newest else [])
        return view

    def history(self, plan: Plan, unit: Unit, indicator: str | None) -> list[ClusterView]:
        """All periods of one unit, oldest first."""
        wanted = indicator or unit.value_indicator
        with self._store.reader() as reader:
            shown = self._shown(reader, reader.of_indicator(plan.id, wanted))
        now = self._clock.now()
        return [
            self._labelled(plan, view_of(plan, by_unit[unit.id], now, None))
            for _, by_unit in sorted(shown.items())
            if unit.id in by_unit
        ]

    def ranking(self, plan: Plan, selection: Selection) -> list[tuple[int | None, ClusterView]]:
        """Units of one kind by their ratio, best first; unjudged and suppressed ones unranked."""
        views = self.clusters(plan, selection)
        ranked = [v for v in views if v.ratio is not None and not v.suppressed]
        ranked.sort(key=lambda v: (-(v.ratio or 0.0), v.cluster))
        rest = [v for v in views if v.ratio is None or v.suppressed]
        return [*((i + 1, v) for i, v in enumerate(ranked)), *((None, v) for v in rest)]

    def indicators(self, plan: Plan, unit: Unit) -> list[str]:
        """Indicators of which the unit has figures."""
        with self._store.reader() as reader:
            return [name for of, name in reader.newest_periods(plan.id) if of == unit.id]

    def change_mark(self) -> str:
        """Text that changes whenever an answer may."""
        with self._store.reader() as reader:
            return f"{reader.change_mark()}-{self._clock.now().date()}"

    def mask(self, reader: StatusReader) -> Mask:
        """What readers without any right are shown now."""
        return self._masking.of(reader)

    def all_periods(self, plan: Plan) -> Iterator[Shown]:
        """Every stored status of a plan's units, as it may be shown; by indicator, then period."""
        with self._store.reader() as reader:
            for indicator in sorted({name for _, name in reader.newest_periods(plan.id)}):
                shown = self._shown(reader, reader.of_indicator(plan.id, indicator))
                for _, by_unit in sorted(shown.items()):
                    yield from (by_unit[unit] for unit in sorted(by_unit) if plan.has_unit(unit))

    def _shown(self, reader: StatusReader, statuses: list[Status]) -> dict[Month, dict[str, Shown]]:
        masking = self._masking
        mask = masking.of_past(reader, statuses) if self._of_past else self.mask(reader)
        found: dict[Month, dict[str, Shown]] = {}
        for status in statuses:
            view = EVERYTHING if self._has_right(status) else mask
            found.setdefault(Month.parse(status.period), {})[status.unit] = view.show(status)
        return found

    def _has_right(self, status: Status) -> bool:
        plan = self._catalogue.plan(status.plan)
        return plan.has_unit(status.unit) and self._sees(plan, plan.unit(status.unit))

    def _views(self, plan: Plan, units: Sequence[Unit], wanted: Selection) -> list[ClusterView]:
        with self._store.reader() as reader:
            newest = reader.newest_periods(plan.id)
            chosen: dict[str, tuple[str, Month | None]] = {}
            for unit in units:
                indicator = wanted.indicator or unit.value_indicator
                period = wanted.period or newest.get((unit.id, indicator))
                chosen[unit.id] = (indicator, period)
            shown = self._read(plan, reader, chosen)
        views = [self._view(plan, unit, *chosen[unit.id], shown) for unit in units]
        return [self._labelled(plan, view) for view in views]

    def _labelled(self, plan: Plan, view: ClusterView) -> ClusterView:
        """With what is the same for all periods: the label, and which way is better."""
        planned = planned_for(plan, view.cluster, view.indicator)
        direction = planned.direction if planned is not None else 1
        return replace(view, data_label=self.data_label, direction=direction)

    def _read(
        self,
        plan: Plan,
        reader: StatusReader,
        chosen: Mapping[str, tuple[str, Month | None]],
    ) -> dict[str, dict[Month, dict[str, Shown]]]:
        needed: dict[str, set[Month]] = {}
        for indicator, period in set(chosen.values()):
            if period is not None:
                needed.setdefault(indicator, set()).update(_back_from(period))
        return {
            indicator: self._shown(reader, reader.of_periods(plan.id, indicator, periods))
            for indicator, periods in needed.items()
        }

    def _view(
        self,
        plan: Plan,
        unit: Unit,
        indicator: str,
        period: Month | None,
        shown: Mapping[str, Mapping[Month, Mapping[str, Shown]]],
    ) -> ClusterView:
        by_period = shown.get(indicator, {})
        found = by_period.get(period, {}).get(unit.id) if period else None
        if found is None or period is None:
            planned = planned_for(plan, unit.id, indicator)
            measure = measure_of(plan, unit.id, indicator)
            return empty_view(plan, unit, indicator, measure, planned, period)
        last = None
        if found.track is None:
            last = _last_judged([by_period.get(p, {}).get(unit.id) for p in _back_from(period)])
        return view_of(plan, found, self._clock.now(), last)


def _last_judged(newest_first: Iterable[Shown | None]) -> LastJudged | None:
    for shown in newest_first:
        if shown is not None and shown.track is not None:
            return LastJudged(
                period=shown.status.period, verdict=shown.verdict, colour=shown.colour
            )
    return None


def _back_from(period: Month) -> list[Month]:
    found = [period]
    for _ in range(_LOOK_BACK):
        found.append(found[-1].reporting_before())
    return found


def _names(unit: Unit) -> set[str]:
    return {unit.name, *unit.aliases, *filter(None, [unit.certified_name])}


def _near(name: str, plans: Iterable[Plan]) -> list[str]:
    by_name = {n: u.id for plan in plans for u in plan.units for n in (u.id, *_names(u))}
    close = get_close_matches(name, by_name, n=_NEAR * 2, cutoff=0.4)
    return list(dict.fromkeys(by_name[each] for each in close))[:_NEAR]
