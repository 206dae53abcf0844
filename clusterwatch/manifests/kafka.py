"""Topics and users of Kafka as objects of the Strimzi operator."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from shared.messaging.topics import topic_specs

_CLUSTER = {"strimzi.io/cluster": "clusterwatch"}
_API = "kafka.strimzi.io/v1"
_REPLICAS = 3


def topics() -> Iterator[dict[str, Any]]:
    """One KafkaTopic per topic of the contracts, as `clusterwatch topics ensure` makes it."""
    for spec in topic_specs():
        yield {
            "apiVersion": _API,
            "kind": "KafkaTopic",
            "metadata": {"name": spec.name, "labels": _CLUSTER},
            "spec": {
                "partitions": spec.partitions,
                "replicas": _REPLICAS,
                "config": {name: _plain(value) for name, value in spec.config.items()},
            },
        }


def users(acls: Path) -> Iterator[dict[str, Any]]:
    """One KafkaUser per principal of the file, and one for KEDA, which looks at lags."""
    principals = yaml.safe_load(acls.read_text(encoding="utf-8"))["principals"]
    for name, rules in {**principals, "clusterwatch-keda": _lag_rules(principals)}.items():
        yield {
            "apiVersion": _API,
            "kind": "KafkaUser",
            "metadata": {"name": name, "labels": _CLUSTER},
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {"type": "simple", "acls": [_acl(rule) for rule in rules]},
            },
        }


def _lag_rules(principals: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Describe whatever some principal reads as a group: topics and groups."""
    readers = [rules for rules in principals.values() if any(r["type"] == "group" for r in rules)]
    read = {
        (rule["type"], rule["name"])
        for rules in readers
        for rule in rules
        if "Read" in rule["operations"]
    }
    return [{"type": t, "name": n, "operations": ["Describe"]} for t, n in sorted(read)]


def _acl(rule: Mapping[str, Any]) -> dict[str, Any]:
    resource = {"type": rule["type"]}
    if rule["type"] != "cluster":  # Strimzi's is always the one cluster
        resource |= {"name": rule["name"], "patternType": "literal"}
    return {"resource": resource, "operations": list(rule["operations"])}


def _plain(value: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
