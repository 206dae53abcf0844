"""Kafka side of alerts: batches of statuses and notices into the use cases."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine

from services.alerts.adapters.store import SqlLedger
from services.alerts.use_cases.apply_notices import ApplyNotices
from services.alerts.use_cases.apply_statuses import Applied, ApplyStatuses
from shared.events.notices import NOTICES_TOPIC
from shared.events.records import Record
from shared.events.status import STATUS_TOPIC
from shared.messaging.cluster import KafkaCluster
from shared.messaging.consumer import BatchConsumer
from shared.messaging.topics import topic_identities
from shared.settings import CommonSettings

GROUP = "clusterwatch-alerts"


def consumer(
    settings: CommonSettings,
    engine: Engine,
    statuses: ApplyStatuses,
    notices: ApplyNotices,
    applied: Callable[[Applied], None],
    committed: Callable[[Sequence[Record]], None],
) -> BatchConsumer:
    """Consumer of statuses and notices; one batch, of both, is one transaction."""

    def process(connection: Connection, records: Sequence[Record]) -> None:
        ledger = SqlLedger(connection)
        noticed = [record for record in records if record.topic == NOTICES_TOPIC]
        judged = [record for record in records if record.topic == STATUS_TOPIC]
        if noticed:
            notices(ledger, noticed)
        if judged:
            applied(statuses(ledger, judged))

    return BatchConsumer(
        topics=(STATUS_TOPIC, NOTICES_TOPIC),
        group=GROUP,
        engine=engine,
        process=process,
        identify=lambda topics: topic_identities(KafkaCluster.of(settings), topics),
        batch_size=settings.batch_size,
        limit=settings.ceiling,
        committed=committed,
    )
