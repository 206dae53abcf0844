"""The units that a replica shows to Prometheus: newest figures of its own partitions."""

from datetime import datetime

from services.metrics.domain.exported import Snapshot, exported
from services.metrics.ports import StatusStore
from services.metrics.use_cases.gather import Owns
from services.metrics.use_cases.read_clusters import ReadClusters


def snapshot_of(read: ReadClusters, store: StatusStore, owns: Owns, now: datetime) -> Snapshot:
    """Newest shown status of every owned unit and indicator, at `now`."""
    with store.reader() as reader:
        partitions = reader.partitions()
    units = []
    for plan, shown, stalled in read.newest():
        partition = partitions.get(shown.status.unit, -1)
        if owns(partition):
            units.append(exported(plan, shown, partition, stalled))
    return Snapshot(now, tuple(units))
