"""Pods that are asked to leave: by hand, and when a node is emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cluster.client import Object, until
from cluster.trial import FEWEST, SERVICES, Trial, is_leaving, is_ready, refusal, require
from shared.testing.processes import looking

_LOOK_SECONDS = 0.1


@dataclass
class Counts:
    """Numbers of pods by service."""

    fewest: dict[str, int] = field(default_factory=dict)
    """Ready ones."""
    most: dict[str, int] = field(default_factory=dict)
    """Without those that were going away, which a rollout does not count either."""
    most_at_all: dict[str, int] = field(default_factory=dict)

    def look(self, trial: Trial) -> None:
        """Count once more."""
        for service in SERVICES:
            pods = trial.all_pods(service)
            staying = [pod for pod in pods if not is_leaving(pod)]
            ready = sum(map(is_ready, staying))
            self.fewest[service] = min(self.fewest.get(service, ready), ready)
            self.most[service] = max(self.most.get(service, 0), len(staying))
            self.most_at_all[service] = max(self.most_at_all.get(service, 0), len(pods))


@contextmanager
def watched(trial: Trial) -> Iterator[Counts]:
    """How many pods there were while the block ran, looking ten times a second."""
    seen = Counts()
    with looking(lambda: seen.look(trial), _LOOK_SECONDS):
        yield seen


def a_second_eviction_is_refused(trial: Trial) -> str:
    """Of two replicas one may be asked to leave; the other only when there is a new one."""
    for service in SERVICES:
        first, second = trial.ready(service)
        _evict(trial, first)
        said = refusal(lambda pod=second: _evict(trial, pod))  # type: ignore[misc]
        require("disruption budget" in said, said)
        _whole_again(trial, service)
        _settle_budget(trial, service)
        _evict(trial, second)
        _whole_again(trial, service)
    return "refused with 429 until the first was replaced"


def pods_that_are_not_ready_may_be_evicted(trial: Trial) -> str:
    """While Kafka is away no pod is ready, and nodes can be emptied all the same."""
    for service in SERVICES:
        for pod in trial.ready(service):
            _not_ready(trial, pod)
        # Until the controller has seen it, the budget would let one go for another reason.
        until(lambda s=service: _budget(trial, s)["currentHealthy"] == 0, "nobody is healthy")  # type: ignore[misc]
        pods = trial.pods(service)
        for pod in pods:
            _evict(trial, pod)
        _whole_again(trial, service)
    return "both replicas of each service"


def a_node_is_emptied(trial: Trial) -> str:
    """`kubectl drain` ends, and meanwhile no service is without a ready pod."""
    for service in SERVICES:
        _settle_budget(trial, service)
    node = str(trial.pods(SERVICES[0])[0]["spec"]["nodeName"])
    with watched(trial) as seen:
        asked = ("drain", node, "--ignore-daemonsets", "--delete-emptydir-data")
        trial.client.done(*asked, "--timeout=170s")
        for service in SERVICES:
            _whole_again(trial, service)
    trial.client.done("uncordon", node)
    require(min(seen.fewest.values()) >= 1, f"ready, at the least: {seen.fewest}")
    return f"ready at any time: {_told(seen.fewest)} or more of 2"


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _whole_again(trial: Trial, service: str) -> None:
    until(lambda: len(trial.ready(service)) == FEWEST, f"{service} is whole again")


def _settle_budget(trial: Trial, service: str) -> None:
    """The controller counts a moment later than the pods are ready."""
    until(
        lambda: _budget(trial, service)["disruptionsAllowed"] == 1,
        f"the budget of {service} allows one",
    )


def _budget(trial: Trial, service: str) -> Object:
    budget = trial.client.one("poddisruptionbudgets", trial.namespace, service)
    status: Object = budget["status"]
    return status


def _evict(trial: Trial, pod: Object) -> None:
    name = pod["metadata"]["name"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": trial.namespace},
    }
    path = f"/api/v1/namespaces/{trial.namespace}/pods/{name}/eviction"
    trial.client.call("POST", path, body)


def _not_ready(trial: Trial, pod: Object) -> None:
    """As a kubelet reports a readiness probe that fails."""
    conditions = [
        {**c, "status": "False"} if c["type"] in {"Ready", "ContainersReady"} else c
        for c in pod["status"]["conditions"]
    ]
    name = f"{pod['metadata']['name']}/status"
    trial.client.patch("pods", trial.namespace, name, {"status": {"conditions": conditions}})
