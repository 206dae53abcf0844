"""What is asked of the cluster: by kubectl as people use it, and by the API itself."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shared.testing.waiting import wait_until

Object = dict[str, Any]
_GROUPS = {
    "pods": "/api/v1",
    "nodes": "/api/v1",
    "namespaces": "/api/v1",
    "services": "/api/v1",
    "events": "/api/v1",
    "configmaps": "/api/v1",
    "secrets": "/api/v1",
    "persistentvolumes": "/api/v1",
    "persistentvolumeclaims": "/api/v1",
    "deployments": "/apis/apps/v1",
    "statefulsets": "/apis/apps/v1",
    "jobs": "/apis/batch/v1",
    "cronjobs": "/apis/batch/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "storageclasses": "/apis/storage.k8s.io/v1",
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1",
}
PATIENCE = 180.0
"""Seconds until the controllers have done something, on a machine that does other work."""


@dataclass(frozen=True)
class Said:
    """What kubectl said."""

    code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """Both, on one line."""
        return " ".join(f"{self.output} {self.errors}".split())


class Refused(Exception):  # noqa: N818 - it is an answer
    """The API server, or kubectl, said no; the message is theirs."""


class Client:
    """An administrator of the cluster."""

    def __init__(self, kubeconfig: Path, http: httpx.Client) -> None:
        self._kubeconfig, self.http = kubeconfig, http

    @property
    def environment(self) -> dict[str, str]:
        """For programs that look for a cluster."""
        home = str(self._kubeconfig.parent)  # kubectl keeps what it discovers
        return {**os.environ, "KUBECONFIG": str(self._kubeconfig), "HOME": home}

    def kubectl(self, *arguments: str, given: str | None = None) -> Said:
        """Run kubectl; `given` is its standard input."""
        done = subprocess.run(  # noqa: S603 - a fixed program on our own manifests
            ["kubectl", *arguments],  # noqa: S607 - as people find it
            input=given,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def done(self, *arguments: str, given: str | None = None) -> str:
        """Output of a kubectl that must succeed; raises Refused."""
        said = self.kubectl(*arguments, given=given)
        if said.code:
            raise Refused(f"kubectl {' '.join(arguments)}: {said.text}")
        return said.output

    def call(
        self, method: str, path: str, body: Object | None = None, kind: str = "application/json"
    ) -> Object:
        """A request to the API; raises Refused with the server's message."""
        headers = {"Content-Type": kind}
        answer = self.http.request(method, path, json=body, headers=headers)
        found: Object = answer.json()
        if not answer.is_success:
            raise Refused(f"{answer.status_code} {found.get('message')}")
        return found

    def create(self, resource: str, body: Object, namespace: str | None = None) -> Object:
        """A new object."""
        return self.call("POST", _path(resource, namespace), body)

    def patch(self, resource: str, namespace: str, name: str, body: Object) -> Object:
        """A merge that replaces lists; `name` may end in a subresource."""
        path = f"{_path(resource, namespace)}/{name}"
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def merge(self, resource: str, namespace: str | None, name: str, body: Object) -> Object:
        """A merge of lists by the key of their items, such as conditions by type."""
        path = f"{_path(resource, namespace)}/{name}"
        return self.call("PATCH", path, body, "application/strategic-merge-patch+json")

    def list(
        self, resource: str, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Object]:
        """All of a namespace, or of the cluster."""
        chosen = ",".join(f"{name}={value}" for name, value in (labels or {}).items())
        query = f"?labelSelector={chosen}" if chosen else ""
        found: list[Object] = self.call("GET", _path(resource, namespace) + query)["items"]
        return found

    def one(self, resource: str, namespace: str, name: str) -> Object:
        """The one of that name; raises Refused where there is none."""
        return self.call("GET", f"{_path(resource, namespace)}/{name}")

    def is_there(self, resource: str, namespace: str | None, name: str) -> bool:
        """Whether there is one of that name."""
        return self.http.get(f"{_path(resource, namespace)}/{name}").is_success


def holds(item: Object, kind: str) -> bool:
    """Whether the condition of this kind is true."""
    conditions = item.get("status", {}).get("conditions", [])
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for the controllers; raises TimeoutError with the last answer."""
    wait_until(condition, seconds=PATIENCE, what=what)


def _path(resource: str, namespace: str | None) -> str:
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{_GROUPS[resource]}{inside}/{resource}"
