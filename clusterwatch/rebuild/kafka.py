"""What a rebuild asks of Kafka: who still reads, and where the topics end."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from clusterwatch.rebuild.stores import Ends
from shared.messaging.cluster import KafkaCluster
from shared.messaging.lag import GROUPS
from shared.messaging.topics import TopicSpec, TopicState, compare_topics, open_admin, topic_specs


def members(kafka: KafkaCluster | str) -> dict[str, int]:
    """Number of members by consumer group, of the groups that have any."""
    with closing(open_admin(kafka)) as admin:
        described = admin.describe_groups(list(GROUPS))
    found = {name: len(group.get("members") or ()) for name, group in described.items()}
    return {name: number for name, number in found.items() if number}


def missing(kafka: KafkaCluster | str, topics: Iterable[str]) -> list[str]:
    """Those of the topics that are not there."""
    wanted = [spec for spec in topic_specs() if spec.name in set(topics)]
    reports = compare_topics(kafka, wanted)
    return [report.name for report in reports if report.state is TopicState.MISSING]


def as_they_are(
    kafka: KafkaCluster | str, topics: Iterable[str], partitions: int | None = None
) -> list[TopicSpec]:
    """Specifications of topics with `partitions`, or as many as they have now."""
    wanted = {spec.name: spec for spec in topic_specs() if spec.name in set(topics)}
    return [
        replace(wanted[report.name], partitions=number)
        if (number := partitions or report.partitions)
        else wanted[report.name]
        for report in compare_topics(kafka, wanted.values())
    ]


def ends(kafka: KafkaCluster | str, topics: Iterable[str]) -> Ends:
    """End offset of every partition of the topics."""
    with closing(open_admin(kafka)) as admin:
        described = admin.describe_topics(list(topics))
        wanted = {
            TopicPartition(topic["name"], partition["partition_index"]): OffsetSpec.LATEST
            for topic in described
            for partition in topic["partitions"]
        }
        found = admin.list_partition_offsets(wanted) if wanted else {}
    by_topic: Ends = {}
    for part, at in found.items():
        by_topic.setdefault(part.topic, {})[part.partition] = at.offset
    return by_topic
