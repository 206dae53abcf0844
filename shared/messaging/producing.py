"""Producers whose acknowledgement means that all in-sync replicas have a record."""

import asyncio

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.cluster import KafkaCluster
from shared.settings import CommonSettings

_log = structlog.get_logger(__name__)

ABANDON_SECONDS = 5.0
"""For a producer to end."""
_MAX_REQUEST_BYTES = 9 * 1024 * 1024  # above the largest dead letter (8 MiB)
_BATCH_BYTES = 256 * 1024
"""Of one partition in one request: some thousand facts. A larger record goes alone."""


def producer(settings: CommonSettings) -> AIOKafkaProducer:
    """A producer that is not started yet."""
    return AIOKafkaProducer(
        **KafkaCluster.of(settings).client_arguments(),
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_request_size=_MAX_REQUEST_BYTES,
        max_batch_size=_BATCH_BYTES,
        linger_ms=5,
    )


class AbandonedError(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Nothing more is sent by this producer; not to be tried again."""


async def abandon(sender: AIOKafkaProducer) -> bool:
    """End a producer without sending what waits in it; false when it may still send something.

    `stop` alone sends all that waits first, and for ever tries again what fails: records would
    come after those of whoever sends in its place.
    """
    sender.client.send = _refuse
    try:
        async with asyncio.timeout(ABANDON_SECONDS):
            await sender.client.close()  # requests on their way end; new ones are refused
            await sender.stop()
    except Exception as error:  # noqa: BLE001 - it failed before, and is of no use any more
        _log.debug("producer_not_stopped", error=repr(error))
        return False
    return True


async def _refuse(*_: object, **__: object) -> None:
    raise AbandonedError
