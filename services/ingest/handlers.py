"""Kafka side of ingest: batches of raw records into the use case."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine

from services.ingest.adapters.store import SqlStore
from services.ingest.domain.reading import READ_TOPICS
from services.ingest.use_cases import IngestBatch
from shared.events.records import Record
from shared.messaging.cluster import KafkaCluster
from shared.messaging.consumer import BatchConsumer
from shared.messaging.topics import topic_identities
from shared.settings import CommonSettings

GROUP = "clusterwatch-ingest"


def consumer(
    settings: CommonSettings,
    engine: Engine,
    use_case: IngestBatch,
    committed: Callable[[Sequence[Record]], None],
) -> BatchConsumer:
    """Consumer of all input topics; one batch is one transaction."""

    def process(connection: Connection, records: Sequence[Record]) -> None:
        use_case(SqlStore(connection), records)

    return BatchConsumer(
        topics=READ_TOPICS,
        group=GROUP,
        engine=engine,
        process=process,
        identify=lambda topics: topic_identities(KafkaCluster.of(settings), topics),
        batch_size=settings.batch_size,
        limit=settings.ceiling,
        committed=committed,
    )
