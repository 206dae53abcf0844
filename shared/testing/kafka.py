"""What tests on a real broker need: quick writing and reading.

Topic names are fixed contracts, so tests do not use names of their own: they delete the topics
and make them again. That gives every topic a new id, and offsets stored for the old id no longer
count.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Protocol

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


class RunningBroker(Protocol):
    """A broker that answers at `bootstrap`; the `kafka` fixture gives one."""

    @property
    def bootstrap(self) -> str:
        """host:port."""
        ...


def produce(
    bootstrap: str,
    topic: str,
    records: Iterable[tuple[bytes | None, bytes | None]],
    headers: Sequence[tuple[str, bytes | None]] = (),
    *,
    partition: int | None = None,
    idempotence: bool = True,
) -> int:
    """Write (key, value) records, wait until the broker has them, return how many."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=idempotence, max_request_size=8_388_608
    )
    with closing(producer):
        sent = [
            producer.send(topic, value=value, key=key, headers=list(headers), partition=partition)
            for key, value in records
        ]
        producer.flush()
        for future in sent:
            future.get(timeout=30)
    return len(sent)


def consume_all(
    bootstrap: str, topic: str
) -> list[tuple[int, int, bytes | None, bytes | None, list[tuple[str, bytes | None]]]]:
    """All (partition, offset, key, value, headers) that are in the topic now, by partition."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    with closing(consumer):
        partitions = [
            TopicPartition(topic, number)
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        consumer.seek_to_beginning(*partitions)
        found = []
        while any(consumer.position(part) < ends[part] for part in partitions):
            for batch in consumer.poll(timeout_ms=500).values():
                found += [(r.partition, r.offset, r.key, r.value, list(r.headers)) for r in batch]
    return sorted(found, key=lambda record: record[:2])
