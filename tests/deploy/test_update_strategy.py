"""An update of the manifests is what docs/operations/upgrades.md says of it."""

from pathlib import Path
from typing import Any

import pytest

from clusterwatch.services import SERVICES
from shared.storage.migrations import _LOCK_TIMEOUT
from shared.testing.manifests import Object, environment, named, of_kind, pods

pytestmark = pytest.mark.kubectl

PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "upgrades.md").read_text("utf-8")
START_SECONDS = 300
"""A pod may take this long to be ready before its start counts as failed."""


def template(item: Object) -> dict[str, Any]:
    spec: dict[str, Any] = item["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("service", SERVICES)
def test_a_new_pod_is_ready_before_an_old_one_goes(service: str) -> None:
    deployment = named("prod", "Deployment", service)["spec"]

    assert deployment["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }
    (container,) = deployment["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= START_SECONDS
    assert deployment["progressDeadlineSeconds"] > START_SECONDS
    assert deployment["revisionHistoryLimit"] >= 1  # `rollout undo` needs the one before
    assert {"maxSurge: 1", "maxUnavailable: 0"} <= set(PAGE.split("`"))


def test_the_job_alone_migrates_and_waits_for_nobody_for_long() -> None:
    job = named("prod", "Job", "prepare")["spec"]
    (migrate,) = job["template"]["spec"]["initContainers"]

    assert migrate["args"] == ["migrate"]
    assert environment("prod", migrate)["CLUSTERWATCH_AUTO_MIGRATE"] == "false"
    assert job["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert job["backoffLimit"] == 10
    assert "up to ten times" in PAGE
    assert f"at most {_LOCK_TIMEOUT.removesuffix('s')} s" in PAGE
    for service in SERVICES:
        (container,) = template(named("prod", "Deployment", service))["containers"]
        assert environment("prod", container)["CLUSTERWATCH_AUTO_MIGRATE"] == "false"
        assert container["image"] == migrate["image"]


def test_on_files_each_service_migrates_its_own_and_the_old_pod_goes_first() -> None:
    assert "initContainers" not in template(named("dev", "Job", "prepare"))
    for deployment in of_kind("dev", "Deployment"):
        (container,) = template(deployment)["containers"]
        assert environment("dev", container)["CLUSTERWATCH_AUTO_MIGRATE"] == "true"
        assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_both_versions_of_a_service_are_chosen_by_the_same_labels() -> None:
    for service in SERVICES:
        deployment = named("prod", "Deployment", service)
        chosen = deployment["spec"]["selector"]["matchLabels"]
        assert not any("version" in name for name in chosen)
        assert [pod.app for pod in pods("prod") if chosen.items() <= pod.labels.items()] == [
            service
        ]
