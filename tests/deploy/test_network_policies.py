"""The policies let through what connections.yaml lists, and nothing else between the services."""

from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any

import pytest
import yaml

from clusterwatch.services import SERVICES, settings_class
from shared.testing.manifests import DEPLOY, Object, of_kind, pods

pytestmark = pytest.mark.kubectl

NAMESPACE = "clusterwatch"
PORTS = {"ingest": 8101, "metrics": 8102, "alerts": 8103, "kafka": 9093, "postgresql": 5432}
OUTSIDE = {  # namespace, labels, address
    "prometheus": ("monitoring", {"app.kubernetes.io/name": "prometheus"}, "10.0.0.7"),
    "keda": ("keda", {"app": "keda-operator"}, "10.0.0.8"),
    "people": ("ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"}, "10.0.0.9"),
    "postgresql": ("", {}, "10.1.2.3"),
    "internet": ("", {}, "203.0.113.7"),
    "stranger": ("default", {"app": "stranger"}, "10.0.0.10"),
}
KAFKA = {"strimzi.io/cluster": "clusterwatch", "strimzi.io/kind": "Kafka"}
ADDRESSES = ("_url", "_servers", "_host", "_issuer")
# Stand in messages and papers; nobody connects to them.
SHOWN_ONLY = {"ALERTS_PUBLIC_URL", "ALERTS_WALL_URL", "ALERTS_PAPERS_ISSUER"}

Peer = tuple[str, dict[str, str], str]
CONNECTIONS: list[dict[str, Any]] = yaml.safe_load(
    (DEPLOY / "k8s" / "connections.yaml").read_text(encoding="utf-8")
)
OPEN = [way for way in CONNECTIONS if not way.get("optional")]


def peer(name: str) -> Peer:
    if name in OUTSIDE:
        return OUTSIDE[name]
    if name == "kafka":
        return NAMESPACE, KAFKA, "10.2.0.1"
    labels = next(pod.labels for pod in pods("prod") if pod.app == name)
    return NAMESPACE, labels, "10.2.0.2"


def chosen(selector: Object, labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    rules = selector.get("matchExpressions", [])
    assert all(rule["operator"] == "In" for rule in rules)
    return wanted.items() <= labels.items() and all(
        labels.get(rule["key"]) in rule["values"] for rule in rules
    )


def is_meant(rule: Object, other: Peer) -> bool:
    namespace, labels, address = other
    if "ipBlock" in rule:
        block = rule["ipBlock"]
        inside = [ip_network(net) for net in block.get("except", [])]
        if not labels:
            at = ip_address(address)
            return at in ip_network(block["cidr"]) and not any(at in net for net in inside)
        return False
    place = {"kubernetes.io/metadata.name": namespace}
    same = namespace == NAMESPACE if "namespaceSelector" not in rule else bool(namespace)
    return (
        same
        and chosen(rule.get("namespaceSelector", {}), place)
        and chosen(rule.get("podSelector", {}), labels)
    )


def lets(direction: str, side: Peer, other: Peer, port: int) -> bool:
    """Whether some policy of `side` opens `direction` (ingress or egress) to `other`."""
    if side[0] != NAMESPACE:
        return True  # outside: not ours to decide
    for policy in of_kind("prod", "NetworkPolicy"):
        spec = policy["spec"]
        if not chosen(spec["podSelector"], side[1]):
            continue
        for rule in spec.get(direction, []):
            peers = rule.get("from" if direction == "ingress" else "to")
            ports = [p["port"] for p in rule.get("ports", [])]
            if (peers is None or any(is_meant(p, other) for p in peers)) and (
                not ports or port in ports or "http" in ports
            ):
                return True
    return False


def may_connect(source: str, target: str, port: int) -> bool:
    one, other = peer(source), peer(target)
    return lets("egress", one, other, port) and lets("ingress", other, one, port)


def test_everything_is_denied_by_default() -> None:
    (deny,) = [
        p["spec"]
        for p in of_kind("prod", "NetworkPolicy")
        if p["metadata"]["name"] == "default-deny"
    ]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("way", OPEN, ids=lambda way: f"{way['from']}-{way['to']}")
def test_a_listed_connection_is_open(way: dict[str, Any]) -> None:
    port = way.get("port") or PORTS[way["to"]]
    assert may_connect(way["from"], way["to"], port)


def test_what_is_not_listed_is_closed() -> None:
    listed = {(way["from"], way["to"]) for way in OPEN}
    sources = {pod.app for pod in pods("prod")} | {"prometheus", "keda", "people", "stranger"}
    targets = [*PORTS, "internet"]
    open_ways = {
        (source, target)
        for source, target in product(sources, targets)
        if source != target and may_connect(source, target, PORTS.get(target, 443))
    }
    ours = {(s, t) for s, t in open_ways if not (s in OUTSIDE and t in {"postgresql", "internet"})}
    assert ours == {way for way in listed if way[0] not in OUTSIDE or way[1] not in OUTSIDE}


def test_robots_are_never_looked_for_inside_the_cluster() -> None:
    assert not lets("egress", peer("alerts"), ("", {}, "169.254.169.254"), 443)
    assert not lets("egress", peer("alerts"), ("", {}, "10.9.9.9"), 443)


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_that_names_an_address_is_listed(service: str) -> None:
    names = {
        name.upper()
        for name in settings_class(service).model_fields
        if name.endswith(ADDRESSES) and name.upper() not in SHOWN_ONLY
    }
    listed = {
        str(way["setting"]).removeprefix("CLUSTERWATCH_")
        for way in CONNECTIONS
        if way["from"] == service and "setting" in way
    }
    assert names == listed
