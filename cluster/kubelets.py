"""Plays the kubelets of all nodes: pods get an address, become ready after a moment, and end.

Nothing is run. What it writes is what a kubelet writes where all goes well: the status of nodes and
pods, and the removal of pods that were told to stop.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count

import httpx

from cluster.client import Client, Object, Refused, holds
from shared.testing.processes import looking

STAYS_UNREADY = "trial.invalid/stays-unready"
"""Annotation of pods that never become ready."""
_STEP_SECONDS = 0.7  # between two steps of a pod: long enough to be seen in between
_HEARTBEAT_STEPS = 12
_NOTHING: Object = {}


@contextmanager
def kubelets(client: Client) -> Iterator[None]:
    """Play until the block ends."""
    addresses = (f"10.244.{number // 250}.{1 + number % 250}" for number in count())
    steps = count()
    with looking(lambda: _step(client, next(steps), addresses), _STEP_SECONDS):
        yield


def ready_node(now: str) -> Object:
    """Condition of a node that takes pods."""
    return {
        "type": "Ready",
        "status": "True",
        "reason": "Played",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }


def written_now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _step(client: Client, step: int, addresses: Iterator[str]) -> None:
    with suppress(httpx.HTTPError, Refused):  # what is gone by now, or changed: looked at again
        if step % _HEARTBEAT_STEPS == 0:
            _beat(client)
        for pod in client.list("pods"):
            if pod["spec"].get("nodeName"):
                with suppress(Refused):
                    _go_on(client, pod, addresses)


def _beat(client: Client) -> None:
    status = {"conditions": [ready_node(written_now())]}
    for node in client.list("nodes"):
        client.merge("nodes", None, f"{node['metadata']['name']}/status", {"status": status})


def _go_on(client: Client, pod: Object, addresses: Iterator[str]) -> None:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    if "deletionTimestamp" in pod["metadata"]:
        path = f"/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds=0"
        client.call("DELETE", path)
    elif changed := next_status(pod, addresses, written_now()):
        client.merge("pods", namespace, f"{name}/status", {"status": changed})


def next_status(pod: Object, addresses: Iterator[str], now: str) -> Object:
    """What changes in the status of a pod with a node; empty where it stays as it is."""
    status, spec = pod["status"], pod["spec"]
    inits = spec.get("initContainers", [])
    if "podIP" not in status:
        return _created(spec, next(addresses), now)
    if not holds(pod, "Initialized"):
        ended = [_container(c, _ended(status["startTime"], now)) for c in inits]
        return {"conditions": [_condition("Initialized", now)], "initContainerStatuses": ended}
    if status["phase"] == "Pending":
        return _NOTHING if _stays_unready(pod) else _running(spec, now)
    if status["phase"] == "Running" and _belongs_to_a_job(pod):
        begun = status["containerStatuses"][0]["state"]["running"]["startedAt"]
        ended = [_container(c, _ended(begun, now)) for c in spec["containers"]]
        return {"phase": "Succeeded", "containerStatuses": ended, **_readiness(now, ready=False)}
    return _NOTHING


def _created(spec: Object, address: str, now: str) -> Object:
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    inits = spec.get("initContainers", [])
    initialized = _condition("Initialized", now, holds=not inits)
    return {
        "phase": "Pending",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": now,
        "conditions": [initialized, *_readiness(now, ready=False)["conditions"]],
        "initContainerStatuses": [_container(c, {"running": {"startedAt": now}}) for c in inits],
        "containerStatuses": [_container(c, waiting) for c in spec["containers"]],
    }


def _running(spec: Object, now: str) -> Object:
    running = {"running": {"startedAt": now}}
    containers = [_container(c, running, ready=True) for c in spec["containers"]]
    return {"phase": "Running", "containerStatuses": containers, **_readiness(now, ready=True)}


def _readiness(now: str, *, ready: bool) -> Object:
    kinds = ("Ready", "ContainersReady")
    return {"conditions": [_condition(kind, now, holds=ready) for kind in kinds]}


def _condition(kind: str, now: str, *, holds: bool = True) -> Object:
    return {"type": kind, "status": "True" if holds else "False", "lastTransitionTime": now}


def _container(container: Object, state: Object, *, ready: bool = False) -> Object:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": ready,
        "started": ready,
        "restartCount": 0,
        "state": state,
    }


def _ended(begun: str, now: str) -> Object:
    times = {"startedAt": begun, "finishedAt": now}
    return {"terminated": {"exitCode": 0, "reason": "Completed", **times}}


def _stays_unready(pod: Object) -> bool:
    return STAYS_UNREADY in pod["metadata"].get("annotations", {})


def _belongs_to_a_job(pod: Object) -> bool:
    return any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", []))
