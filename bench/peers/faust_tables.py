"""faust-streaming: two tables in RocksDB with changelog topics, one agent each.

The first agent keeps the newest revision of an enterprise's line and sends the difference, keyed by
cluster, to the second one's topic.

Does not do: apply a difference once only (at least once: after a crash it may count twice), keep
sums and offsets in one commit, publish once only, hold or refuse records.
"""

import faust
from job import TOPIC, Counter, Line, arguments, line_of


def application() -> faust.App:
    """The application with its tables and agents."""
    bootstrap, expected, folder, name = arguments()
    counter, waiting, sums = Counter(), {"deltas": 0}, dict[str, int]()
    app = faust.App(
        name,
        broker=f"aiokafka://{bootstrap}",
        store="rocksdb://?driver=rocksdict",
        datadir=folder,
        topic_partitions=6,
        topic_replication_factor=1,
        broker_max_poll_records=2_000,
        stream_wait_empty=False,
        web_enabled=False,
    )
    reports = app.topic(
        TOPIC, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )
    changes = app.topic(
        f"{name}-changes", key_type=str, value_type=int, partitions=6, internal=True
    )
    lines = app.Table("lines", partitions=6)
    totals = app.Table("totals", default=int, partitions=6)

    async def end_when_done() -> None:
        if counter.records >= expected and not waiting["deltas"]:
            await app.producer.flush()
            counter.report(sums)
            await app.stop()

    async def keep(line: Line) -> None:
        before = lines.get(line.key)
        if before is not None and tuple(before[:3]) >= line.rank:
            return
        lines[line.key] = [*line.rank, line.ytd]
        waiting["deltas"] += 1
        await changes.send(key=line.cluster, value=line.ytd - (before[3] if before else 0))

    @app.agent(reports)
    async def newest(stream: "faust.StreamT[bytes]") -> None:
        async for value in stream:
            counter.begin()
            counter.records += 1
            line = line_of(value)
            if line is not None:
                await keep(line)
            await end_when_done()

    @app.agent(changes)
    async def add(stream: "faust.StreamT[int]") -> None:
        async for cluster, more in stream.items():
            totals[cluster] = sums[cluster] = totals[cluster] + more
            waiting["deltas"] -= 1
            await end_when_done()

    return app


if __name__ == "__main__":
    faust.Worker(application(), loglevel="ERROR").execute_from_commandline()
