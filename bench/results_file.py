"""Writes what a bench found to its file, and prints the table."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def add_results_option(parser: ArgumentParser) -> None:
    """Let a trial write elsewhere: what is in `results/` is what the documentation says."""
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder to write to")


def write_results(name: str, report: Mapping[str, object], folder: Path) -> Path:
    """Print the summary and write `<name>.json`."""
    print(json.dumps(report["summary"], indent=2, ensure_ascii=False), flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
