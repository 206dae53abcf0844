"""Lag of consumer groups, on both kinds of broker."""

from contextlib import closing

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from clusterwatch.launcher.embedded import EmbeddedBroker
from clusterwatch.launcher.local_kafka import LocalKafka
from shared.messaging.lag import PartitionLag, group_lag
from shared.testing.kafka import produce

TOPIC = "stats.funds.v1"
METRICS = "clusterwatch-metrics"


def commit(bootstrap: str, group: str, partition: int, offset: int) -> None:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    with closing(consumer):
        part = TopicPartition(TOPIC, partition)
        consumer.assign([part])
        consumer.commit({part: OffsetAndMetadata(offset, "", -1)})


@pytest.mark.kafka
def test_lag_is_the_end_less_what_a_group_committed(empty_topics: LocalKafka) -> None:
    bootstrap = empty_topics.bootstrap
    produce(bootstrap, TOPIC, [(b"k", b"{}")] * 5, partition=2)
    commit(bootstrap, METRICS, 2, 3)
    assert group_lag(bootstrap, [METRICS]) == [PartitionLag(METRICS, TOPIC, 2, 3, 5)]
    assert group_lag(bootstrap, [METRICS])[0].lag == 2


@pytest.mark.kafka
def test_a_group_that_never_committed_has_no_line(kafka: LocalKafka) -> None:
    assert group_lag(kafka.bootstrap, ["never-seen"]) == []


@pytest.mark.embedded
def test_the_embedded_broker_tells_lag_too(embedded_broker: EmbeddedBroker) -> None:
    bootstrap = embedded_broker.bootstrap
    produce(bootstrap, TOPIC, [(b"k", b"{}")] * 5, partition=2, idempotence=False)
    commit(bootstrap, METRICS, 2, 3)
    (known,) = group_lag(bootstrap, [METRICS])
    assert (known.partition, known.committed) == (2, 3)
