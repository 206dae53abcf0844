"""Kafka side of alerts: batches of statuses into the use case."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine

from services.alerts.adapters.store import SqlLedger
from services.alerts.use_cases.apply_statuses import Applied, ApplyStatuses
from shared.events.records import Record
from shared.events.status import STATUS_TOPIC
from shared.messaging.consumer import BatchConsumer
from shared.messaging.topics import topic_identities
from shared.settings import CommonSettings

GROUP = "clusterwatch-alerts"


def consumer(
    settings: CommonSettings,
    engine: Engine,
    use_case: ApplyStatuses,
    applied: Callable[[Applied], None],
    committed: Callable[[Sequence[Record]], None],
) -> BatchConsumer:
    """Consumer of the status topic; one batch is one transaction."""

    def process(connection: Connection, records: Sequence[Record]) -> None:
        applied(use_case(SqlLedger(connection), records))

    return BatchConsumer(
        topics=(STATUS_TOPIC,),
        group=GROUP,
        engine=engine,
        process=process,
        identify=lambda topics: topic_identities(settings.kafka_bootstrap_servers, topics),
        batch_size=settings.batch_size,
        committed=committed,
    )
