"""bytewax: lines and sums in its keyed state, with snapshots into its recovery store (SQLite).

One process with one worker; an epoch, and with it a snapshot, ends every second.

Does not do: commit effects outside of its recovery store together with the offsets, publish what
changed once only, hold or refuse records; the recovery store is made for resuming, not for asking.
"""

from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, run_main
from job import TOPIC, Counter, Line, arguments, line_of

Standing = dict[str, tuple[tuple[int, str, str], int]]


def newest(state: Standing | None, line: Line) -> tuple[Standing, list[tuple[str, int]]]:
    """Keep the newest revision of an enterprise's lines; what it changes at its cluster."""
    state = {} if state is None else state
    before = state.get(line.key)
    if before is not None and before[0] >= line.rank:
        return state, []
    state[line.key] = (line.rank, line.ytd)
    return state, [(line.cluster, line.ytd - (before[1] if before else 0))]


def add(total: int | None, more: int) -> tuple[int, int]:
    """Sum of a cluster."""
    total = (total or 0) + more
    return total, total


def main() -> None:
    """Run until the end of the topic."""
    bootstrap, expected, folder, _ = arguments()
    counter, changes = Counter(), list[tuple[str, int]]()

    def read(message: KafkaSourceMessage[bytes | None, bytes | None]) -> list[tuple[str, Line]]:
        counter.begin()
        counter.records += 1
        line = line_of(message.value or b"")
        return [] if line is None else [(line.uscc, line)]

    flow = Dataflow("bench")
    source = KafkaSource([bootstrap], [TOPIC], tail=False, batch_size=1_000)
    lines = op.flat_map("read", op.input("kafka", flow, source), read)
    differences = op.flatten(
        "flatten", op.map("drop", op.stateful_map("newest", lines, newest), _value)
    )
    op.output("out", op.stateful_map("add", differences, add), TestingSink(changes))
    Path(folder).mkdir(parents=True, exist_ok=True)
    init_db_dir(Path(folder), 1)
    run_main(flow, epoch_interval=timedelta(seconds=1), recovery_config=RecoveryConfig(folder))
    if counter.records < expected:
        raise SystemExit(f"only {counter.records} records came")
    counter.report(dict(changes))


def _value(keyed: tuple[str, list[tuple[str, int]]]) -> list[tuple[str, int]]:
    return keyed[1]


if __name__ == "__main__":
    main()
