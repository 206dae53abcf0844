"""Played kubelets take a pod through the steps that real ones report."""

from typing import Any

from cluster.kubelets import STAYS_UNREADY, next_status

NOW = "2027-01-05T09:30:00Z"


def played(pod: dict[str, Any]) -> list[str]:
    """Phase and readiness after each step until nothing changes any more."""
    seen = []
    while changed := next_status(pod, iter(["10.244.0.1"]), NOW):
        kept = {c["type"]: c for c in pod["status"].get("conditions", [])}
        kept |= {c["type"]: c for c in changed.get("conditions", [])}
        pod["status"] = {**pod["status"], **changed, "conditions": list(kept.values())}
        seen.append(f"{pod['status']['phase']} {kept['Initialized']['status']} {ready(kept)}")
    return seen


def ready(conditions: dict[str, Any]) -> str:
    return str(conditions["Ready"]["status"])


def pod(**metadata: Any) -> dict[str, Any]:
    containers = {name: [{"name": name, "image": "i"}] for name in ("containers", "initContainers")}
    return {"metadata": metadata, "spec": containers, "status": {"phase": "Pending"}}


def test_a_pod_becomes_ready_after_its_init_containers_and_stays_so() -> None:
    assert played(pod()) == ["Pending False False", "Pending True False", "Running True True"]


def test_a_pod_of_a_job_ends_well() -> None:
    assert played(pod(ownerReferences=[{"kind": "Job"}]))[-1] == "Succeeded True False"


def test_a_marked_pod_never_becomes_ready() -> None:
    assert played(pod(annotations={STAYS_UNREADY: "true"}))[-1] == "Pending True False"
