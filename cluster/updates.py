"""New versions, bad ones, other settings, and the way back."""

from collections.abc import Iterable
from pathlib import Path

from cluster.client import Object, until
from cluster.disruption import watched
from cluster.kubelets import STAYS_UNREADY
from cluster.scheduling import require_spread
from cluster.trial import SERVICES, Trial, refusal, require

_NEVER_READY = {
    "target": {"kind": "Deployment"},
    "patch": f"""
- op: add
  path: /spec/template/metadata/annotations
  value: {{{STAYS_UNREADY}: 'true'}}
""",
}
"""Makes the played kubelets report no readiness."""


def an_apply_keeps_the_replicas(trial: Trial) -> str:
    """What the autoscaler has set is not set back by the next apply."""
    trial.scale(3)
    trial.apply()
    counts = {s: _deployment(trial, s)["spec"]["replicas"] for s in SERVICES}
    require(set(counts.values()) == {3}, f"replicas after the apply: {counts}")
    return "3 of each service before and after"


def the_job_stands_in_the_way(trial: Trial) -> str:
    """Another version is refused while the job `prepare` of this one is there, as the page says."""
    folder = _version(trial, "0.1.1")
    said = refusal(lambda: trial.apply(folder))
    require("field is immutable" in said, said)
    return "field is immutable"


def a_version_rolls_out(trial: Trial) -> str:
    """With the job deleted first: never fewer ready than before, never more than one besides."""
    before = {service: len(trial.ready(service)) for service in SERVICES}
    trial.kubectl("delete", "job", "prepare")
    with watched(trial) as seen:
        trial.apply(_version(trial, "0.1.2"))
        until(lambda: trial.settled() and _run_tag(trial, "0.1.2"), "the new version runs")
    require(seen.fewest == before, f"ready, at the least: {seen.fewest} of {before}")
    allowed = {service: count + 1 for service, count in before.items()}
    require(seen.most == allowed, f"at the most: {seen.most}")
    for service in SERVICES:
        require_spread(trial, service)
    most = max(seen.most.values())
    return f"ready at any time: {min(seen.fewest.values())}; at the most {most}; spread afterwards"


def a_bad_version_stops(trial: Trial) -> str:
    """Where new pods do not become ready the old ones go on, and `rollout undo` goes back."""
    before = {service: _names(trial.ready(service)) for service in SERVICES}
    trial.kubectl("delete", "job", "prepare")
    trial.apply(_version(trial, "0.1.3", patches=[_NEVER_READY]))
    until(lambda: all(_new_pod_runs(trial, s, "0.1.3") for s in SERVICES), "new pods are there")
    after = {service: _names(trial.ready(service)) for service in SERVICES}
    require(after == before, f"ready before {before}, after {after}")
    _undo(trial)
    until(lambda: trial.settled() and _run_tag(trial, "0.1.2"), "the version before runs")
    require({s: _names(trial.ready(s)) for s in SERVICES} == before, "pods were replaced")
    return "the same pods before, meanwhile and after `rollout undo`"


def other_settings_roll_the_pods(trial: Trial) -> str:
    """The ConfigMap gets another name, so that pods are replaced; undoing finds the old one."""
    old = {service: _settings_of(trial, service) for service in SERVICES}
    trial.kubectl("delete", "job", "prepare")
    changed = {
        "name": "clusterwatch",
        "namespace": trial.namespace,
        "behavior": "merge",
        "literals": ["CLUSTERWATCH_LOG_LEVEL=debug"],
    }
    trial.apply(_version(trial, "0.1.2", configMapGenerator=[changed]))
    until(trial.settled, "the pods are replaced")
    new = {service: _settings_of(trial, service) for service in SERVICES}
    require(all(old[s] != new[s] for s in SERVICES), f"settings before {old}, after {new}")
    _undo(trial)
    until(trial.settled, "the settings before are back")
    again = {service: _settings_of(trial, service) for service in SERVICES}
    require(again == old, f"settings before {old}, undone {again}")
    there = trial.client.is_there("configmaps", trial.namespace, old["ingest"])
    require(there, "the ConfigMap of before is gone")
    return "all pods replaced, and back again"


def an_old_pod_goes_first(trial: Trial) -> str:
    """A file of SQLite never has two pods, not even while the old one ends."""
    with watched(trial) as seen:
        trial.kubectl("delete", "job", "prepare")
        trial.apply(_version(trial, "0.1.1"))
        until(lambda: trial.settled() and _run_tag(trial, "0.1.1"), "the new version runs")
    require(set(seen.most_at_all.values()) == {1}, f"at the most: {seen.most_at_all}")
    return "never two pods of a service"


def _version(trial: Trial, tag: str, **rest: object) -> Path:
    """The overlay with another image, and what else is given to its kustomization."""
    (container,) = _deployment(trial, "ingest")["spec"]["template"]["spec"]["containers"]
    image = {"name": container["image"].rpartition(":")[0], "newTag": tag}
    return trial.variant(images=[image], **rest)


def _deployment(trial: Trial, service: str) -> Object:
    return trial.client.one("deployments", trial.namespace, service)


def _undo(trial: Trial) -> None:
    """As docs/operations/upgrades.md says."""
    trial.kubectl("rollout", "undo", *(f"deployment/{service}" for service in SERVICES))


def _names(pods: Iterable[Object]) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods}


def _tag(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"]).rpartition(":")[2]


def _run_tag(trial: Trial, tag: str) -> bool:
    return all(_tag(pod) == tag for service in SERVICES for pod in trial.pods(service))


def _new_pod_runs(trial: Trial, service: str, tag: str) -> bool:
    """It has an address, as a pod gets when it is started."""
    return any("podIP" in p["status"] for p in trial.pods(service) if _tag(p) == tag)


def _settings_of(trial: Trial, service: str) -> str:
    (container,) = _deployment(trial, service)["spec"]["template"]["spec"]["containers"]
    return str(container["envFrom"][0]["configMapRef"]["name"])
