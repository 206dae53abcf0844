"""Results of updates as JSON, and as the tables of docs/operations/upgrades.md.

``python -m upgrades.results`` writes the tables into the page.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chaos.campaign import Round

PAGE = Path("docs/operations/upgrades.md")
_BEGIN = "<!-- results: written by `python -m upgrades.results` from upgrades.json -->\n"
_END = "<!-- end of results -->\n"


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


def write(path: Path, update: Update) -> None:
    """Replace the entry of the same two versions, keep the others."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [one for one in known if (one["old"], one["new"]) != (update.old, update.new)]
    path.write_text(
        json.dumps([*kept, asdict(update)], indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def tables(entries: Sequence[dict[str, Any]]) -> str:
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


def page(text: str, entries: Sequence[dict[str, Any]]) -> str:
    """The page with the tables of these results."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{tables(entries)}{_END}{after}"


if __name__ == "__main__":
    results = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
