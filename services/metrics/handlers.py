"""Kafka side of metrics: batches of raw records into the use case."""

from collections.abc import Callable, Mapping, Sequence

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
    committed: Callable[[Mapping[int, int]], None],
    changes: Changes,
) -> BatchConsumer:
    """Consumer of the facts topic; one batch is one transaction.

    `committed` gets how many facts of a stored batch there were by broker time (milliseconds since
    1970) of the newest input behind them; `changes` the facts that it changed.
    """
    inputs: Mapping[int, int] = {}

    def process(connection: Connection, records: Sequence[Record]) -> None:
        nonlocal inputs
        inputs = apply_batch(connection, records, changes)

    def stored(_records: Sequence[Record]) -> None:
        changes.committed()
        committed(inputs)

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


def apply_batch(
    connection: Connection, records: Sequence[Record], changes: Changes
) -> Mapping[int, int]:
    """Apply facts in the transaction that has moved the offsets; gives what `apply_facts` does."""
    changed = Changed()
    inputs = apply_facts(SqlFactStore(connection), records, changed)
    read = {record.partition for record in records}
    ends = {at: how for at, how in read_positions(connection).items() if at.partition in read}
    changes.prepared(ends, changed)
    return inputs
