"""Dirty marks → new statuses: only what changed, from the earliest changed period on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from secrets import randbits

import msgspec

from services.metrics.domain.assembly import assemble
from services.metrics.domain.feeds import Feed, concerned, feed_of
from services.metrics.domain.forecasting import digest_of
from services.metrics.domain.inputs import UnitInputs, past_years
from services.metrics.domain.since_on_track import months_since_on_track
from services.metrics.ports import (
    AssessmentSource,
    AssessmentStore,
    DirtyMark,
    ForecastKey,
    ForecastWish,
    UnitRecord,
)
from services.metrics.use_cases.gather import AssessmentRules, Owns, UnitReader
from services.metrics.use_cases.kept_cells import KeptCells
from services.metrics.use_cases.tokens import KnownTokens
from shared.clock import Clock
from shared.events.facts import PROJECT
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Catalogue, Plan

_STAMP_BITS = 62
_UNITS_AT_A_TIME = 64
"""Units assessed in one view of the store, so that names and parents are read once for them."""
_STATUSES_AT_A_TIME = 500
"""Statuses after which a transaction is made: it keeps the facts waiting for tenths of a second."""
_PACED_BY_PARENT = frozenset({Feed.OUTPUT, Feed.INVESTMENT})


class AssessUnits:
    """Assesses units whose facts changed: many units a view, many statuses a transaction."""

    def __init__(
        self,
        store: AssessmentStore,
        catalogue: Catalogue,
        rules: AssessmentRules,
        clock: Clock,
        owns: Owns = lambda _partition: True,
        kept: KeptCells | None = None,
    ) -> None:
        """`kept` is what this assessor alone moves on from view to view."""
        self._kept = KeptCells() if kept is None else kept
        self._store = store
        self._catalogue = catalogue
        self._rules = rules
        self._clock = clock
        self._owns = owns
        self._tokens = KnownTokens()

    def run(self) -> int:
        """Assess all open marks of owned units; returns how many statuses changed."""
        with self._store.view() as source:
            units = source.units()
            marks: dict[int, list[DirtyMark]] = {}
            for mark in source.dirty():
                if self._owns(units[mark.unit].partition):
                    marks.setdefault(mark.unit, []).append(mark)
        numbers = sorted(marks)
        return sum(
            self._assess({unit: marks[unit] for unit in numbers[start : start + _UNITS_AT_A_TIME]})
            for start in range(0, len(numbers), _UNITS_AT_A_TIME)
        )

    def _assess(self, marks: Mapping[int, list[DirtyMark]]) -> int:
        """Assess some units in one view."""
        now = self._clock.now()
        changed = 0
        made: list[_Assessed] = []
        self._tokens.make_room()
        with self._store.view() as source:
            self._kept.follow(source, self._owns, self._tokens)
            names = _Names.of(source)
            for unit, of_unit in marks.items():
                reader = self._reader(source, unit, names)
                pass_ = _UnitPass(source, self._catalogue, self._rules, (unit, names), reader)
                statuses = pass_.statuses(of_unit, now)
                made.append(_Assessed(of_unit, pass_, statuses, pass_.dependents(of_unit, now)))
                if sum(len(one.statuses) for one in made) >= _STATUSES_AT_A_TIME:
                    changed += self._keep(made, now)
                    made = []
        return changed + self._keep(made, now)

    def _reader(self, source: AssessmentSource, unit: int, names: "_Names") -> UnitReader:
        ids = (unit, names.indicator_ids, names.unit_ids)
        return UnitReader(source, ids, self._rules, self._tokens, self._kept)

    def _keep(self, made: Sequence["_Assessed"], now: datetime) -> int:
        """Store the results of some units; not of those that another replica has assessed since."""
        if not made:
            return 0
        with self._store.transaction() as sink:
            claimed = sink.claim([mark for one in made for mark in one.marks])
            kept = [one for one in made if one.marks[0].unit in claimed]
            sink.save_bases({k: base for one in kept for k, base in one.of.reader.bases.items()})
            sink.want_forecasts(
                [wish for one in kept for wish in one.of.wishes],
                [key for one in kept for key in one.of.dropped],
            )
            sink.mark_dirty([mark for one in kept for mark in one.dependents])
            return sink.publish([status for one in kept for status in one.statuses], now)


@dataclass(frozen=True, slots=True)
class _Assessed:
    """What became of one unit's marks."""

    marks: list[DirtyMark]
    of: "_UnitPass"
    statuses: list[Status]
    dependents: list[DirtyMark]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names and ids of one view."""

    units: Mapping[int, UnitRecord]
    unit_ids: Mapping[str, int]
    indicators: Mapping[int, str]
    indicator_ids: Mapping[str, int]

    @classmethod
    def of(cls, source: AssessmentSource) -> "_Names":
        """Read them."""
        units, indicators = source.units(), source.indicators()
        return cls(
            units,
            {record.name: number for number, record in units.items()},
            indicators,
            {name: number for number, name in indicators.items()},
        )


class _UnitPass:
    """The assessment of one unit in one view."""

    def __init__(
        self,
        source: AssessmentSource,
        catalogue: Catalogue,
        rules: AssessmentRules,
        unit_and_names: tuple[int, _Names],
        reader: UnitReader,
    ) -> None:
        unit, self._names = unit_and_names
        self._source = source
        self._catalogue = catalogue
        self._rules = rules
        self._name = self._names.units[unit].name
        self._indicators = self._names.indicators
        self.reader = reader
        self._projects_stand = False
        """Whether no fact of projects has changed: what was told of them holds."""
        self.wishes: list[ForecastWish] = []
        """Forecasts that the statuses want, and that nobody asked for yet."""
        self.dropped: list[ForecastKey] = []
        """Forecasts that no status wants any more."""

    def statuses(self, marks: Iterable[DirtyMark], now: datetime) -> list[Status]:
        """Statuses of all plans from the earliest changed period of each indicator on."""
        work = self._work(marks)
        self._projects_stand = PROJECT not in work
        return [
            status
            for indicator, earliest in sorted(work.items())
            for plan_id in dict.fromkeys(plan.id for plan in self._catalogue.plans)
            for status in self._of_plan(plan_id, indicator, earliest, now)
        ]

    def _work(self, marks: Iterable[DirtyMark]) -> dict[str, Month]:
        """Earliest period to assess by indicator; memberships concern all that is expected."""
        work: dict[str, Month] = {}
        for mark in marks:
            name = self._indicators[mark.indicator]
            feed = self._feed(name)
            if feed is Feed.MEMBERSHIP:
                names = {n for n in self.reader.indicators if self._feed(n) is Feed.OUTPUT}
            else:
                names = concerned(name, feed, self._value_indicators())
            for each in names:
                work[each] = min(work.get(each, mark.earliest), mark.earliest)
        return work

    def _feed(self, indicator: str) -> Feed:
        return feed_of(indicator, zone=indicator in self._catalogue.own_feeds)

    def _value_indicators(self) -> set[str]:
        plans = self._catalogue.plans
        return {p.unit(self._name).value_indicator for p in plans if p.has_unit(self._name)}

    def _of_plan(
        self, plan_id: str, indicator: str, earliest: Month, now: datetime
    ) -> list[Status]:
        versions: dict[int, tuple[Plan, list[Month]]] = {}
        newest = self._catalogue.plan(plan_id)
        if not newest.has_unit(self._name):
            return []
        primary = newest.unit(self._name).value_indicator == indicator
        forecast = self._source.forecasts(plan_id, self._name, indicator)
        all_periods = self.reader.periods(indicator, with_investment=primary)
        for period in all_periods:
            if period >= earliest or period in forecast:
                plan = self._catalogue.deciding(plan_id, period)
                versions.setdefault(id(plan), (plan, []))[1].append(period)
        found: dict[Month, Status] = {}
        for plan, periods in versions.values():
            if self._follows(plan, indicator):
                told = partial(self._told, plan_id)
                inputs = self.reader.inputs(plan, self._name, indicator, periods, now, told)
                for period in periods:
                    found[period] = self._assembled(inputs, period, now)
        return self._with_record(found, all_periods)

    def _told(self, plan_id: str, period: Month) -> Status | None:
        """The stored status of the unit's projects in a period; None where it must be made."""
        if not self._projects_stand:
            return None
        found = self._source.status_before(plan_id, self._name, PROJECT, period.following)
        return found if found is not None and found.period == str(period) else None

    def _follows(self, plan: Plan, indicator: str) -> bool:
        """Whether this version judges the unit; a plan's own indicator concerns no other plan."""
        if not plan.has_unit(self._name):
            return False
        shared = indicator not in self._catalogue.own_feeds
        return shared or any(stated.id == indicator for stated in plan.indicators_of(self._name))

    def _assembled(self, inputs: UnitInputs, period: Month, now: datetime) -> Status:
        """The status of a period; notes the forecast that it wants."""
        status, wanted = assemble(inputs, period, self._rules.thresholds)
        key = ForecastKey(inputs.plan.id, inputs.unit.id, inputs.indicator, period)
        stored = inputs.forecasts.get(period)
        if wanted is None:
            if stored is not None:
                self.dropped.append(key)
            return status
        digest = digest_of(wanted)
        if stored is None or stored.wanted != digest:
            asked_at = stored.asked_at if stored is not None and stored.waits else now
            version = inputs.input_version(period)
            self.wishes.append(ForecastWish(key, digest, wanted, version, now, asked_at))
        return status

    def _with_record(self, found: dict[Month, Status], periods: list[Month]) -> list[Status]:
        """The statuses, oldest first, with the months since each was last on track."""
        befores = dict(zip(periods[1:], periods, strict=False))
        for period in sorted(found):
            status, before = found[period], befores.get(period)
            last = found.get(before) if before is not None else None
            if before is not None and last is None:
                last = self._source.status_before(
                    status.plan, status.unit, status.indicator, period
                )
            months = months_since_on_track(status, last)
            found[period] = msgspec.structs.replace(status, months_since_on_track=months)
        return [found[period] for period in sorted(found)]

    def dependents(self, marks: Iterable[DirtyMark], now: datetime) -> list[DirtyMark]:
        """Children that pace themselves by this unit's history because they have none.

        A change touches the pace of later years only.
        """
        children = self._children() & self._names.unit_ids.keys()
        stamp = randbits(_STAMP_BITS)
        found = []
        for mark in marks:
            name = self._indicators[mark.indicator]
            if self._feed(name) not in _PACED_BY_PARENT or not self._has_later_year(mark, now):
                continue
            for child in sorted(children):
                number = self._names.unit_ids[child]
                cells = self._source.cells_of(number, mark.indicator)
                late = [p for p in cells if p >= mark.earliest and not past_years(cells, p)]
                if late:
                    found.append(DirtyMark(number, mark.indicator, min(late), stamp))
        return found

    def _children(self) -> set[str]:
        return {
            child.id
            for plan in self._catalogue.plans
            if plan.has_unit(self._name)
            for child in plan.children(self._name)
            if self._name in (child.primary_parent, child.parents[0])
        }

    def _has_later_year(self, mark: DirtyMark, now: datetime) -> bool:
        """Whether anybody can have reported of a year after the mark's: most marks are of today."""
        return mark.earliest.year < now.year
