"""confluent-kafka and dictionaries: the quickest reader there is, and nothing is kept.

Does not do: keep anything over a restart (neither lines, sums nor offsets), publish anything.
"""

from confluent_kafka import Consumer
from job import TOPIC, Counter, Line, arguments, line_of

BATCH = 1_000


def main() -> None:
    """Read all records into dictionaries."""
    bootstrap, expected, _, name = arguments()
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": name,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 5,
        }
    )
    consumer.subscribe([TOPIC])
    counter, standing, sums = Counter(), dict[str, Line](), dict[str, int]()
    while counter.records < expected:
        for message in consumer.consume(BATCH, timeout=1.0):
            counter.begin()
            if message.error():
                raise SystemExit(str(message.error()))
            counter.records += 1
            line = line_of(message.value() or b"")
            before = standing.get(line.key) if line is not None else None
            if line is not None and (before is None or before.rank < line.rank):
                standing[line.key] = line
                more = line.ytd - (before.ytd if before is not None else 0)
                sums[line.cluster] = sums.get(line.cluster, 0) + more
    counter.report(sums)
    consumer.close()


if __name__ == "__main__":
    main()
