from shared.events.topics import TOPICS
from shared.messaging.topics import INPUTS, topic_specs


def test_every_topic_of_the_contracts_has_its_settings() -> None:
    assert {spec.name for spec in topic_specs()} == set(TOPICS)


def test_compacted_are_exactly_the_topics_that_the_contracts_say() -> None:
    compacted = {s.name for s in topic_specs() if s.config["cleanup.policy"] == "compact"}
    assert compacted == {name for name, topic in TOPICS.items() if topic.compacted}


def test_inputs_are_kept_for_ever_under_broker_time_and_take_four_mebibytes() -> None:
    for spec in topic_specs():
        if spec.name in INPUTS:
            assert spec.config["retention.ms"] == "-1"
            assert spec.config["retention.bytes"] == "-1"
            assert spec.config["message.timestamp.type"] == "LogAppendTime"
            assert spec.config["max.message.bytes"] == "4194304"


def test_the_number_of_partitions_is_a_choice() -> None:
    partitions = {spec.name: spec.partitions for spec in topic_specs(12)}
    assert partitions["cluster.facts.v1"] == partitions["stats.output.v1"] == 12
    assert partitions["ingest.dead-letters.v1"] == 1
