"""Run the benches of this checkout one after the other and show their figures."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from clusterwatch.console import err, fail, out

BENCHES = (
    "backtest_forecast",
    "throughput",
    "delay",
    "peers",
    "growth",
    "enterprises",
    "evaluation",
    "scrape",
    "cold_start",
    "capacity",
)
"""Files of `bench/`, in the order they run."""

_FOLDER = Path(__file__).parents[2] / "bench"
_LIMIT_SECONDS = 900.0
_USAGE = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one bench ended; `report` is what it wrote, None where it wrote nothing."""

    name: str
    seconds: float
    problem: str | None
    report: dict[str, Any] | None


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME…]", help=f"{', '.join(BENCHES)}; none: all of them"),
    ] = None,
    retail: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="China's retail sales for the back-test (columns time, retailAmount, "
            "largeBizRetailAmount); not shipped",
        ),
    ] = None,
    largest: Annotated[
        int | None,
        typer.Option(
            metavar="FACTS", help="Largest store of `growth`; 10000000 take a gigabyte of disk."
        ),
    ] = None,
    limit: Annotated[
        float, typer.Option(help="Seconds after which a bench is ended.", min=1.0)
    ] = _LIMIT_SECONDS,
) -> None:
    """Run the benches one after the other, show their figures and write bench/results/*.json.

    Each takes some minutes; those that need an Apache Kafka start one of their own. `peers` makes
    environments with other stream processors below .cache when it first runs. Close other programs
    first: they share the machine. In the end the tables and pictures of docs/performance.md are
    made anew.
    """
    chosen = names or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        fail(f"there is no bench {unknown[0]!r}; there are: {', '.join(BENCHES)}", code=_USAGE)
    if not _FOLDER.is_dir():
        fail("the benches are files of a checkout; run this from one", code=_USAGE)
    if retail is not None and not retail.is_file():
        fail(f"--retail {retail}: there is no such file", code=_USAGE)
    outcomes = [
        run_bench(_FOLDER, name, _arguments(name, retail, largest), limit) for name in chosen
    ]
    out.print(figures(outcomes))
    subprocess.run([sys.executable, str(_FOLDER / "page.py")], check=True)  # noqa: S603 - ours
    for outcome in outcomes:
        if outcome.problem is not None:
            err.print(f"{outcome.name}: {outcome.problem}", markup=False)
    if any(outcome.problem for outcome in outcomes):
        raise typer.Exit(1)


def _arguments(name: str, retail: Path | None, largest: int | None) -> list[str]:
    if name == "backtest_forecast" and retail is not None:
        return ["--retail", str(retail.resolve())]
    if name == "growth" and largest is not None:
        return ["--largest", str(largest)]
    return []


def run_bench(folder: Path, name: str, arguments: Sequence[str], limit: float) -> Outcome:
    """Run one bench in a process of its own; its words go to the terminal as they come."""
    out.rule(name)
    before = _written(folder)
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - a file of this checkout
        [sys.executable, str(folder / f"{name}.py"), *arguments], cwd=folder.parent
    )
    try:
        code = process.wait(limit)
        problem = None if code == 0 else f"ended with exit code {code}, see above"
    except subprocess.TimeoutExpired:
        _end(process)
        problem = f"ended after {limit:.0f} s without a result; --limit gives it more"
    except KeyboardInterrupt:
        _end(process)
        raise
    return Outcome(name, time.monotonic() - started, problem, _newest(folder, name, before))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, so that it can stop what it started; then insist."""
    process.terminate()
    try:
        process.wait(45)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _written(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (folder / "results").glob("*.json")}


def _newest(folder: Path, name: str, before: dict[Path, int]) -> dict[str, Any] | None:
    """The results that this run wrote."""
    changed = [
        path
        for path, at in _written(folder).items()
        if path.name.startswith(name) and before.get(path) != at
    ]
    if not changed:
        return None
    report: dict[str, Any] = json.loads(changed[0].read_text(encoding="utf-8"))
    return report


def figures(outcomes: Sequence[Outcome]) -> Table:
    """A table of all figures with their goals."""
    table = Table("bench", "figure", title="benches")
    table.add_column("value", justify="right")
    table.add_column("goal")
    table.add_column("seconds", justify="right")
    for outcome in outcomes:
        rows = outcome.report["summary"] if outcome.report is not None else []
        if not rows:
            table.add_row(outcome.name, "no result", "", "", f"{outcome.seconds:.0f}")
        for number, row in enumerate(rows):
            first = number == 0
            table.add_row(
                outcome.name if first else "",
                row["figure"],
                str(row["value"]),
                row["goal"] or "",
                f"{outcome.seconds:.0f}" if first else "",
            )
    return table
