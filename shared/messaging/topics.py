"""Kafka settings of every topic of the contracts, and which topic a name means on a cluster."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError, for_code

from shared.events.alert_events import ALERT_EVENTS_TOPIC
from shared.events.dead_letter import DEAD_LETTERS_TOPIC
from shared.events.decisions import DECISIONS_TOPIC
from shared.events.facts import FACTS_TOPIC
from shared.events.inputs import INPUT_TOPICS
from shared.events.notices import NOTICES_TOPIC
from shared.events.status import STATUS_TOPIC
from shared.messaging.cluster import KafkaCluster, cluster_of
from shared.messaging.offsets import TopicIdentity
from shared.messaging.refusals import connected

INPUTS = tuple(INPUT_TOPICS)

DEFAULT_PARTITIONS = 6
_PAUSE = 0.05
_MIB = 1024 * 1024
_HOUR_MS = 3_600_000
_NIL = uuid.UUID(int=0)
# Stands in for the id of a topic on brokers without topic ids (Kafka before 2.8, the embedded
# one). It depends on the name alone, so on those brokers only the cluster id tells a new topic.
_SUBSTITUTE_NAMESPACE = uuid.UUID("7a1fb8a6-4bb6-4c53-9f0a-6f6f4a3a5d1e")

_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_INPUT = {
    **_FOR_EVER,
    # "As of" means broker time: a replay decides as the first reading did.
    "message.timestamp.type": "LogAppendTime",
    # Above the product's own limit of 1 MiB, so that an oversized record can be refused by name.
    "max.message.bytes": str(4 * _MIB),
}
_COMPACTED = {
    "cleanup.policy": "compact",
    # The newest record of each key is kept for ever; an hour of history helps to follow a change.
    "min.compaction.lag.ms": str(_HOUR_MS),
    # Only closed segments are compacted; a month's few records would stay open for a week.
    "segment.ms": str(24 * _HOUR_MS),
    "min.cleanable.dirty.ratio": "0.3",
}
_DEAD = {
    **_FOR_EVER,
    # The original value of up to 4 MiB, its headers and the reasons.
    "max.message.bytes": str(8 * _MIB),
}


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic must be: number of partitions and the settings that differ from the default."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def topic_specs(partitions: int = DEFAULT_PARTITIONS) -> tuple[TopicSpec, ...]:
    """All topics. `partitions` limits how many replicas of a service can share the work."""
    return (
        *(TopicSpec(name, partitions, _INPUT) for name in INPUTS),
        # With the reports it is what everything can be rebuilt from.
        TopicSpec(DECISIONS_TOPIC, partitions, _INPUT),
        TopicSpec(FACTS_TOPIC, partitions, _COMPACTED),
        TopicSpec(STATUS_TOPIC, partitions, _COMPACTED),
        TopicSpec(NOTICES_TOPIC, partitions, _FOR_EVER),
        # One partition: read by people, in the order of arrival.
        TopicSpec(DEAD_LETTERS_TOPIC, 1, _DEAD),
        TopicSpec(ALERT_EVENTS_TOPIC, partitions, _FOR_EVER),
    )


class TopicState(StrEnum):
    """What `ensure_topics` or `compare_topics` found."""

    CREATED = "created"
    AS_SPECIFIED = "as specified"
    DIFFERS = "differs"
    MISSING = "missing"


class Drift(NamedTuple):
    """One setting of an existing topic that is not as specified."""

    setting: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class TopicReport:
    """State of one topic; `drift` is empty unless the state is DIFFERS."""

    name: str
    state: TopicState
    partitions: int
    drift: tuple[Drift, ...] = ()


def open_admin(kafka: KafkaCluster | str, patience_ms: int = 30_000) -> KafkaAdminClient:
    """Admin client; raises kafka.errors.KafkaError when no broker answers in time, or refuses."""
    cluster = cluster_of(kafka)

    def make(timeout_ms: int) -> KafkaAdminClient:
        return KafkaAdminClient(
            **cluster.client_arguments(),
            bootstrap_timeout_ms=timeout_ms,
            client_id="clusterwatch-admin",
        )

    return connected(make, cluster, patience_ms)


def ensure_topics(
    kafka: KafkaCluster | str, specs: Iterable[TopicSpec], *, replication_factor: int = -1
) -> list[TopicReport]:
    """Create the missing topics and wait until they can be used; report how the others differ.

    An existing topic is never changed: a different number of partitions would move keys, and
    settings may be an operator's decision. `replication_factor` -1 is the cluster's default.
    Raises kafka.errors.KafkaError.
    """
    wanted = list(specs)
    with closing(open_admin(kafka)) as admin:
        existing = _describe(admin, [spec.name for spec in wanted])
        missing = [spec for spec in wanted if spec.name not in existing]
        created = _create(admin, missing, replication_factor)
        reports = _compare(admin, wanted)
    return [
        TopicReport(report.name, TopicState.CREATED, report.partitions)
        if report.name in created and report.state is TopicState.AS_SPECIFIED
        else report
        for report in reports
    ]


def recreate_topics(
    kafka: KafkaCluster | str,
    specs: Sequence[TopicSpec],
    *,
    replication_factor: int = -1,
    patience: float = 30.0,
) -> None:
    """Delete the topics where they exist and create them empty, with new ids.

    Raises kafka.errors.KafkaError, and `TimeoutError` when the broker does not let go of one.
    """
    names = {spec.name for spec in specs}
    with closing(open_admin(kafka)) as admin:
        present = sorted(names.intersection(admin.list_topics()))
        if present:
            admin.delete_topics(present)
        deadline = time.monotonic() + patience
        while names.intersection(admin.list_topics()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"topics still there after {patience:.0f} s: {present}")
            time.sleep(_PAUSE)
    ensure_topics(kafka, specs, replication_factor=replication_factor)


def compare_topics(kafka: KafkaCluster | str, specs: Iterable[TopicSpec]) -> list[TopicReport]:
    """How the topics are, compared with `specs`; changes nothing."""
    with closing(open_admin(kafka)) as admin:
        return _compare(admin, list(specs))


def topic_identities(kafka: KafkaCluster | str, topics: Iterable[str]) -> dict[str, TopicIdentity]:
    """Identity of each topic that exists; missing ones are left out.

    A topic that was deleted and made again has another id. Where the broker knows no topic ids,
    a substitute made from the name stands in.
    """
    with closing(open_admin(kafka)) as admin:
        cluster_id = str(admin.describe_cluster().get("cluster_id") or "")
        described = _describe(admin, topics)
    return {name: TopicIdentity(cluster_id, _topic_id(topic)) for name, topic in described.items()}


def _topic_id(topic: Mapping[str, Any]) -> str:
    given = topic.get("topic_id")
    if given and uuid.UUID(str(given)) != _NIL:
        return str(given)
    return str(uuid.uuid5(_SUBSTITUTE_NAMESPACE, topic["name"]))


def _describe(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Metadata of the topics that exist, by name; raises on errors other than 'unknown'."""
    found: dict[str, dict[str, Any]] = {}
    unknown_topic = 3  # error code of the Kafka protocol
    for topic in admin.describe_topics(list(names)):
        if topic["error_code"] == unknown_topic:
            continue
        if topic["error_code"]:
            raise for_code(topic["error_code"])(topic["name"])
        found[topic["name"]] = topic
    return found


def _create(
    admin: KafkaAdminClient, specs: list[TopicSpec], replication_factor: int
) -> frozenset[str]:
    for spec in specs:
        request = {
            spec.name: {
                "num_partitions": spec.partitions,
                "replication_factor": replication_factor,
                "configs": dict(spec.config),
            }
        }
        try:
            admin.create_topics(request)
        except TopicAlreadyExistsError:
            continue  # another process was faster
    names = [spec.name for spec in specs]
    admin.wait_for_topics(names, timeout_ms=30_000)
    return frozenset(names)


def _compare(admin: KafkaAdminClient, specs: list[TopicSpec]) -> list[TopicReport]:
    described = _describe(admin, [spec.name for spec in specs])
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in described]
    answer = admin.describe_configs(resources, config_filter="all") if resources else {}
    configs = answer.get("topic", {})
    return [_report(spec, described.get(spec.name), configs.get(spec.name, {})) for spec in specs]


def _report(
    spec: TopicSpec, topic: Mapping[str, Any] | None, config: Mapping[str, Mapping[str, Any]]
) -> TopicReport:
    if topic is None:
        return TopicReport(spec.name, TopicState.MISSING, 0)
    partitions = len(topic["partitions"])
    drift = [
        Drift(setting, wanted, str(config[setting]["value"]))
        for setting, wanted in spec.config.items()
        # The embedded broker describes no settings: what is not told cannot differ.
        if setting in config and str(config[setting]["value"]) != wanted
    ]
    if partitions != spec.partitions:
        drift.insert(0, Drift("partitions", str(spec.partitions), str(partitions)))
    state = TopicState.DIFFERS if drift else TopicState.AS_SPECIFIED
    return TopicReport(spec.name, state, partitions, tuple(drift))
