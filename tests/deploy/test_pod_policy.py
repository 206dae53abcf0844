"""What every pod must be, whoever adds the next one."""

from typing import Any

import pytest

from cluster.stand_ins import pods_of_strimzi
from services.alerts.handlers import GROUP as ALERTS_GROUP
from services.ingest.handlers import GROUP as INGEST_GROUP
from services.metrics.handlers import GROUP as METRICS_GROUP
from shared.messaging.topics import DEFAULT_PARTITIONS
from shared.testing.manifests import OVERLAYS, Object, Pods, named, of_kind, pods

pytestmark = pytest.mark.kubectl

ALL = [(overlay, pod) for overlay in OVERLAYS for pod in pods(overlay)]
RUNS = [pytest.param(overlay, pod, id=f"{overlay}-{pod.name}") for overlay, pod in ALL]
GO_ON = [(overlay, pod) for overlay, pod in ALL if pod.kind in {"Deployment", "StatefulSet"}]
WRITES_ITS_OWN_FOLDER = {"kafka"}  # the image makes its configuration when it starts
GROUPS = {"ingest": INGEST_GROUP, "metrics": METRICS_GROUP, "alerts": ALERTS_GROUP}


def seconds_to_stop(pod: Pods) -> int:
    return int(pod.spec.get("terminationGracePeriodSeconds", 30))


@pytest.mark.parametrize(("overlay", "pod"), RUNS)
def test_a_pod_runs_without_rights(overlay: str, pod: Pods) -> None:
    context = pod.spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0
    assert context["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod.spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.spec.keys()
    assert not [volume for volume in pod.spec.get("volumes", []) if "hostPath" in volume]
    for container in pod.containers():
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert own["readOnlyRootFilesystem"] is (container["name"] not in WRITES_ITS_OWN_FOLDER)


def test_pods_that_strimzi_makes_are_admitted_where_rights_are_restricted() -> None:
    (namespace,) = of_kind("prod", "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    made = pods_of_strimzi("prod")
    assert len(made) == 1 + len(of_kind("prod", "KafkaNodePool"))
    for spec in made.values():
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (*spec["initContainers"], *spec["containers"]):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False
            assert own["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize(("overlay", "pod"), RUNS)
def test_a_pod_says_what_it_needs_and_which_version_it_is(overlay: str, pod: Pods) -> None:
    for container in pod.containers():
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys()
        assert {"cpu", "memory"} <= resources["limits"].keys()
        tag = container["image"].rpartition(":")[2]
        assert tag not in {"latest", ""}
        assert "/" not in tag  # there is one


@pytest.mark.parametrize(("overlay", "pod"), GO_ON)
def test_what_goes_on_has_probes_on_ports_that_it_names(overlay: str, pod: Pods) -> None:
    for container in pod.spec["containers"]:
        ports = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            (asked,) = [v for k, v in container[probe].items() if k in {"httpGet", "tcpSocket"}]
            assert asked["port"] in ports
    assert seconds_to_stop(pod) >= 60


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_services_and_budgets_find_their_pods(overlay: str) -> None:
    templates = list(pods(overlay))
    for service in of_kind(overlay, "Service"):
        chosen = _matching(templates, service["spec"]["selector"])
        assert chosen, service["metadata"]["name"]
        names = {p["name"] for pod in chosen for c in pod.containers() for p in c.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
    for budget in of_kind(overlay, "PodDisruptionBudget"):
        assert _matching(templates, budget["spec"]["selector"]["matchLabels"])


def test_a_budget_keeps_no_pod_that_is_not_ready() -> None:
    budgets = of_kind("prod", "PodDisruptionBudget")
    assert {budget["metadata"]["name"] for budget in budgets} == set(GROUPS)
    for budget in budgets:
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("service", GROUPS)
def test_replicas_of_one_version_are_spread_over_zones_and_nodes(service: str) -> None:
    template = named("prod", "Deployment", service)["spec"]["template"]
    spread = template["spec"]["topologySpreadConstraints"]
    assert {one["topologyKey"] for one in spread} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    for one in spread:
        assert one["labelSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
        assert one["matchLabelKeys"] == ["pod-template-hash"]


def test_secrets_are_named_and_never_written() -> None:
    for overlay in OVERLAYS:
        assert not of_kind(overlay, "Secret")


def test_replicas_follow_the_lag_of_the_groups_that_the_services_join() -> None:
    for item in of_kind("prod", "ScaledObject"):
        service = item["spec"]["scaleTargetRef"]["name"]
        (trigger,) = item["spec"]["triggers"]
        assert trigger["metadata"]["consumerGroup"] == GROUPS[service]
        assert 1 <= item["spec"]["minReplicaCount"] <= item["spec"]["maxReplicaCount"]
        assert item["spec"]["maxReplicaCount"] <= DEFAULT_PARTITIONS
        assert "replicas" not in named("prod", "Deployment", service)["spec"]
    assert {o["metadata"]["name"] for o in of_kind("prod", "ScaledObject")} == set(GROUPS)


def test_a_file_of_sqlite_has_one_writer() -> None:
    for item in of_kind("dev", "Deployment"):
        assert item["spec"]["replicas"] == 1
        assert item["spec"]["strategy"] == {"type": "Recreate"}
        (data,) = [v for v in _volumes(item) if v["name"] == "data"]
        assert data["persistentVolumeClaim"]["claimName"] == item["metadata"]["name"]


def _volumes(item: Object) -> list[dict[str, Any]]:
    return list(item["spec"]["template"]["spec"]["volumes"])


def _matching(templates: list[Pods], labels: dict[str, str]) -> list[Pods]:
    return [pod for pod in templates if labels.items() <= pod.labels.items()]
