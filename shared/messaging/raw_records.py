"""Records as Kafka brings them: FastStream hands the batch on, nothing of it is interpreted."""

from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaMessage

from shared.events.records import Record


async def keep_raw(raw: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
    """Parser that cannot fail: FastStream's own silently skips records with binary headers."""
    first = raw[0]
    return KafkaMessage(
        body=b"",
        raw_message=raw,
        message_id=f"{first.topic}-{first.partition}-{first.offset}",
        consumer=None,  # type: ignore[arg-type]  # nothing is acknowledged through the message
    )


async def no_body(_message: KafkaMessage) -> None:
    """Decoding happens per item in the use case."""


def record_of(raw: ConsumerRecord[Any, Any]) -> Record:
    """What Kafka brought, as use cases take it."""
    return Record(
        raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, tuple(raw.headers)
    )
