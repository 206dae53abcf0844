"""The embedded broker is good enough for a first look."""

from pathlib import Path

import pytest

from clusterwatch.launcher.embedded import EmbeddedBroker
from shared.messaging.topics import TopicState, ensure_topics, topic_identities, topic_specs
from shared.testing.kafka import consume_all, produce

pytestmark = pytest.mark.embedded
OUTPUT = "stats.output.v1"


def test_it_takes_and_gives_records_with_chinese_headers(embedded_broker: EmbeddedBroker) -> None:
    bootstrap = embedded_broker.bootstrap
    header = ("ce_source", "宿州".encode())
    produce(bootstrap, OUTPUT, [(b"k", "产值".encode())], [header], idempotence=False)
    ((_, _, key, value, headers),) = consume_all(bootstrap, OUTPUT)
    assert (key, value, headers) == (b"k", "产值".encode(), [header])


def test_topics_are_made_once(embedded_broker: EmbeddedBroker) -> None:
    again = ensure_topics(embedded_broker.bootstrap, topic_specs())
    assert {report.state for report in again} == {TopicState.AS_SPECIFIED}


def test_each_start_is_another_cluster(tmp_path: Path) -> None:
    seen = set()
    broker = EmbeddedBroker(tmp_path / "log")
    for _ in range(2):
        with broker:
            ensure_topics(broker.bootstrap, topic_specs())
            seen.add(topic_identities(broker.bootstrap, [OUTPUT])[OUTPUT])
        assert broker.child is not None
        assert not broker.child.running
    assert len({identity.cluster_id for identity in seen}) == len(seen) == 2
