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


@dataclass(frozen=True)
class Probe:
    """How the kubelet asks a container; times in seconds."""

    path: str
    port: int
    scheme: str
    period: int
    threshold: int
    timeout: int

    @property
    def patience(self) -> int:
        """Seconds of failing after which something is done about it."""
        return self.period * self.threshold


def container_of(overlay: str, service: str) -> Object:
    """The one container of a service's deployment."""
    template = named(overlay, "Deployment", service)["spec"]["template"]["spec"]
    (container,) = template["containers"]
    return dict(container)


def probe_of(overlay: str, service: str, kind: str) -> Probe:
    """The startup, liveness or readiness probe of a service, with what it leaves to defaults."""
    container = container_of(overlay, service)
    told = container[f"{kind}Probe"]
    asked = told["httpGet"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    return Probe(
        path=asked["path"],
        port=ports.get(asked["port"], asked["port"]),
        scheme=asked.get("scheme", "HTTP").lower(),
        period=told.get("periodSeconds", 10),
        threshold=told.get("failureThreshold", 3),
        timeout=told.get("timeoutSeconds", 1),
    )


def seconds_to_stop(overlay: str, service: str) -> int:
    """Seconds from SIGTERM until the kubelet kills: the grace period, less what comes before."""
    template = named(overlay, "Deployment", service)["spec"]["template"]["spec"]
    before = container_of(overlay, service)["lifecycle"]["preStop"]["sleep"]["seconds"]
    return int(template["terminationGracePeriodSeconds"] - before)


def bytes_of(quantity: str) -> int:
    """Bytes of a quantity of memory, such as 384Mi."""
    for suffix, size in (("Ki", 2**10), ("Mi", 2**20), ("Gi", 2**30)):
        if quantity.endswith(suffix):
            return int(quantity.removesuffix(suffix)) * size
    return int(quantity)


def environment(overlay: str, container: Object) -> dict[str, str]:
    """Variables that a container is given in plain text."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {v["name"]: str(v.get("value", "")) for v in container.get("env", [])}
