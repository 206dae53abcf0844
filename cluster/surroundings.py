"""What the manifests find in a cluster: nodes in three zones, volumes, the operators' kinds."""

import json
from pathlib import Path
from typing import Any

from cluster.client import Client, Object, holds, until
from cluster.kubelets import ready_node, written_now

ZONES = ("a", "b", "c")
NODES_PER_ZONE = 2
NODE = {"cpu": "3900m", "memory": "7Gi", "pods": "110"}
"""What pods may have of a machine with 4 CPUs and 8 GiB."""
_SCHEMAS = Path(__file__).parents[1] / "tests" / "data" / "k8s" / "crds"
_VOLUMES_PER_ZONE = 8  # what was released is not taken again
_MODES = ("ReadWriteOnce", "ReadWriteOncePod")
_ZONE = "topology.kubernetes.io/zone"
_HOST = "kubernetes.io/hostname"


def prepare(client: Client) -> None:
    """Nodes, a storage class that is the default, and the operators' kinds."""
    for zone in ZONES:
        for number in range(NODES_PER_ZONE):
            client.create("nodes", _node(zone, number))
    client.create("storageclasses", _STORAGE_CLASS)
    for file in sorted(_SCHEMAS.glob("*.json")):
        client.create("customresourcedefinitions", _definition(json.loads(file.read_text("utf-8"))))
    for resource, kind in (("customresourcedefinitions", "Established"), ("nodes", "Ready")):
        until(
            lambda r=resource, k=kind: all(holds(one, k) for one in client.list(r)),  # type: ignore[misc]
            f"{resource} are {kind}",
        )


def renew_volumes(client: Client, name: str) -> None:
    """Free volumes in every zone, as a provisioner would make them."""
    for zone in ZONES:
        for number in range(_VOLUMES_PER_ZONE):
            mode = _MODES[number % len(_MODES)]
            client.create("persistentvolumes", _volume(f"{name}-{zone}-{number}", zone, mode))


def zone_of(name: str) -> str:
    """The zone of a node or volume of that name."""
    return name.split("-")[1]


def _node(zone: str, number: int) -> Object:
    name = f"node-{zone}-{number}"
    return {
        "metadata": {"name": name, "labels": {_HOST: name, _ZONE: f"zone-{zone}"}},
        "status": {
            "allocatable": NODE,
            "capacity": NODE,
            "conditions": [ready_node(written_now())],
        },
    }


_STORAGE_CLASS: Object = {
    "metadata": {
        "name": "local",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": "kubernetes.io/no-provisioner",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def _volume(name: str, zone: str, mode: str) -> Object:
    here = {"key": _ZONE, "operator": "In", "values": [f"zone-{zone}"]}
    return {
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "10Gi"},
            "accessModes": [mode],
            "storageClassName": "local",
            "hostPath": {"path": f"/nowhere/{name}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }


def _definition(kept: dict[str, Any]) -> Object:
    """A custom resource definition around a kept schema."""
    group, _, version = kept["apiVersion"].partition("/")
    singular = kept["kind"].lower()
    return {
        "metadata": {"name": f"{singular}s.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kept["kind"], "singular": singular, "plural": f"{singular}s"},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": kept["schema"]},
                    "subresources": {"status": {}},
                }
            ],
        },
    }
