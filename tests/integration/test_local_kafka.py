"""The local Apache Kafka keeps what it was given, and its topics can be made and compared."""

from pathlib import Path

import pytest

from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.local_kafka import LocalKafka
from shared.messaging.topics import (
    INPUTS,
    TopicSpec,
    TopicState,
    compare_topics,
    ensure_topics,
    recreate_topics,
    topic_identities,
    topic_specs,
)
from shared.testing.kafka import consume_all, produce

pytestmark = pytest.mark.kafka
OUTPUT = "stats.output.v1"


def test_a_restart_keeps_records_cluster_id_topic_id_and_address(tmp_path: Path) -> None:
    broker = LocalKafka(tmp_path / "data", tmp_path / "kafka.log")
    with broker:
        ensure_topics(broker.bootstrap, topic_specs(2))
        produce(broker.bootstrap, OUTPUT, [(b"k", "产值".encode())])
        before = topic_identities(broker.bootstrap, [OUTPUT])
        address = broker.bootstrap
    assert broker.child is not None
    assert not broker.child.running
    with broker:
        assert broker.bootstrap == address
        assert topic_identities(broker.bootstrap, [OUTPUT]) == before
        assert before[OUTPUT].cluster_id == broker.cluster_id()
        ((_, _, key, value, _),) = consume_all(broker.bootstrap, OUTPUT)
        assert (key, value) == (b"k", "产值".encode())
        broker.kill()


def test_topics_are_made_once_and_then_left_as_they_are(kafka: LocalKafka) -> None:
    again = ensure_topics(kafka.bootstrap, topic_specs())
    assert {report.state for report in again} == {TopicState.AS_SPECIFIED}
    assert {report.name for report in again} == {spec.name for spec in topic_specs()}


def test_a_topic_with_other_settings_is_reported_and_not_changed(kafka: LocalKafka) -> None:
    wished = TopicSpec("drift.v1", 2, {"retention.ms": "-1", "max.message.bytes": "2000000"})
    ensure_topics(kafka.bootstrap, [TopicSpec("drift.v1", 1, {"retention.ms": "1000"})])
    (report,) = ensure_topics(kafka.bootstrap, [wished])
    assert report.state is TopicState.DIFFERS
    assert [(drift.setting, drift.wanted) for drift in report.drift] == [
        ("partitions", "2"),
        ("retention.ms", "-1"),
        ("max.message.bytes", "2000000"),
    ]
    assert report.drift[1].found == "1000"


def test_a_missing_topic_is_named_and_not_made_by_looking(kafka: LocalKafka) -> None:
    for _ in range(2):
        (report,) = compare_topics(kafka.bootstrap, [TopicSpec("absent.v1", 1)])
        assert report.state is TopicState.MISSING
    assert topic_identities(kafka.bootstrap, ["absent.v1"]) == {}


def test_made_again_a_topic_is_empty_and_has_another_id(kafka: LocalKafka) -> None:
    spec = TopicSpec("again.v1", 1)
    ensure_topics(kafka.bootstrap, [spec])
    produce(kafka.bootstrap, spec.name, [(None, b"x")])
    before = topic_identities(kafka.bootstrap, [spec.name])[spec.name]
    recreate_topics(kafka.bootstrap, [spec])
    after = topic_identities(kafka.bootstrap, [spec.name])[spec.name]
    assert after.topic_id != before.topic_id
    assert after.cluster_id == before.cluster_id
    assert consume_all(kafka.bootstrap, spec.name) == []


def test_input_topics_take_an_oversized_record(kafka: LocalKafka) -> None:
    large = b"x" * (3 * 1024 * 1024)
    assert produce(kafka.bootstrap, INPUTS[5], [(b"k", large)]) == 1


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    broker = LocalKafka(tmp_path / "data", tmp_path / "kafka.log", heap="1k")
    with pytest.raises(LaunchError, match=r"before it was ready; its log .*kafka\.log"):
        broker.start()
