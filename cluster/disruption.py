"""Pods that are asked to leave: by hand, and when a node is emptied."""

from threading import Event, Thread
from typing import Self

from cluster.client import Object, until
from cluster.trial import FEWEST, SERVICES, Trial, is_ready, refusal, require

_LOOK_SECONDS = 0.1


class Watch:
    """How many pods of each service were ready, and were there, looking ten times a second."""

    def __init__(self, trial: Trial) -> None:
        self.fewest: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self._trial, self._ended = trial, Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            for service in SERVICES:
                pods = self._trial.pods(service)
                ready = sum(map(is_ready, pods))
                self.fewest[service] = min(self.fewest.get(service, ready), ready)
                self.most[service] = max(self.most.get(service, 0), len(pods))


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
    with Watch(trial) as seen:
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

    def allows() -> bool:
        budget = trial.client.one("poddisruptionbudgets", trial.namespace, service)
        return bool(budget["status"]["disruptionsAllowed"] == 1)

    until(allows, f"the budget of {service} allows one")


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
