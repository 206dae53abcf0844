"""Quix Streams: lines in a RocksDB state by enterprise, sums in one by cluster, with changelogs.

Differences of the standing lines go through a repartition topic to the state of their cluster.
Checkpoints commit offsets, changelogs and repartition topic in one Kafka transaction
(`exactly-once`).

Does not do: keep its result where others can ask for it in the same commit (it needs a sink of its
own beside it), publish what changed together with the offsets of a store, hold or refuse records.
"""

from job import TOPIC, Counter, arguments, line_of
from quixstreams import Application, State


def main() -> None:
    """Run until every record has been read and its difference summed."""
    bootstrap, expected, folder, name = arguments()
    counter, waiting, sums = Counter(), {"deltas": 0}, dict[str, int]()
    app = Application(
        broker_address=bootstrap,
        consumer_group=name,
        auto_offset_reset="earliest",
        state_dir=folder,
        processing_guarantee="exactly-once",
        commit_interval=1.0,
        loglevel="WARNING",
    )

    def end_when_done() -> None:
        if counter.records >= expected and not waiting["deltas"]:
            app.stop()  # commits the last checkpoint on its way out

    def newest(value: bytes, state: State) -> list[dict[str, object]]:
        counter.begin()
        counter.records += 1
        found = difference(value, state)
        waiting["deltas"] += len(found)
        end_when_done()
        return found

    def difference(value: bytes, state: State) -> list[dict[str, object]]:
        line = line_of(value)
        if line is None:
            return []
        before = state.get(line.key)
        if before is not None and (before[0], before[1], before[2]) >= line.rank:
            return []
        state.set(line.key, [*line.rank, line.ytd])
        return [{"cluster": line.cluster, "more": line.ytd - (before[3] if before else 0)}]

    def add(value: dict[str, object], state: State) -> None:
        total = int(state.get("sum", 0)) + int(str(value["more"]))
        state.set("sum", total)
        sums[str(value["cluster"])] = total
        waiting["deltas"] -= 1
        end_when_done()

    topic = app.topic(TOPIC, value_deserializer="bytes", key_deserializer="bytes")
    differences = app.dataframe(topic).apply(newest, stateful=True, expand=True)
    differences.group_by("cluster").update(add, stateful=True)
    app.run()
    counter.report(sums)


if __name__ == "__main__":
    main()
