"""What `kubectl kustomize` builds, and questions to it."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAYS = ("dev", "prod")
Object = dict[str, Any]


@cache
def built(overlay: str) -> tuple[Object, ...]:
    """All objects of an overlay."""
    folder = str(DEPLOY / "k8s" / "overlays" / overlay)
    command = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    done = subprocess.run(  # noqa: S603 - a fixed program on our own folder
        [*command, folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, kind: str) -> list[Object]:
    """Objects of one kind."""
    return [item for item in built(overlay) if item["kind"] == kind]


def named(overlay: str, kind: str, name: str) -> Object:
    """The one object of that kind and name."""
    (found,) = [o for o in of_kind(overlay, kind) if o["metadata"]["name"] == name]
    return found


@dataclass(frozen=True)
class Pods:
    """The pod template of a workload."""

    kind: str
    name: str
    labels: dict[str, str]
    spec: Object

    @property
    def app(self) -> str:
        """What policies and services know it by."""
        return self.labels["app.kubernetes.io/name"]

    def containers(self) -> list[Object]:
        """Those that prepare, then those that stay."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def pods(overlay: str) -> Iterator[Pods]:
    """Templates of everything that runs pods."""
    for item in built(overlay):
        spec = item.get("spec") or {}
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if item["kind"] in {"Deployment", "StatefulSet", "Job", "CronJob"}:
            template = spec["template"]
            yield Pods(
                item["kind"],
                item["metadata"]["name"],
                template["metadata"]["labels"],
                template["spec"],
            )


def environment(overlay: str, container: Object) -> dict[str, str]:
    """Variables that a container is given in plain text."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {v["name"]: str(v.get("value", "")) for v in container.get("env", [])}
