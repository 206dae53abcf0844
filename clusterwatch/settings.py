"""Settings of the launcher and of the commands that speak to Kafka."""

from pydantic import Field

from shared.messaging.topics import DEFAULT_PARTITIONS
from shared.settings import CommonSettings


class LauncherSettings(CommonSettings):
    """What `clusterwatch run` and the topic commands read besides the common settings."""

    kafka_heap: str = Field(
        default="512m", description="Heap of the local Apache Kafka, in Java's notation."
    )
    kafka_port: int = Field(
        default=9092,
        ge=1,
        le=65535,
        description="Wished port of the local broker; another free one is taken if it is in use.",
    )
    topic_partitions: int = Field(
        default=DEFAULT_PARTITIONS,
        ge=1,
        description="Partitions of new topics: the most replicas that can share a service's work.",
    )
    topic_replication_factor: int = Field(
        default=-1, description="Replicas of new topics; -1 is the cluster's own default."
    )
