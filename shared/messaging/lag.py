"""How far consumer groups are behind, from what they committed to Kafka.

Services keep their real positions in their stores; Kafka's copy is for displays like this one and
may be a few seconds older.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from shared.messaging.cluster import KafkaCluster
from shared.messaging.topics import open_admin

UPSTREAM = ("clusterwatch-ingest", "clusterwatch-metrics")
"""Groups of the services that alerts lives on."""

GROUPS = (*UPSTREAM, "clusterwatch-alerts")


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """Position of one group in one partition; `committed` is None before the first commit."""

    group: str
    topic: str
    partition: int
    committed: int | None
    end: int

    @property
    def lag(self) -> int | None:
        """Records not yet taken, or None where nothing was ever committed."""
        return None if self.committed is None else max(0, self.end - self.committed)


def group_lag(kafka: KafkaCluster | str, groups: Sequence[str] = GROUPS) -> list[PartitionLag]:
    """Lag of each partition in which a group committed; raises kafka.errors.KafkaError."""
    with closing(open_admin(kafka)) as admin:
        committed = {}
        for group in groups:  # one request each: the embedded broker answers only for one
            committed[group] = {
                part: known.offset
                for part, known in admin.list_group_offsets({group: None})[group].items()
            }
        present = set(admin.list_topics())
        wanted: dict[TopicPartition, OffsetSpec] = {
            part: OffsetSpec.LATEST
            for offsets in committed.values()
            for part in offsets
            if part.topic in present
        }
        ends = admin.list_partition_offsets(wanted) if wanted else {}
    return [
        PartitionLag(
            group, part.topic, part.partition, offset if offset >= 0 else None, ends[part].offset
        )
        for group, offsets in committed.items()
        for part, offset in sorted(offsets.items())
        if part in ends
    ]
