"""Producer of the input topics; an acknowledgement means that all in-sync replicas have it."""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.ingest.ports import KafkaUnavailableError, Outgoing
from shared.messaging.producing import abandon, producer
from shared.settings import CommonSettings

_log = structlog.get_logger(__name__)


class KafkaInbox:
    """`services.ingest.ports.Inbox` on Kafka; connects when it is first used."""

    def __init__(self, settings: CommonSettings, patience_seconds: float) -> None:
        self._settings = settings
        self._patience = patience_seconds
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, events: Sequence[Outgoing]) -> None:
        if not events:
            return
        sender: AIOKafkaProducer | None = None
        try:
            async with asyncio.timeout(self._patience):
                sender = await self._started()
                waiting = [
                    await sender.send(
                        event.topic,
                        key=event.key,
                        value=event.value,
                        headers=list(event.headers),
                        partition=event.partition,
                    )
                    for event in events
                ]
                # Every acknowledgement is asked for: a producer alone does not tell of losses.
                for failure in await asyncio.gather(*waiting, return_exceptions=True):
                    if isinstance(failure, BaseException):
                        raise failure
        except (KafkaError, TimeoutError, OSError) as error:
            _log.warning("kafka_did_not_acknowledge", error=repr(error))
            await self._drop(sender)
            raise KafkaUnavailableError(repr(error)) from error

    async def stop(self) -> None:
        """Let go of Kafka."""
        await self._drop(self._producer)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                fresh = producer(self._settings)
                try:
                    await fresh.start()
                except BaseException:  # a cancelled start leaves open connections as well
                    await abandon(fresh)
                    raise
                self._producer = fresh
            return self._producer

    async def _drop(self, failed: AIOKafkaProducer | None) -> None:
        """A producer that failed may be beyond recovery; the next request gets a new one."""
        if failed is None or failed is not self._producer:
            return
        self._producer = None
        await abandon(failed)
