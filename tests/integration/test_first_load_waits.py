"""Alerts takes a first load for over only when the services before it have read everything."""

import pytest
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from clusterwatch.launcher.local_kafka import LocalKafka
from services.alerts.wiring.parts import upstream_waits
from shared.messaging.lag import UPSTREAM
from shared.testing.kafka import produce
from shared.testing.waiting import wait_until


@pytest.mark.kafka
def test_a_lag_of_ingest_or_metrics_is_waited_for(empty_topics: LocalKafka) -> None:

    bootstrap = empty_topics.bootstrap
    # Nobody is there who could be behind; a new broker first has to make its topic of offsets.
    wait_until(lambda: not upstream_waits(bootstrap), seconds=60, what="nothing waits")
    part = TopicPartition("cluster.facts.v1", 0)
    produce(bootstrap, part.topic, [(b"k", b"v")] * 3, partition=0)
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=UPSTREAM[1], enable_auto_commit=False
    )
    consumer.assign([part])
    answers = []
    for offset in (1, 3):
        consumer.commit({part: OffsetAndMetadata(offset, "", -1)})
        answers.append(upstream_waits(bootstrap))
    consumer.close()

    assert answers == [True, False]
