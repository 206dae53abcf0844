"""Results as JSON, and as the table of docs/operations/reliability.md.

``python -m chaos.results`` writes the table into the page.
"""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.campaign import Round
from chaos.faults import TABLE
from shared.testing.trials import Entries, Published


@dataclass
class Campaign:
    """One campaign on one kind of store."""

    store: str
    seed: int
    code: str
    """Commit that was run."""
    day: str
    seconds: float = 0.0
    rounds: list[Round] = field(default_factory=list)
    sent: int = 0
    """Records sent to the input topics."""
    marked_repeats: int = 0
    """Messages that were sent again, and said so."""
    slowest_stop_seconds: float = 0.0

    @property
    def survived(self) -> bool:
        """Every round."""
        return bool(self.rounds) and all(one.survived for one in self.rounds)


def summary(campaign: Campaign) -> str:
    """One line."""
    survived = sum(one.survived for one in campaign.rounds)
    return (
        f"{campaign.store}: {survived} of {len(campaign.rounds)} rounds survived in "
        f"{campaign.seconds / 60:.1f} min, {campaign.sent} records"
    )


def table(entries: Entries) -> str:
    """Faults × rounds survived × recovery × lost × counted twice, over all campaigns."""
    lines = [
        (
            "| fault | store | rounds (of seed) | survived | recovery, median (max) s "
            "| lost | counted twice |"
        ),
        "|---|---|---|---:|---:|---:|---:|",
    ]
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in entries:
        for done in entry["rounds"]:
            rows.setdefault((done["fault"], entry["store"]), []).append(
                done | {"of": entry["seed"]}
            )
    for (fault, store), rounds in sorted(rows.items()):
        times = [done["recovery_seconds"] for done in rounds]
        survived = sum(not done["problems"] for done in rounds)
        seeds = Counter(done["of"] for done in rounds)
        shown = ", ".join(f"{count} ({seed})" for seed, count in seeds.items())
        lines.append(
            f"| {fault} | {store} | {shown} | {survived} "
            f"| {statistics.median(times):.0f} ({max(times):.0f}) "
            f"| {sum(done['lost'] for done in rounds)} "
            f"| {sum(done['counted_twice'] for done in rounds)} |"
        )
    return "\n".join(lines) + "\n"


def campaigns(entries: Entries) -> str:
    """What was run."""
    lines = [
        (
            "| store | seed | day | commit | minutes | rounds | survived | records | repeats "
            "| slowest SIGTERM |"
        ),
        "|---|---:|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for entry in entries:
        rounds = entry["rounds"]
        survived = sum(not done["problems"] for done in rounds)
        lines.append(
            f"| {entry['store']} | {entry['seed']} | {entry['day']} | `{entry['code']}` "
            f"| {entry['seconds'] / 60:.0f} | {len(rounds)} | {survived} "
            f"| {entry['sent']:,} | {entry['marked_repeats']} "
            f"| {entry['slowest_stop_seconds']:.0f} s |"
        )
    return "\n".join(lines) + "\n"


def not_run(entries: Entries) -> str:
    """Faults of the table that no campaign came to."""
    run = {done["fault"] for entry in entries for done in entry["rounds"]}
    names = [f"*{name}*" for name in TABLE if name not in run]
    return f"Not run in them, so not shown by them: {', '.join(names) or 'none'}.\n"


def tables(entries: Entries) -> str:
    """All that the page shows."""
    return "\n".join((campaigns(entries), table(entries), not_run(entries)))


RESULTS = Published(
    "chaos.results", Path("docs/operations/reliability.md"), ("store", "seed"), tables
)

if __name__ == "__main__":
    RESULTS.write()
