"""Statuses as they were known at a moment of the past, made anew from the facts of then."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from services.metrics.domain.assembly import assemble
from services.metrics.domain.feeds import behind, reporting_period
from services.metrics.ports import PastSource, StatusReader
from services.metrics.use_cases.gather import AssessmentRules, UnitReader
from services.metrics.use_cases.read_clusters import ReadClusters
from services.metrics.use_cases.tokens import KnownTokens
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Catalogue

OpenPast = Callable[[datetime], AbstractContextManager[tuple[PastSource, StatusReader]]]
"""Opens one view of the store: as it was known at a moment, and as it is."""


@dataclass(frozen=True, slots=True)
class PastStore:
    """`StatusStore` of a moment of the past."""

    open: OpenPast
    catalogue: Catalogue
    rules: AssessmentRules
    at: datetime

    @contextmanager
    def reader(self) -> Iterator["PastStatuses"]:
        """A reader with one view of the store."""
        with self.open(self.at) as (source, present):
            yield PastStatuses(source, present, self.catalogue, self.rules, self.at)


def past_of(
    read: ReadClusters, open_: OpenPast, catalogue: Catalogue, rules: AssessmentRules
) -> Callable[[datetime], ReadClusters]:
    """Read sides of moments of the past, over the same masking as `read`."""
    return lambda moment: read.reading_from(PastStore(open_, catalogue, rules, moment), moment)


class PastStatuses:
    """`StatusReader` of what was known at a moment; judged by the rules and plans of today.

    Without forecasts beyond the pace, and without the months since a unit was on track.
    """

    def __init__(
        self,
        source: PastSource,
        present: StatusReader,
        catalogue: Catalogue,
        rules: AssessmentRules,
        at: datetime,
    ) -> None:
        self._source = source
        self._present = present
        self._catalogue = catalogue
        self._rules = rules
        self._at = at
        self._tokens = KnownTokens()
        self._readers: dict[str, UnitReader] = {}

    @cached_property
    def _unit_ids(self) -> Mapping[str, int]:
        return {record.name: number for number, record in self._source.units().items()}

    @cached_property
    def _indicator_ids(self) -> Mapping[str, int]:
        return {name: number for number, name in self._source.indicators().items()}

    def newest_periods(self, plan: str) -> dict[tuple[str, str], Month]:
        """Newest period of each (unit, indicator) of which anything was known then."""
        found: dict[tuple[str, str], Month] = {}
        for unit, indicator in self._present.newest_periods(plan):
            number = self._unit_ids.get(unit)
            if number is None:
                continue
            facts = (self._indicator_ids[name] for name in behind(indicator, self._indicator_ids))
            periods = [self._source.newest_period(number, each) for each in facts]
            known = [reporting_period(period) for period in periods if period is not None]
            if known:
                found[unit, indicator] = max(known)
        return found

    def of_periods(self, plan: str, indicator: str, periods: Iterable[Month]) -> list[Status]:
        """Statuses of all units in these periods."""
        wanted = set(periods)
        units = [unit for unit, of in self._present.newest_periods(plan) if of == indicator]
        return [s for unit in sorted(units) for s in self._of_unit(plan, unit, indicator, wanted)]

    def of_indicator(self, plan: str, indicator: str) -> list[Status]:
        """Statuses of all units and periods."""
        present = {Month.parse(s.period) for s in self._present.of_indicator(plan, indicator)}
        return self.of_periods(plan, indicator, present)

    def changed_since(self, version: int, known: Mapping[str, int]) -> Iterable[tuple[int, Status]]:
        """Changes of what is known today: what is hidden today is hidden in the past too."""
        return self._present.changed_since(version, known)

    def change_mark(self) -> str:
        """Text that changes whenever an answer may: a late record may carry an old time."""
        return f"{self._present.change_mark()}-{int(self._at.timestamp())}"

    def partitions(self) -> dict[str, int]:
        """Partition that each unit's facts come from."""
        return self._present.partitions()

    def _of_unit(
        self, plan_id: str, unit: str, indicator: str, wanted: Iterable[Month]
    ) -> list[Status]:
        reader = self._reader(unit)
        if reader is None:
            return []
        newest = self._catalogue.plan(plan_id)
        primary = newest.has_unit(unit) and newest.unit(unit).value_indicator == indicator
        known = set(reader.periods(indicator, with_investment=primary))
        found = []
        for period in sorted(known.intersection(wanted)):
            plan = self._catalogue.deciding(plan_id, period)
            if plan.has_unit(unit):
                inputs = reader.inputs(plan, unit, indicator, [period], self._at)
                found.append(assemble(inputs, period, self._rules.thresholds).status)
        return found

    def _reader(self, unit: str) -> UnitReader | None:
        number = self._unit_ids.get(unit)
        if number is None:
            return None
        if unit not in self._readers:
            ids = (number, self._indicator_ids, self._unit_ids)
            self._readers[unit] = UnitReader(self._source, ids, self._rules, self._tokens)
        return self._readers[unit]
