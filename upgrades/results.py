"""Results of updates as JSON, and as the tables of docs/operations/upgrades.md.

``python -m upgrades.results`` writes the tables into the page.
"""

from dataclasses import dataclass, field
from pathlib import Path

from chaos.campaign import Round
from shared.testing.trials import Entries, Published


@dataclass
class Update:
    """One update and its rollback."""

    old: str
    new: str
    old_schemas: dict[str, str]
    new_schemas: dict[str, str]
    seed: int
    seconds: float = 0.0
    sent: int = 0
    """Records sent to the input topics."""
    rounds: list[Round] = field(default_factory=list)

    @property
    def survived(self) -> bool:
        """Every step."""
        return bool(self.rounds) and all(one.survived for one in self.rounds)


def told(done: Round) -> str:
    """One line about a step."""
    words = f"{done.number:4} {done.fault:48} all right after {done.settled_seconds:5.1f} s"
    return words + "".join(f"\n     WRONG: {problem}" for problem in done.problems[:12])


def tables(entries: Entries) -> str:
    """What was run, and each step of it."""
    lines = []
    for entry in entries:
        rounds = entry["rounds"]
        changed = ", ".join(
            f"{before} → {after}"
            for before, after in zip(
                entry["old_schemas"].values(), entry["new_schemas"].values(), strict=True
            )
            if before != after
        )
        lines += [
            f"**{entry['old']} → {entry['new']}** ({changed or 'no migration'})",
            "",
            f"{entry['sent']:,} records in {entry['seconds'] / 60:.0f} minutes.",
            "",
            "| step | as the oracle says | lost | counted twice | all right after |",
            "|---|---|---:|---:|---:|",
            *(
                f"| {one['fault']} | {'no' if one['problems'] else 'yes'} | {one['lost']} "
                f"| {one['counted_twice']} | {one['settled_seconds']:.0f} s |"
                for one in rounds
            ),
            "",
        ]
    return "\n".join(lines)


RESULTS = Published("upgrades.results", Path("docs/operations/upgrades.md"), ("old", "new"), tables)

if __name__ == "__main__":
    RESULTS.write()
