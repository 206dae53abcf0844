"""What operators would make of the custom resources, as far as other objects depend on it.

Strimzi's pods are made by the rule of its documentation: the security contexts are those of the
`template` of the Kafka resource, and without one there is none but the group of the volumes.
"""

from collections.abc import Iterator
from itertools import chain

from cluster.client import Object
from cluster.trial import Trial, require
from shared.testing.manifests import of_kind

_IMAGE = "registry.example/kafka:simulated"


def secrets_of_strimzi(trial: Trial) -> str:
    """Passwords of the users and the certificate of the authority."""
    (kafka,) = of_kind(trial.overlay, "Kafka")
    users = [user["metadata"]["name"] for user in of_kind(trial.overlay, "KafkaUser")]
    made = {name: {"password": "simulated"} for name in users}
    made[f"{kafka['metadata']['name']}-cluster-ca-cert"] = {"ca.crt": "simulated"}
    for name, data in made.items():
        body = {"metadata": {"name": name}, "stringData": data}
        trial.client.create("secrets", body, trial.namespace)
    return f"{len(made)} secrets"


def pods_of_strimzi(overlay: str) -> dict[str, Object]:
    """Specifications by the name of their pool, and of the entity operator."""
    (kafka,) = of_kind(overlay, "Kafka")
    made = {}
    for pool in of_kind(overlay, "KafkaNodePool"):
        template = pool["spec"].get("template") or kafka["spec"]["kafka"].get("template", {})
        init = _container("kafka-init", {}, template.get("initContainer", {}))
        main = _container("kafka", pool["spec"]["resources"], template.get("kafkaContainer", {}))
        name = f"{kafka['metadata']['name']}-{pool['metadata']['name']}"
        made[name] = _pod([main], template, init=[init] if "rack" in kafka["spec"]["kafka"] else [])
    operator = kafka["spec"]["entityOperator"]
    template = operator.get("template", {})
    containers = [
        _container(name, operator[part]["resources"], template.get(f"{part}Container", {}))
        for part, name in (("topicOperator", "topic-operator"), ("userOperator", "user-operator"))
    ]
    made[f"{kafka['metadata']['name']}-entity-operator"] = _pod(containers, template, init=[])
    return made


def workloads_of_strimzi(trial: Trial) -> Iterator[Object]:
    """Deployments with the pods of the pools, one for each node of a pool."""
    (kafka,) = of_kind(trial.overlay, "Kafka")
    cluster = kafka["metadata"]["name"]
    pools = of_kind(trial.overlay, "KafkaNodePool")
    nodes = {f"{cluster}-{p['metadata']['name']}": p["spec"]["replicas"] for p in pools}
    for name, spec in pods_of_strimzi(trial.overlay).items():
        labels = {"strimzi.io/cluster": cluster, "strimzi.io/name": name}
        yield {
            "metadata": {"name": name},
            "spec": {
                "replicas": nodes.get(name, 1),
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        }


def what_pods_refer_to(trial: Trial) -> str:
    """Every secret with its keys, ConfigMap and claim that a pod needs is there.

    The kubelet looks for them, and here it is only played.
    """
    wanted = set(chain.from_iterable(_references(pod.spec) for pod in trial.workloads()))
    missing = [name for name in sorted(wanted) if not _is_there(trial, *name)]
    require(not missing, f"missing: {missing}")
    return f"{len(wanted)} secrets' keys, ConfigMaps and claims"


def _references(spec: Object) -> Iterator[tuple[str, str, str]]:
    """Resource, name and key (empty: any)."""
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            for item in volume["secret"]["items"]:
                yield "secrets", volume["secret"]["secretName"], item["key"]
        if "persistentVolumeClaim" in volume:
            yield "persistentvolumeclaims", volume["persistentVolumeClaim"]["claimName"], ""
    for container in (*spec.get("initContainers", []), *spec["containers"]):
        for source in container.get("envFrom", []):
            yield "configmaps", source["configMapRef"]["name"], ""
        for variable in container.get("env", []):
            chosen = variable.get("valueFrom", {}).get("secretKeyRef")
            if chosen:
                yield "secrets", chosen["name"], chosen["key"]


def _is_there(trial: Trial, resource: str, name: str, key: str) -> bool:
    if not trial.client.is_there(resource, trial.namespace, name):
        return False
    return not key or key in trial.client.one(resource, trial.namespace, name)["data"]


def _container(name: str, resources: Object, template: Object) -> Object:
    made: Object = {"name": name, "image": _IMAGE, "resources": resources}
    if "securityContext" in template:
        made["securityContext"] = template["securityContext"]
    return made


def _pod(containers: list[Object], template: Object, init: list[Object]) -> Object:
    context = template.get("pod", {}).get("securityContext", {"fsGroup": 0})
    return {"containers": containers, "initContainers": init, "securityContext": context}
