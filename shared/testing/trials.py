"""Trials that people start by hand: their options, their folder and their published results."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entries = Sequence[dict[str, Any]]
"""Runs of a trial, as their JSON file has them."""
_ROOT: Final = Path(__file__).parents[2]
_END: Final = "<!-- end of results -->\n"


@dataclass(frozen=True, slots=True)
class Published:
    """The page of a trial, with tables that are made from the JSON file of the same name."""

    module: str
    """What is run with ``python -m`` to write the tables into the page."""
    page: Path
    identity: tuple[str, ...]
    """Fields in which two runs agree when the later one replaces the earlier."""
    tables: Callable[[Entries], str]

    def keep(self, path: Path, run: "DataclassInstance") -> None:
        """Add a run to a JSON file; the entry with the same identity goes, the others stay."""
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        entry = asdict(run)
        kept = [one for one in known if any(one[name] != entry[name] for name in self.identity)]
        text = json.dumps([*kept, entry], indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")

    def with_tables(self, text: str, entries: Entries) -> str:
        """The page's text with the tables of these entries."""
        source = self.page.with_suffix(".json").name
        begin = f"<!-- results: written by `python -m {self.module}` from {source} -->\n"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(_END)
        return f"{before}{begin}\n{self.tables(entries)}\n{_END}{after}"

    def write(self) -> None:
        """Write the tables into the page, in the checkout that is the working directory."""
        entries = json.loads(self.page.with_suffix(".json").read_text(encoding="utf-8"))
        text = self.with_tables(self.page.read_text(encoding="utf-8"), entries)
        self.page.write_text(text, encoding="utf-8")


def trial_options(name: str, description: str | None) -> argparse.ArgumentParser:
    """The options that every trial has: seed, patience, results and folder."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=description)
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument(
        "--patience", type=float, default=300.0, help="seconds until all must be right again"
    )
    parser.add_argument("--results", type=Path, help="JSON file to add the results to")
    parser.add_argument("--folder", type=Path, help="where logs and stores go; kept on a failure")
    return parser


def trial_folder(prefix: str, parent: Path | None) -> Path:
    """A new folder that a database's own user may enter as well."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=parent))
    folder.chmod(0o755)
    return folder


def checked_out() -> str:
    """Short name of the commit of this checkout, with a plus where code differs from it."""
    git = [shutil.which("git") or "git", "-C", str(_ROOT)]
    name = _answer([*git, "rev-parse", "--short", "HEAD"])
    changed = _answer([*git, "status", "--porcelain", "--", "*.py", "*.lock", "*.toml"])
    return (name or "unknown") + ("+" if changed else "")


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git
    except OSError:
        return ""
    return done.stdout.strip()


def say(text: str) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
