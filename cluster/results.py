"""Results as JSON, and as the tables of docs/operations/kubernetes.md.

``python -m cluster.results`` writes the tables into the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.programs import pinned
from cluster.surroundings import NODE, NODES_PER_ZONE, ZONES
from shared.testing.trials import Entries, Published, checked_out

PAGE = Path("docs/operations/kubernetes.md")


@dataclass(frozen=True)
class Seen:
    """One check."""

    check: str
    seen: str
    problem: str
    """Empty where all was as promised."""
    seconds: float


@dataclass
class Run:
    """One campaign, and with what it was made."""

    campaign: str
    commit: str = field(default_factory=checked_out)
    versions: dict[str, str] = field(default_factory=pinned)
    zones: int = len(ZONES)
    nodes: int = len(ZONES) * NODES_PER_ZONE
    node: dict[str, str] = field(default_factory=lambda: dict(NODE))
    seconds: float = 0.0
    checks: list[Seen] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Every check."""
        return bool(self.checks) and not any(one.problem for one in self.checks)


def told(seen: Seen) -> str:
    """One line."""
    words = f"{seen.check:42} {seen.seconds:5.1f} s  {seen.seen}"
    return words + (f"\n  WRONG: {seen.problem}" if seen.problem else "")


def tables(entries: Entries) -> str:
    """With what each campaign was made, and what was seen in each check."""
    lines = []
    for entry in sorted(entries, key=lambda one: str(one["campaign"])):
        lines += [
            _heading(entry),
            "",
            "| check | as promised | seen |",
            "|---|---|---|",
            *(
                f"| {one['check']} | {'no' if one['problem'] else 'yes'} | {one['seen']} |"
                for one in entry["checks"]
            ),
            "",
        ]
    return "\n".join(lines)


def _heading(entry: Mapping[str, Any]) -> str:
    versions, node = entry["versions"], entry["node"]
    return (
        f"**{entry['campaign']}** at {entry['commit']}: Kubernetes {versions['kubernetes']}, "
        f"etcd {versions['etcd']}; {entry['nodes']} nodes in {entry['zones']} zones, each with CPU "
        f"{node['cpu']} and memory {node['memory']} for pods; {entry['seconds'] / 60:.0f} minutes."
    )


RESULTS = Published("cluster.results", PAGE, ("campaign",), tables)

if __name__ == "__main__":
    RESULTS.write()
