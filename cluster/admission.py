"""What the API server admits, and what the pods' accounts may do."""

import copy

from cluster.client import Client, Object, until
from cluster.stand_ins import pods_of_strimzi
from cluster.trial import Trial, refusal, require
from shared.testing.manifests import of_kind

_OF_EVERYBODY = {"selfsubjectaccessreviews", "selfsubjectreviews", "selfsubjectrulesreviews"}
"""What any account may do: ask what it may do."""
_ASKED = (
    *(("get", "secrets"), ("list", "pods"), ("create", "pods"), ("get", "configmaps")),
    *(("delete", "deployments.apps"), ("create", "pods/exec"), ("*", "*")),
)


def every_pod_is_admitted(trial: Trial) -> str:
    """Of every template, in a namespace that enforces `restricted`; none was turned away."""
    names = [_admitted(trial, name, spec) for name, spec in _templates(trial)]
    events = trial.client.list("events", trial.namespace)
    turned_away = [event["message"] for event in events if event["reason"] == "FailedCreate"]
    require(not turned_away, f"turned away: {turned_away[:3]}")
    return f"{len(names)} kinds of pods"


def a_pod_with_rights_is_refused(trial: Trial) -> str:
    """The same pods as root, or without a seccomp profile, are not admitted."""
    refused = 0
    for name, spec in _templates(trial):
        for change in (_as_root, _unconfined, _escalating):
            other = copy.deepcopy(spec)
            change(other)
            said = refusal(lambda n=name, s=other: _admitted(trial, n, s))  # type: ignore[misc]
            require("violates PodSecurity" in said, said)
            refused += 1
    return f"{refused} pods refused"


def pods_of_operators_are_admitted(trial: Trial) -> str:
    """What Strimzi makes of the custom resources, with the security contexts that they give."""
    made = pods_of_strimzi(trial.overlay)
    for name, spec in made.items():
        _admitted(trial, name, spec)
    return ", ".join(made)


def accounts_may_do_nothing(trial: Trial) -> str:
    """No account of a pod has a right, and no pod has a token; a right that is given is seen."""
    accounts = [item["metadata"]["name"] for item in of_kind(trial.overlay, "ServiceAccount")]
    for account in accounts:
        found = _rights(trial, account)
        require(found <= _OF_EVERYBODY, f"{account} may reach {sorted(found - _OF_EVERYBODY)}")
        for verb, what in _ASKED:
            said = trial.client.kubectl(
                *("auth", "can-i", verb, what, "-n", trial.namespace),
                f"--as={_user(trial, account)}",
            )
            require(said.output.strip() == "no", f"{account} may {verb} {what}")
    tokens = [pod["metadata"]["name"] for pod in trial.pods() if _has_token(pod)]
    require(not tokens, f"with a token: {tokens}")
    _prove_that_rights_are_seen(trial, accounts[0])
    return f"{len(accounts)} accounts, {len(trial.pods())} pods without a token"


def _prove_that_rights_are_seen(trial: Trial, account: str) -> None:
    given = f"--serviceaccount={trial.namespace}:{account}"
    trial.kubectl("create", "rolebinding", "too-much", "--clusterrole=view", given)
    until(lambda: "pods" in _rights(trial, account), "a right that was given is seen")
    trial.kubectl("delete", "rolebinding", "too-much")


def _rights(trial: Trial, account: str) -> set[str]:
    """Resources that the account has any right to."""
    body: Object = {"spec": {"namespace": trial.namespace}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{trial.namespace}"]
    headers = [("Impersonate-User", _user(trial, account))]
    headers += [("Impersonate-Group", group) for group in (*groups, "system:authenticated")]
    answer = trial.client.http.post(path, json=body, headers=headers)
    answer.raise_for_status()
    rules = answer.json()["status"]["resourceRules"]
    return {resource for rule in rules for resource in rule.get("resources", [])}


def _user(trial: Trial, account: str) -> str:
    return f"system:serviceaccount:{trial.namespace}:{account}"


def _has_token(pod: Object) -> bool:
    volumes = pod["spec"].get("volumes", [])
    sources = [source for volume in volumes for source in _projected(volume)]
    return any("serviceAccountToken" in source for source in sources)


def _projected(volume: Object) -> list[Object]:
    return list(volume.get("projected", {}).get("sources", []))


def _templates(trial: Trial) -> list[tuple[str, Object]]:
    return [(pod.name, _on_its_own(pod.spec)) for pod in trial.workloads()]


def _on_its_own(spec: Object) -> Object:
    """Without mounts of volumes that only a StatefulSet makes."""
    made = copy.deepcopy(spec)
    volumes = {volume["name"] for volume in made.get("volumes", [])}
    for container in _containers(made):
        mounts = container.get("volumeMounts", [])
        container["volumeMounts"] = [mount for mount in mounts if mount["name"] in volumes]
    return made


def _admitted(trial: Trial, name: str, spec: Object) -> str:
    """Ask the server whether it would take such a pod; raises Refused."""
    body = {"metadata": {"name": f"tried-{name}"}, "spec": spec}
    _dry(trial.client, trial.namespace, body)
    return name


def _dry(client: Client, namespace: str, body: Object) -> None:
    client.call("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", body)


def _containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def _as_root(spec: Object) -> None:
    spec["securityContext"] |= {"runAsUser": 0, "runAsNonRoot": False}


def _unconfined(spec: Object) -> None:
    del spec["securityContext"]["seccompProfile"]


def _escalating(spec: Object) -> None:
    for container in _containers(spec):
        container["securityContext"] = {"privileged": True}
