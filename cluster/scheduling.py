"""Where pods come to run, whether they find room, and who reaches them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from cluster.client import Object, until
from cluster.stand_ins import workloads_of_strimzi
from cluster.surroundings import NODE, NODES_PER_ZONE, ZONES, zone_of
from cluster.trial import FEWEST, SERVICES, Trial, require
from shared.testing.manifests import bytes_of, of_kind

_MOST = 6
"""Replicas of each service that the autoscaler may ask for."""
_TOO_MANY = 100


def everything_becomes_available(trial: Trial) -> str:
    """All Deployments and StatefulSets have their pods, and the pods are ready."""
    until(trial.settled, "all is available")
    running = trial.client.list("deployments", trial.namespace)
    running += trial.client.list("statefulsets", trial.namespace)
    return ", ".join(f"{item['metadata']['name']} {item['spec']['replicas']}" for item in running)


def services_reach_their_pods(trial: Trial) -> str:
    """The endpoints of each Service are the ready pods, at the port on which they listen."""
    seen = []
    for service in of_kind(trial.overlay, "Service"):
        name = service["metadata"]["name"]
        (app,) = service["spec"]["selector"].values()
        wanted = {(pod["status"]["podIP"], _listens_on(pod)) for pod in trial.ready(app)}
        until(lambda n=name, w=wanted: w and _reached(trial, n) == w, f"endpoints of {name}")  # type: ignore[misc]
        seen.append(f"{name} {len(wanted)}")
    return ", ".join(seen)


def claims_are_bound(trial: Trial) -> str:
    """Every claim of a volume finds one."""
    claims = trial.client.list("persistentvolumeclaims", trial.namespace)
    names = [claim["metadata"]["name"] for claim in claims]
    unbound = [c["metadata"]["name"] for c in claims if c["status"]["phase"] != "Bound"]
    require(names and not unbound, f"unbound: {unbound}")
    return ", ".join(names)


def replicas_are_spread(trial: Trial) -> str:
    """No zone has two replicas of a service more than another, and no node two of three."""
    for replicas in (len(ZONES), _MOST, FEWEST):
        trial.scale(replicas)
        for service in SERVICES:
            require_spread(trial, service)
    return f"{len(ZONES)}, {_MOST} and {FEWEST} of each service"


def require_spread(trial: Trial, service: str) -> None:
    """No zone has two replicas more than another; up to three are on different nodes."""
    placed = Counter(str(pod["spec"]["nodeName"]) for pod in trial.pods(service))
    zones = Counter(zone_of(node) for node in placed.elements())
    counts = [zones[zone] for zone in ZONES]
    require(max(counts) - min(counts) <= 1, f"{service} by zone: {counts}")
    require(placed.total() > len(ZONES) or max(placed.values()) == 1, f"{service}: {placed}")


def the_largest_number_fits_in_two_zones(trial: Trial) -> str:
    """All replicas, Strimzi's pods by what the pools ask for, and the four papers."""
    crons = [str(cron["metadata"]["name"]) for cron in of_kind(trial.overlay, "CronJob")]
    with _without_a_zone(trial) as closed:
        made = [str(body["metadata"]["name"]) for body in _stand_ins(trial)]
        for service in SERVICES:
            trial.kubectl("rollout", "restart", f"deployment/{service}")
        trial.scale(_MOST)
        for name in crons:
            trial.kubectl("create", "job", f"--from=cronjob/{name}", f"{name}-fits")
        until(trial.settled, "all is available")
        wanted = {f"{name}-fits" for name in crons}
        until(lambda: wanted <= {_job_of(p) for p in trial.pods() if _node(p)}, "papers have nodes")
        pods = [pod for pod in trial.pods() if _job_of(pod) in {"", *wanted}]
        require(all(map(_node, pods)), "a pod has no node")
        require(not {_node(pod) for pod in pods} & set(closed), "a pod is in the closed zone")
    trial.kubectl("delete", "deployment", *made)
    trial.kubectl("delete", "job", *(f"{name}-fits" for name in crons))
    trial.scale(FEWEST)
    asked = sum(map(_memory, pods))
    share = asked / (bytes_of(NODE["memory"]) * NODES_PER_ZONE * (len(ZONES) - 1))
    return f"{len(pods)} pods ask for {asked / 2**30:.1f} GiB, {share:.0%} of what two zones have"


@contextmanager
def _without_a_zone(trial: Trial) -> Iterator[list[str]]:
    """Nodes of a zone take no pods meanwhile; the zone with the papers' volume stays."""
    volumes = trial.client.list("persistentvolumes")
    kept = {zone_of(v["metadata"]["name"]) for v in volumes if v["status"]["phase"] == "Bound"}
    zone = next(zone for zone in ZONES if zone not in kept)
    nodes = [f"node-{zone}-{number}" for number in range(NODES_PER_ZONE)]
    trial.client.done("cordon", *nodes)
    try:
        yield nodes
    finally:
        trial.client.done("uncordon", *nodes)


def more_than_the_nodes_have_waits(trial: Trial) -> str:
    """Room is really counted: a hundred replicas do not fit, and the others go on."""
    others = [service for service in SERVICES if service != "metrics"]
    before = {service: len(trial.ready(service)) for service in others}
    body = {"spec": {"replicas": _TOO_MANY}}
    trial.client.patch("deployments", trial.namespace, "metrics/scale", body)
    until(lambda: len(_decided(trial, "metrics")) == _TOO_MANY, "the scheduler saw all")
    reasons = {_why(pod) for pod in _waiting(trial)}
    require(reasons and all("Insufficient" in why for why in reasons), f"waits: {reasons}")
    waiting = len(_waiting(trial))
    after = {service: len(trial.ready(service)) for service in others}
    require(after == before, f"ready before {before}, after {after}")
    trial.scale(FEWEST)
    return f"{waiting} of {_TOO_MANY} wait for memory or CPU"


def a_volume_has_one_pod(trial: Trial) -> str:
    """A second pod on the same file of SQLite is not started by the scheduler."""
    body = {"spec": {"replicas": 2}}
    for service in SERVICES:
        trial.client.patch("deployments", trial.namespace, f"{service}/scale", body)
    until(lambda: len(_waiting(trial)) == len(SERVICES), "the second pods wait")
    reasons = {_why(pod) for pod in _waiting(trial)}
    require(all("ReadWriteOncePod" in why for why in reasons), f"waits: {reasons}")
    trial.scale(1)
    return "ReadWriteOncePod keeps the second pod of each service waiting"


def _stand_ins(trial: Trial) -> list[Object]:
    bodies = workloads_of_strimzi(trial)
    return [trial.client.create("deployments", body, trial.namespace) for body in bodies]


def _waiting(trial: Trial) -> list[Object]:
    return [pod for pod in trial.pods() if _why(pod)]


def _why(pod: Object) -> str:
    """Why the scheduler finds no node; empty where it has found one."""
    conditions = pod["status"].get("conditions", [])
    return "".join(
        c.get("message", "")
        for c in conditions
        if c["type"] == "PodScheduled" and c["status"] == "False"
    )


def _decided(trial: Trial, service: str) -> list[Object]:
    """Pods for which the scheduler has found a node, or none."""
    return [pod for pod in trial.pods(service) if _node(pod) or _why(pod)]


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName", ""))


def _job_of(pod: Object) -> str:
    return str(pod["metadata"]["labels"].get("batch.kubernetes.io/job-name", ""))


def _memory(pod: Object) -> int:
    """Bytes that a pod asks for; what init containers ask for is less."""
    asked = [c["resources"].get("requests", {}) for c in pod["spec"]["containers"]]
    return sum(bytes_of(requests.get("memory", "0")) for requests in asked)


def _listens_on(pod: Object) -> int:
    (container,) = pod["spec"]["containers"]
    return int(container["ports"][0]["containerPort"])


def _reached(trial: Trial, service: str) -> set[tuple[str, int]]:
    labels = {"kubernetes.io/service-name": service}
    return {
        (address, port["port"])
        for piece in trial.client.list("endpointslices", trial.namespace, labels)
        for endpoint in piece.get("endpoints") or []
        for address in endpoint["addresses"]
        for port in piece["ports"]
        if endpoint["conditions"]["ready"]
    }
