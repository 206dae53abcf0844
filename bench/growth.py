"""Whether a fact costs metrics more when its store has grown a hundredfold.

Stores of 10,000 to 10,000,000 standing facts of 20 clusters are filled directly, and one of
1,000,000 of 5,000 clusters; the largest takes a gigabyte of the disk. Then batches are applied as
the service does it: newer versions of facts from anywhere in them, and facts of new subjects, as a
rebuild brings them. CPU time a fact, steps of SQLite's machine, memory, and what the process does
at its start are compared with the store of 100,000; the stores take turns. Only simulated facts.

    python bench/growth.py [--largest N] [--repetitions N]
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from growth_store import BATCH, MONTHS, UNITS, Cost, GrownStore  # noqa: E402 - the path comes first
from meters import resident  # noqa: E402
from results_file import add_results_option, write_results  # noqa: E402

_MANY_UNITS = 5_000
_SMALLEST = 10_000
_BASE = 100_000
"""Facts of the store that the others are compared with; the smallest where it is not among them."""


def measure(folder: Path, sizes: Sequence[tuple[int, int]], repetitions: int) -> list[Cost]:
    """Cost of a fact in stores of so many facts and units, which take turns."""
    # What a process allocates once is not to be taken for what the first store needs.
    GrownStore(folder / "none", *sizes[0]).warm_up(repetitions)
    stores = []
    for number, (size, units) in enumerate(sizes):
        stores.append(GrownStore(folder / str(number), size, units))
        stores[-1].warm_up(repetitions)
        print(f"{size:,} facts of {units:,} clusters are there", flush=True)
    turns = (GrownStore.known, GrownStore.new, GrownStore.start)
    for turn in turns:
        for _ in range(repetitions):
            for store in stores:
                turn(store)
        if turn is GrownStore.known:
            for store in stores:
                store.copied()
    return [store.cost() for store in stores]


def rows_of(cost: Cost, base: Cost, bare: int) -> list[dict[str, object]]:
    """Ratios of one store to the base; `bare` is the process before any store, in bytes."""
    figures: tuple[tuple[str, float, str | None], ...] = (
        ("CPU time a fact", round(cost.cpu / base.cpu, 2), "at most 1.5"),
        (
            "CPU time a fact with copies of the log (mean)",
            round(cost.mean / base.mean, 2),
            "at most 1.5",
        ),
        ("CPU time a fact of a new subject", round(cost.new / base.new, 2), "at most 1.5"),
        ("steps of SQLite a fact", round(cost.steps / base.steps, 2), "at most 1.2"),
        (
            "memory kept, bytes a stored fact",
            round(max(cost.memory, 0) / cost.facts, 1),
            "at most 120",
        ),
        ("process, in its size before any store", round(cost.resident / bare, 2), None),
        ("CPU time of a start on the store", round(cost.start / base.start, 2), None),
    )
    return [
        {"figure": f"{words}, {cost.label}", "value": value, "goal": goal}
        for words, value, goal in figures
    ]


def report_of(costs: list[Cost], bare: int, seconds: float) -> dict[str, object]:
    """Ratios to the store of 100,000 facts, or to the base."""
    base = next((cost for cost in costs if cost.facts == _BASE), costs[0])
    rows: list[dict[str, object]] = []
    for cost in costs:
        if cost is base:
            rows.append({"figure": f"CPU time a fact, {cost.label}", "value": 1.0, "goal": None})
        else:
            rows += rows_of(cost, base, bare)
    return {
        "summary": rows,
        "base": base.label,
        "batch": BATCH,
        "sizes": [cost.label for cost in costs],
        "steps_a_fact": [round(cost.steps, 1) for cost in costs],
        "megabytes": [round(cost.resident / 1e6) for cost in costs],
        "note": "medians of CPU time over batches of newer versions from anywhere in the store, "
        "stores in turn, SQLite, one process; ratios to the base",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/growth.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--smallest", type=int, default=_SMALLEST)
    parser.add_argument("--largest", type=int, default=10_000_000)
    parser.add_argument("--repetitions", type=int, default=25)
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.perf_counter()
    bare = resident()
    sizes = [(options.smallest, UNITS)]
    while sizes[-1][0] * 10 <= options.largest:
        sizes.append((sizes[-1][0] * 10, UNITS))
    if options.largest >= _MANY_UNITS * MONTHS:
        sizes.append((min(options.largest, 1_000_000), _MANY_UNITS))
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        costs = measure(Path(name), sizes, options.repetitions)
    report = report_of(costs, bare, time.perf_counter() - started)
    write_results("growth", report, options.results)


if __name__ == "__main__":
    main()
