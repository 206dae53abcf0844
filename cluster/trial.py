"""What every check is given, and what it leaves behind."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cluster.client import Client, Object, Refused, holds, until
from shared.testing.manifests import DEPLOY, Pods, built, of_kind, pods

SERVICES = ("ingest", "metrics", "alerts")
APP = "app.kubernetes.io/name"
FEWEST = 2
"""Replicas of each service that the autoscaler keeps at least."""


class Wrong(Exception):  # noqa: N818 - a finding, not a fault of the program
    """The cluster did something else than the manifests or the pages promise."""


@dataclass
class Trial:
    """One overlay on the cluster."""

    client: Client
    overlay: str
    folder: Path
    """For variants of the overlay."""
    before: frozenset[str] = frozenset()
    """What the cluster had, outside of namespaces, before the overlay came."""
    _variants: int = field(default=0)

    @property
    def namespace(self) -> str:
        """Of the overlay's objects."""
        (space,) = of_kind(self.overlay, "Namespace")
        return str(space["metadata"]["name"])

    @property
    def source(self) -> Path:
        """The overlay's folder."""
        return DEPLOY / "k8s" / "overlays" / self.overlay

    def objects(self) -> tuple[Object, ...]:
        """All that the overlay is made of."""
        return built(self.overlay)

    def workloads(self) -> list[Pods]:
        """All templates of pods."""
        return list(pods(self.overlay))

    def kubectl(self, *arguments: str) -> str:
        """In the overlay's namespace; raises Refused."""
        return self.client.done("-n", self.namespace, *arguments)

    def pods(self, app: str | None = None) -> list[Object]:
        """Those that are not going away, of one workload or of all."""
        return [pod for pod in self.all_pods(app) if not is_leaving(pod)]

    def all_pods(self, app: str | None = None) -> list[Object]:
        """Those too that are going away, and run until they are gone."""
        return self.client.list("pods", self.namespace, {APP: app} if app else None)

    def variant(self, **kustomization: Any) -> Path:  # noqa: ANN401 - a kustomization's fields
        """The overlay as somebody else builds on it, such as with another tag."""
        self._variants += 1
        folder = self.folder / f"variant-{self._variants}"
        folder.mkdir()
        text = {"resources": [os.path.relpath(self.source, folder)], **kustomization}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(text), encoding="utf-8")
        return folder

    def apply(self, folder: Path | None = None) -> str:
        """As the pages say, and without a warning; raises Refused."""
        return self.client.done(*APPLY, "-k", str(folder or self.source))

    def scale(self, replicas: int, services: Iterable[str] = SERVICES) -> None:
        """As KEDA's autoscaler does, and wait until all are ready."""
        wanted = list(services)
        for service in wanted:
            body = {"spec": {"replicas": replicas}}
            self.client.patch("deployments", self.namespace, f"{service}/scale", body)
        until(
            lambda: (
                all(len(self.ready(service)) == replicas for service in wanted)
                and all(len(self.pods(service)) == replicas for service in wanted)
            ),
            f"{replicas} of each service are ready",
        )

    def ready(self, app: str) -> list[Object]:
        """Pods of a workload that are ready."""
        return [pod for pod in self.pods(app) if is_ready(pod)]

    def settled(self) -> bool:
        """Whether every Deployment and StatefulSet has all its pods, of its newest template."""
        deployments = self.client.list("deployments", self.namespace)
        sets = self.client.list("statefulsets", self.namespace)
        return all(map(_complete, (*deployments, *sets)))


APPLY = ("apply", "--validate=strict", "--warnings-as-errors")

Check = Callable[[Trial], str]
"""Tries something, and says in a few words what was seen; raises Wrong, Refused or TimeoutError."""


def is_leaving(pod: Object) -> bool:
    """Whether the pod was told to stop."""
    return "deletionTimestamp" in pod["metadata"]


def is_ready(pod: Object) -> bool:
    """Whether traffic would reach the pod."""
    return holds(pod, "Ready")


def require(holds: object, otherwise: str) -> None:
    """Raise Wrong unless it holds."""
    if not holds:
        raise Wrong(otherwise)


def refusal(attempt: Callable[[], object]) -> str:
    """The message with which the attempt was refused; raises Wrong where it was not."""
    try:
        attempt()
    except Refused as refused:
        return str(refused)
    raise Wrong("nobody refused")


def _complete(item: Object) -> bool:
    wanted, status = item["spec"]["replicas"], item["status"]
    return bool(
        status.get("observedGeneration") == item["metadata"]["generation"]
        and status.get("replicas", 0) == wanted
        and status.get("updatedReplicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )
