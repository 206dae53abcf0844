"""Kafka side of metrics: batches of raw records into the use case."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine

from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.adapters.positions import read_positions
from services.metrics.use_cases.apply_facts import apply_facts
from services.metrics.use_cases.changes import Changed, Changes
from shared.events.facts import FACTS_TOPIC
from shared.events.records import Record
from shared.messaging.cluster import KafkaCluster
from shared.messaging.consumer import BatchConsumer
from shared.messaging.topics import topic_identities
from shared.settings import CommonSettings

GROUP = "clusterwatch-metrics"


def consumer(
    settings: CommonSettings,
    engine: Engine,
    committed: Callable[[Sequence[Record], int], None],
    changes: Changes,
) -> BatchConsumer:
    """Consumer of the facts topic; one batch is one transaction.

    `committed` gets a stored batch, and the broker time (milliseconds since 1970) of the newest
    input behind it; `changes` the facts that it changed.
    """
    newest_input = 0

    def process(connection: Connection, records: Sequence[Record]) -> None:
        nonlocal newest_input
        newest_input = apply_batch(connection, records, changes)

    def stored(records: Sequence[Record]) -> None:
        changes.committed()
        committed(records, newest_input)

    return BatchConsumer(
        topics=[FACTS_TOPIC],
        group=GROUP,
        engine=engine,
        process=process,
        identify=lambda topics: topic_identities(KafkaCluster.of(settings), topics),
        batch_size=settings.batch_size,
        limit=settings.ceiling,
        committed=stored,
    )


def apply_batch(connection: Connection, records: Sequence[Record], changes: Changes) -> int:
    """Apply facts in the transaction that has moved the offsets; gives the newest input's time."""
    changed = Changed()
    newest_input = apply_facts(SqlFactStore(connection), records, changed)
    read = {record.partition for record in records}
    ends = {at: how for at, how in read_positions(connection).items() if at.partition in read}
    changes.prepared(ends, changed)
    return newest_input
