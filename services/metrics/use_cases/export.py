"""The units that a replica shows to Prometheus: newest figures of its own partitions."""

from datetime import date, datetime

from services.metrics.domain.exported import Exported, Snapshot, exported
from services.metrics.ports import StatusReader, StatusStore
from services.metrics.use_cases.gather import Owns
from services.metrics.use_cases.read_clusters import COMMITS_LATE, ReadClusters
from shared.clock import CHINA
from shared.confidentiality import EVERYTHING, Mask
from shared.events.status import Status
from shared.plans import Plan
from shared.stalling import stalled_projects

Series = tuple[str, str, str]
"""Plan, unit, indicator."""


class NewestStatuses:
    """Newest status of every series; only statuses that changed are read again."""

    def __init__(self) -> None:
        self.by_series: dict[Series, Status] = {}
        self._newest_version = -1
        self._recent: dict[str, int] = {}
        """Versions by key of what may be read twice, because a transaction may commit late."""

    def follow(self, reader: StatusReader) -> None:
        """Take what changed since the last time."""
        since = self._newest_version - COMMITS_LATE
        for version, status in reader.changed_since(since, self._recent):
            self._newest_version = max(self._newest_version, version)
            self._recent[status.key] = version
            series = (status.plan, status.unit, status.indicator)
            known = self.by_series.get(series)
            if known is None or known.period <= status.period:
                self.by_series[series] = status
        horizon = self._newest_version - COMMITS_LATE
        self._recent = {key: at for key, at in self._recent.items() if at > horizon}


class Snapshots:
    """Takes snapshots for the metrics page; what did not change is not made again."""

    def __init__(self, read: ReadClusters, store: StatusStore, owns: Owns) -> None:
        self._read = read
        self._store = store
        self._owns = owns
        self._newest = NewestStatuses()
        self._shown_by: tuple[Mask, date] = (EVERYTHING, date.min)
        self._made: dict[Series, tuple[Status, Exported]] = {}

    def take(self, now: datetime) -> Snapshot:
        """Newest status of every owned unit and indicator, as it may be shown at `now`."""
        with self._store.reader() as reader:
            partitions = reader.partitions()
            self._newest.follow(reader)
            shown_by = (self._read.mask(reader), now.astimezone(CHINA).date())
        if shown_by != self._shown_by:
            self._shown_by = shown_by
            self._made = {}
        made: dict[Series, tuple[Status, Exported]] = {}
        plans = {plan.id: plan for plan in self._read.plans()}
        for series, status in sorted(self._newest.by_series.items()):
            plan, partition = plans.get(status.plan), partitions.get(status.unit, -1)
            if plan is not None and plan.has_unit(status.unit) and self._owns(partition):
                made[series] = self._exported(series, status, plan, partition)
        self._made = made
        return Snapshot(now, tuple(unit for _, unit in made.values()))

    def _exported(
        self, series: Series, status: Status, plan: Plan, partition: int
    ) -> tuple[Status, Exported]:
        known = self._made.get(series)
        if known is not None and known[0] is status and known[1].partition == partition:
            return known
        mask, today = self._shown_by
        stalled = None if status.projects is None else len(stalled_projects(status.projects, today))
        return status, exported(plan, mask.show(status), partition, stalled)
