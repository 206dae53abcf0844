"""Whether a report costs ingest more when hundreds of times as many enterprises report.

Stores of 600, 50,000 and 500,000 simulated enterprises, each registered and with twelve standing
lines, take batches as the service does: exact duplicates, revisions of lines from anywhere, new
months, new enterprises, and the small batches of live reports. Each store has a process of its own;
they take turns. CPU time, steps of SQLite's machine, memory, and what a process does at its start
are compared with the smallest store.

    python bench/enterprises.py [--sizes N N …] [--repetitions N]
"""

import argparse
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from enterprises_site import BATCH, SMALL, Kind, Site, Spent  # noqa: E402 - the path comes first
from meters import resident  # noqa: E402
from results_file import add_results_option, write_results  # noqa: E402

SIZES = (600, 50_000, 500_000)
_CPU_GOAL, _STEPS_GOAL, _BYTES_GOAL = "at most 1.5", "at most 1.2", "at most 120"


@dataclass
class Found:
    """What one store has cost."""

    enterprises: int
    lines: int
    bare: int
    """Bytes of the process before any store."""
    spent: dict[Kind, list[Spent]] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    """CPU seconds."""
    before: int = 0
    """Bytes of the process before the batches that count."""
    after: int = 0
    full: int = 0
    """Bytes of the process after 100,000 further enterprises have reported."""
    asked: float = 0.0
    """CPU seconds of the first question who is behind a token."""

    @property
    def label(self) -> str:
        """Size in words."""
        return f"{self.enterprises:,} enterprises"

    def cpu(self, kind: Kind) -> float:
        """CPU seconds of an event, or of a small batch."""
        return median(each.cpu for each in self.spent[kind])

    def steps(self, kind: Kind) -> float:
        """Steps of SQLite's machine, likewise."""
        return median(each.steps for each in self.spent[kind])


class Apart:
    """A site in a process of its own: what it remembers is its own."""

    _site: Site

    def __init__(self, folder: Path, enterprises: int) -> None:
        folder.mkdir()
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(1, context, Apart._open, (folder, enterprises))

    @classmethod
    def _open(cls, folder: Path, enterprises: int) -> None:
        cls._site = Site(folder, enterprises)

    @classmethod
    def _ask(cls, name: str, arguments: Sequence[object]) -> Any:  # noqa: ANN401 - as the site's
        found = getattr(cls._site, name)
        return found(*arguments) if callable(found) else found

    def memory(self) -> int:
        """Bytes of the site's process."""
        return self.pool.submit(resident).result()

    def of(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - as the site's
        """What the site has under this name, or answers."""
        return self.pool.submit(Apart._ask, name, arguments).result()


def warm_up(one: Found, site: Apart) -> None:
    """A first batch of each kind; no doubtful one yet: while it stands, others cost more."""
    for kind in Kind:
        if kind is not Kind.DOUBTFUL:
            site.of("batch", kind)
    one.before = site.memory()


def take_turns(pairs: Sequence[tuple[Found, Apart]], kind: Kind) -> None:
    """One batch of a kind for each store that has enterprises enough."""
    for one, site in pairs:
        if spent := site.of("batch", kind):
            one.spent.setdefault(kind, []).append(spent)


def measure(sites: Sequence[Apart], repetitions: int) -> list[Found]:
    """Costs of all stores."""
    found = [Found(*(site.of(name) for name in ("enterprises", "lines", "bare"))) for site in sites]
    pairs = list(zip(found, sites, strict=True))
    for one, site in pairs:
        warm_up(one, site)
    for kind in Kind:
        for _ in range(repetitions):
            take_turns(pairs, kind)
        tell(found, kind)
    for one, site in pairs:
        site.of("check")
        one.after = site.memory()
        one.asked = site.of("ask")
    for _ in range(repetitions):
        for one, site in pairs:
            one.starts.append(site.of("start"))
    last, site = pairs[-1]
    site.of("report_further")
    last.full = site.memory()
    return found


def tell(found: Sequence[Found], kind: Kind) -> None:
    """Say what a kind has cost, for those who wait."""
    base = first_with(found, kind)
    having = [one for one in found if kind in one.spent]
    ratios = {one.label: round(one.cpu(kind) / base.cpu(kind), 2) for one in having}
    print(f"{kind}: {ratios}", flush=True)


def first_with(found: Sequence[Found], kind: Kind) -> Found:
    """The smallest store that has had such a batch."""
    return next(one for one in found if kind in one.spent)


def rows_of(one: Found, found: Sequence[Found]) -> list[dict[str, object]]:
    """Ratios of one store to the smallest."""
    first, rows = found[0], []

    def add(words: str, value: float, goal: str | None) -> None:
        rows.append({"figure": f"{words}, {one.label}", "value": value, "goal": goal})

    for kind in Kind:
        if kind not in one.spent or (base := first_with(found, kind)) is one:
            continue
        words = kind if base is first else f"{kind}, of that among {base.label}"
        add(f"CPU time, {words}", round(one.cpu(kind) / base.cpu(kind), 2), _CPU_GOAL)
        steps = round(one.steps(kind) / base.steps(kind), 2)
        add(f"steps of SQLite, {words}", steps, _STEPS_GOAL)
    kept = max(one.after - one.before, 0) / one.lines
    add("memory kept, bytes a standing line", round(kept, 1), _BYTES_GOAL)
    add("process, in its size before any store", round(one.after / one.bare, 2), None)
    if one.full:
        words = "process after 100,000 further enterprises, in its size before any store"
        add(words, round(one.full / one.bare, 2), None)
    start = median(one.starts) / median(first.starts)
    add("CPU time of a start on the store", round(start, 2), _CPU_GOAL)
    asked = round(one.asked / one.cpu(Kind.NEW_MONTH))
    add("first question who is behind a token, in new months", asked, None)
    return rows


def report_of(found: Sequence[Found], seconds: float) -> dict[str, object]:
    """Ratios to the smallest store."""
    first = found[0]
    unit = first.cpu(Kind.NEW_MONTH)
    rows: list[dict[str, object]] = [
        {"figure": f"each kind of event, {first.label}", "value": 1.0, "goal": None}
    ]
    for one in found[1:]:
        rows += rows_of(one, found)
    return {
        "summary": rows,
        "batch": BATCH,
        "lines": {one.label: one.lines for one in found},
        "steps": {
            one.label: {kind: round(one.steps(kind), 1) for kind in one.spent} for one in found
        },
        "cpu_in_new_months_of_the_smallest": {
            one.label: {kind: round(one.cpu(kind) / unit, 3) for kind in one.spent} for one in found
        },
        "megabytes": {one.label: round(one.after / 1e6) for one in found},
        "megabytes_after_further_enterprises": round(found[-1].full / 1e6),
        "note": "simulated; medians of CPU time of stores that take turns, SQLite, each in a "
        f"process of its own; of {' and '.join(SMALL)} the whole batch counts; "
        "ratios to the smallest store",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/enterprises.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--repetitions", type=int, default=5)
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.perf_counter()
    with ExitStack() as stack:
        # The largest store takes two gigabytes of the disk.
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="clusterwatch-bench-"))
        sites = [Apart(Path(name) / str(size), size) for size in options.sizes]
        for site in sites:
            stack.enter_context(site.pool)
        found = measure(sites, options.repetitions)
    write_results("enterprises", report_of(found, time.perf_counter() - started), options.results)


if __name__ == "__main__":
    main()
