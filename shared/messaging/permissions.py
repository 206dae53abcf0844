"""What each service may do at Kafka, and what of it the brokers do not allow."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError, KafkaError

from shared.events.alert_events import ALERT_EVENTS_TOPIC
from shared.events.dead_letter import DEAD_LETTERS_TOPIC
from shared.events.decisions import DECISIONS_TOPIC
from shared.events.facts import FACTS_TOPIC
from shared.events.inputs import INPUT_TOPICS
from shared.events.notices import NOTICES_TOPIC
from shared.events.status import STATUS_TOPIC
from shared.messaging.cluster import KafkaCluster
from shared.messaging.topics import open_admin

_INPUTS = tuple(INPUT_TOPICS)
_PATIENCE_MS = 10_000
_FORBIDDEN = 29  # TOPIC_AUTHORIZATION_FAILED of Kafka's protocol


@dataclass(frozen=True, slots=True)
class Permissions:
    """Topics and groups of one principal. Reading and writing imply describing."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    """Topics whose ends are looked at."""
    groups: tuple[str, ...] = ()
    """Consumer groups it is a member of."""
    watches: tuple[str, ...] = ()
    """Consumer groups whose positions it looks at."""

    def of_topics(self) -> dict[str, set[str]]:
        """Operations by topic, as Kafka names them."""
        found: dict[str, set[str]] = {}
        for operation, topics in (
            ("READ", self.reads),
            ("WRITE", self.writes),
            ("DESCRIBE", self.describes),
        ):
            for topic in topics:
                found.setdefault(topic, set()).add(operation)
        return found

    def of_groups(self) -> dict[str, set[str]]:
        """Operations by consumer group."""
        return {
            **{group: {"DESCRIBE"} for group in self.watches},
            **{group: {"READ"} for group in self.groups},
        }


PERMISSIONS: Mapping[str, Permissions] = {
    "ingest": Permissions(
        # Dead letters are listed and replayed; reports over HTTP go to the input topics.
        reads=(*_INPUTS, DECISIONS_TOPIC, DEAD_LETTERS_TOPIC),
        writes=(*_INPUTS, DECISIONS_TOPIC, FACTS_TOPIC, NOTICES_TOPIC, DEAD_LETTERS_TOPIC),
        groups=("clusterwatch-ingest",),
    ),
    "metrics": Permissions(
        reads=(FACTS_TOPIC,),
        writes=(STATUS_TOPIC, DEAD_LETTERS_TOPIC),
        groups=("clusterwatch-metrics",),
    ),
    "alerts": Permissions(
        reads=(STATUS_TOPIC, NOTICES_TOPIC),
        writes=(ALERT_EVENTS_TOPIC, DEAD_LETTERS_TOPIC),
        # A first load is over when those before alerts have read everything.
        describes=(*_INPUTS, DECISIONS_TOPIC, FACTS_TOPIC),
        groups=("clusterwatch-alerts",),
        watches=("clusterwatch-ingest", "clusterwatch-metrics"),
    ),
}
"""By service; the same as in ``deploy/kafka/acls.yaml``."""


def missing_permissions(cluster: KafkaCluster, wanted: Permissions) -> list[str]:
    """What the principal may not do, such as ``READ topic x``; topics that are not there are left.

    Raises kafka.errors.KafkaError. Blocks.
    """
    topics = wanted.of_topics()
    with closing(open_admin(cluster, _PATIENCE_MS)) as admin:
        described = admin.describe_topics(sorted(topics))
        found = [words for topic in described for words in _of_topic(topic, topics)]
        for group, operations in wanted.of_groups().items():
            found += _of_group(admin, group, operations)
    return sorted(found)


def _of_topic(described: Mapping[str, Any], wanted: Mapping[str, set[str]]) -> Iterable[str]:
    name = described["name"]
    if described["error_code"] == _FORBIDDEN:
        lacking = wanted[name]
    elif described["error_code"] or described.get("authorized_operations") is None:
        return []  # not there yet, or a broker that does not say
    else:
        lacking = wanted[name] - set(described["authorized_operations"])
    return [f"{operation} topic {name}" for operation in lacking]


def _of_group(admin: KafkaAdminClient, group: str, wanted: set[str]) -> list[str]:
    try:
        allowed = admin.describe_groups([group])[group].get("authorized_operations")
    except GroupAuthorizationFailedError:
        allowed = ()
    except KafkaError:
        return []  # the coordinator is not there yet
    if allowed is None:
        # A group that never was: brokers tell no rights of it, so READ and DESCRIBE look alike.
        return []  # joining it tells
    return [f"{operation} group {group}" for operation in wanted - set(allowed)]
