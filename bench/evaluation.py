"""What alerts costs with 10,000 open alerts and 1,000 subscriptions, in readings of the alerts.

A reading of all open alerts from the store, decoded, is 1.00. Against it: a look in which nothing
is due, one after which every alert was looked at, an evaluation of statuses that change nothing,
and the calendar's evaluation with and without news. In one process, on a new SQLite file, by CPU
time, because other programs change what a clock says. Only simulated statuses.

    python bench/evaluation.py [--alerts N] [--subscriptions N] [--repetitions N]
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import msgspec  # noqa: E402 - the path comes first
from results_file import add_results_option, write_results  # noqa: E402
from sqlalchemy import Engine  # noqa: E402

from services.alerts.adapters.holidays import chinese_working_days  # noqa: E402
from services.alerts.adapters.rules_file import load_rules  # noqa: E402
from services.alerts.adapters.store import SqlLedger  # noqa: E402
from services.alerts.domain.alert import SeriesKey  # noqa: E402
from services.alerts.domain.directory import Directory  # noqa: E402
from services.alerts.domain.subscription import (  # noqa: E402
    ChannelTarget,
    ChannelType,
    Filter,
    Subscription,
)
from services.alerts.use_cases.evaluate import Evaluate  # noqa: E402
from services.alerts.use_cases.first_load import EvaluateByCalendar  # noqa: E402
from services.alerts.use_cases.upkeep import KeepUp  # noqa: E402
from shared.confidentiality import Masking  # noqa: E402
from shared.plans import load_catalogue  # noqa: E402
from shared.settings import CommonSettings  # noqa: E402
from shared.storage import open_engine, writing  # noqa: E402
from shared.storage.migrations import migrate  # noqa: E402
from shared.testing.clock import FixedClock  # noqa: E402
from shared.testing.statuses import status_of  # noqa: E402

NOW = datetime(2026, 5, 11, 1, tzinfo=UTC)
_UNITS_AT_A_TIME = 500
_STATUSES = 200
"""Series in the batch of statuses that is evaluated."""


@dataclass(frozen=True)
class Bench:
    """The use cases over one store."""

    engine: Engine
    clock: FixedClock
    evaluate: Evaluate

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        """A write transaction."""
        with writing(self.engine) as connection:
            yield SqlLedger(connection)

    def fill(self, alerts: int, subscriptions: int) -> None:
        """Alerts of simulated units, then those who follow some of them."""
        for start in range(0, alerts, _UNITS_AT_A_TIME):
            units = [f"sim-{n}" for n in range(start, min(start + _UNITS_AT_A_TIME, alerts))]
            statuses = [
                status_of(period, "red", unit=unit, confidential=False, version=1)
                for unit in units
                for period in ("2026-03", "2026-04")
            ]
            with self.ledger() as ledger:
                encoded = [(status, msgspec.json.encode(status)) for status in statuses]
                ledger.put_statuses(encoded, NOW)
                ledger.count("cluster.status.v1", {"applied": len(statuses)})
                self.evaluate(ledger, [_key(unit) for unit in units], NOW, first_load=True)
        with self.ledger() as ledger:
            ledger.go_live()
            for number in range(subscriptions):
                ledger.save_subscription(_subscription(number), NOW)

    def keep_up(self) -> Callable[[], None]:
        """A look, in short transactions as the service makes it."""
        use_case = KeepUp(self.evaluate.rulebook, self.evaluate.tell, self.clock)

        def look() -> None:
            after: str | None = ""
            while after is not None:
                with self.ledger() as ledger:
                    after = use_case.piece(ledger, after).after

        return look


def _key(unit: str) -> SeriesKey:
    status = status_of("2026-04")
    return SeriesKey(status.plan, unit, status.indicator)


def _subscription(number: int) -> Subscription:
    target = ChannelTarget(ChannelType.WEBHOOK, f"http://127.0.0.1/{number}")
    wanted = Subscription(f"s-{number:05d}", f"模拟专班{number}", Filter(), (target,))
    return replace(wanted, filter=Filter(unit=f"sim-{number}"), repeat_hours=24.0)


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def measure(bench: Bench, alerts: int, repetitions: int) -> dict[str, list[float]]:
    """CPU seconds of each kind of work, taking turns."""
    look = bench.keep_up()
    calendar = EvaluateByCalendar(bench.evaluate, bench.clock)

    def read() -> None:
        with bench.ledger() as ledger:
            found = ledger.firing()
        if len(found) < alerts:
            raise SystemExit(f"only {len(found)} alerts fire")

    def look_at_all() -> None:
        with bench.ledger() as ledger:
            ledger.look_at_all()
        look()

    def evaluate() -> None:
        with bench.ledger() as ledger:
            bench.evaluate(ledger, [_key(f"sim-{n}") for n in range(_STATUSES)], NOW)

    def by_calendar() -> None:
        with bench.ledger() as ledger:
            calendar(ledger)

    look()
    found: dict[str, list[float]] = {}
    for _ in range(repetitions):
        bench.clock.advance(timedelta(minutes=1))
        found.setdefault("read", []).append(cpu(read))
        found.setdefault("idle", []).append(cpu(look))
        found.setdefault("evaluate", []).append(cpu(evaluate))
        found.setdefault("all", []).append(cpu(look_at_all))
    found["calendar"] = [cpu(by_calendar)]
    found["calendar idle"] = [cpu(by_calendar) for _ in range(repetitions)]
    return found


def report_of(
    found: dict[str, list[float]], alerts: int, subscriptions: int, seconds: float
) -> dict[str, object]:
    """Ratios of the medians."""
    middle = {name: median(values) for name, values in found.items()}
    words = {
        "idle": ("look at open alerts, nothing due", "at most 0.1"),
        "all": (f"look at every alert with {subscriptions:,} subscriptions", None),
        "evaluate": (f"evaluation of {_STATUSES} series that change nothing", None),
        "calendar idle": ("calendar's evaluation without news", "at most 0.5"),
        "calendar": ("calendar's evaluation of all series", None),
    }
    rows = [{"figure": f"reading of {alerts:,} open alerts", "value": 1.0, "goal": None}]
    rows += [
        {"figure": text, "value": round(middle[name] / middle["read"], 3), "goal": goal}
        for name, (text, goal) in words.items()
    ]
    return {
        "summary": rows,
        "alerts": alerts,
        "subscriptions": subscriptions,
        "cpu_seconds": {name: round(value, 4) for name, value in middle.items()},
        "note": "medians of CPU time in one process on SQLite, in readings of the open alerts",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/evaluation.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--subscriptions", type=int, default=1_000)
    parser.add_argument("--repetitions", type=int, default=5)
    add_results_option(parser)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        engine = open_engine(CommonSettings(data_dir=Path(name)), "alerts")
        migrate(engine, "alerts")
        catalogue = load_catalogue()
        evaluate = Evaluate(
            load_rules(),
            Directory(catalogue),
            chinese_working_days,
            Masking(catalogue.plans, None).of,
        )
        bench = Bench(engine, FixedClock(NOW), evaluate)
        bench.fill(arguments.alerts, arguments.subscriptions)
        print(f"{arguments.alerts} alerts stored", flush=True)
        found = measure(bench, arguments.alerts, arguments.repetitions)
        engine.dispose()
    seconds = time.perf_counter() - started
    report = report_of(found, arguments.alerts, arguments.subscriptions, seconds)
    write_results("evaluation", report, arguments.results)


if __name__ == "__main__":
    main()
