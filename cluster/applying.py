"""Applying an overlay, applying it again, and removing it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cluster.client import Refused, until
from cluster.trial import APPLY, Trial, require

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "docs" / "operations" / "kubernetes.md"
_SERVER_SIDE = (*APPLY, "--server-side", "--field-manager=trial")
_TRANSIENT = {"events", "events.events.k8s.io", "leases.coordination.k8s.io", "persistentvolumes"}
"""Kinds that come and go by themselves; volumes are part of the surroundings, and kept."""


def follow_the_page(trial: Trial) -> str:
    """The commands that docs/operations/kubernetes.md gives for before the first apply."""
    commands = preparations(_PAGE.read_text(encoding="utf-8"))
    for command in commands:
        done = subprocess.run(  # noqa: S603 - the commands of our own page
            ["bash", "-ec", command.replace("…", "simulated")],  # noqa: S607
            cwd=_ROOT,
            env=trial.client.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refused(f"{command.splitlines()[0]}: {done.stderr.strip()}")
    return f"{len(commands)} commands"


def preparations(page: str) -> list[str]:
    """The kubectl commands of the section about what must be there before `prod`."""
    (section,) = re.findall(r"^## Before `prod`\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    return re.findall(r"^    (kubectl (?:.*\\\n)*.*)$", section, re.MULTILINE)


def apply_server_side(trial: Trial) -> str:
    """No warning and no unknown field, although the server is asked to be strict."""
    trial.client.done(*_SERVER_SIDE, "-k", str(trial.source))
    return f"{len(trial.objects())} objects"


def apply_server_side_again(trial: Trial) -> str:
    """Nothing changes."""
    return _unchanged(trial, _SERVER_SIDE)


def apply_as_documented(trial: Trial) -> str:
    """No warning and no unknown field."""
    trial.apply()
    return f"{len(trial.objects())} objects"


def apply_again(trial: Trial) -> str:
    """Nothing changes."""
    return _unchanged(trial, APPLY)


def remove(trial: Trial) -> str:
    """With the overlay goes everything, also what the controllers made of it."""
    trial.client.done("delete", "-k", str(trial.source), "--wait=true", "--timeout=180s")
    until(
        lambda: not trial.client.is_there("namespaces", None, trial.namespace),
        "the namespace is gone",
    )
    left = outside_of_namespaces(trial) - trial.before
    require(not left, f"left over: {sorted(left)}")
    return "the namespace and all in it; nothing outside of it"


def outside_of_namespaces(trial: Trial) -> frozenset[str]:
    """Names of all that belongs to no namespace."""
    asked = ("api-resources", "--namespaced=false", "--verbs=list", "-o", "name")
    kinds = set(trial.client.done(*asked).split()) - _TRANSIENT
    said = trial.client.done("get", ",".join(sorted(kinds)), "-o", "name", "--ignore-not-found")
    return frozenset(said.split())


def _unchanged(trial: Trial, how: tuple[str, ...]) -> str:
    before = _written(trial)
    trial.client.done(*how, "-k", str(trial.source))
    after = _written(trial)
    changed = sorted(name for name in before | after if before.get(name) != after.get(name))
    require(not changed, f"changed: {changed}")
    return f"{len(after)} objects as before"


def _written(trial: Trial) -> dict[str, object]:
    """Generation of what has one, else all that was written; the status is the controllers'."""
    said = trial.client.done("get", "-k", str(trial.source), "-o", "json")
    return dict(_states(said))


def _states(said: str) -> Iterator[tuple[str, object]]:
    for item in json.loads(said)["items"]:
        meta = item["metadata"]
        name = f"{item['kind']}/{meta['name']}"
        generation = meta.get("generation")
        rest = {part: value for part, value in item.items() if part not in {"status", "metadata"}}
        yield name, (generation, meta.get("labels"), meta.get("annotations"), rest)
