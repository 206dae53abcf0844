"""Results as JSON, and as the table of docs/operations/reliability.md."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chaos.campaign import Round


@dataclass
class Campaign:
    """One campaign on one kind of store."""

    store: str
    seed: int
    seconds: float
    rounds: list[Round]
    sent: int
    """Records sent to the input topics."""
    marked_repeats: int
    """Messages that were sent again, and said so."""
    slowest_stop_seconds: float

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


def write(path: Path, campaigns: Sequence[Campaign]) -> None:
    """Replace the entries of the same store and seed, keep the others."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    ours = {(one.store, one.seed) for one in campaigns}
    kept = [one for one in known if (one["store"], one["seed"]) not in ours]
    entries = [*kept, *map(asdict, campaigns)]
    path.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


def table(entries: Sequence[dict[str, Any]]) -> str:
    """Faults × rounds survived × recovery × lost × counted twice, over all campaigns."""
    lines = [
        "| fault | store | rounds | survived | recovery, median (max) s | lost | counted twice |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in entries:
        for done in entry["rounds"]:
            rows.setdefault((done["fault"], entry["store"]), []).append(done)
    for (fault, store), rounds in sorted(rows.items()):
        times = [done["recovery_seconds"] for done in rounds]
        survived = sum(not done["problems"] for done in rounds)
        lines.append(
            f"| {fault} | {store} | {len(rounds)} | {survived} "
            f"| {statistics.median(times):.0f} ({max(times):.0f}) "
            f"| {sum(done['lost'] for done in rounds)} "
            f"| {sum(done['counted_twice'] for done in rounds)} |"
        )
    return "\n".join(lines) + "\n"
