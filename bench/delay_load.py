"""Reports of many enterprises in the clusters of a plan, where each is worth one yuan more.

The reports of a cluster go to one partition in order, and each raises its enterprise's year-to-date
by one yuan: a cluster's total tells which of them it holds.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from shared.events.inputs import OUTPUT_TOPIC
from shared.plans import Unit, UnitKind, load_catalogue
from shared.testing.load import Place, credit_code, event_of, registration

PLAN = "suzhou-2027"
PERIOD = "2025-08"
_FIRST_YTD = 10_000_000
_CODE_LENGTH = 4
"""Digits of an industry's class (GB/T 4754)."""


class Report(NamedTuple):
    """A record to send, and what its cluster's total is once it counts."""

    topic: str
    key: bytes
    value: bytes
    partition: int
    cluster: str
    total: int


@dataclass(slots=True)
class Cluster:
    """A cluster and its reporters; makes one report after the other."""

    unit: str
    place: Place
    partition: int
    codes: list[str]
    sent: int = 0
    revisions: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.revisions = [1] * len(self.codes)

    @property
    def total(self) -> int:
        """Year-to-date of the cluster when all that was made counts."""
        return len(self.codes) * _FIRST_YTD + self.sent

    def register(self) -> list[Report]:
        """Entries into the register."""
        made = []
        for code in self.codes:
            event = registration(code, self.place)
            made.append(Report(event.topic, event.key, event.value, self.partition, self.unit, 0))
        return made

    def first_reports(self) -> list[Report]:
        """A first report of every enterprise."""
        return [self._report(number, 0) for number in range(len(self.codes))]

    def next_report(self) -> Report:
        """A revision of the next enterprise's report, worth one yuan more."""
        number = self.sent % len(self.codes)
        self.sent += 1
        self.revisions[number] += 1
        return self._report(number, self.revisions[number] - 1)

    def _report(self, number: int, more: int) -> Report:
        code, revision = self.codes[number], self.revisions[number]
        body = {
            "event_id": f"{code}:{revision}",
            "source": "simulated",
            "uscc": code,
            "period": PERIOD,
            "indicator": "gross_output",
            "unit": "元",
            "month": _FIRST_YTD // 8 + more,
            "ytd": _FIRST_YTD + more,
            "revision": revision,
            "reported_at": "2025-09-08T09:00:00+08:00",
        }
        event = event_of(OUTPUT_TOPIC, code, body)
        return Report(event.topic, event.key, event.value, self.partition, self.unit, self.total)


def clusters_of(reporters: int, partitions: int) -> list[Cluster]:
    """The plan's clusters with so many simulated enterprises each."""
    plan = next(plan for plan in load_catalogue().plans if plan.id == PLAN)
    units = [
        unit
        for unit in plan.units
        if unit.kind is UnitKind.CLUSTER and unit.membership and unit.membership[0].regions
    ]
    made = []
    for number, unit in enumerate(units):
        codes = [credit_code(number * reporters + each) for each in range(1, reporters + 1)]
        made.append(Cluster(unit.id, _place(unit), number % partitions, codes))
    return made


def _place(unit: Unit) -> Place:
    """Region and industry by which enterprises count in a unit."""
    rule = unit.membership[0]
    return Place(rule.regions[0], rule.industries[0].ljust(_CODE_LENGTH, "1"), (unit.id,))
