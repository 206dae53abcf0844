"""`ingest.dead-letters.v1`: refused records, unchanged, with headers that say why and from where.

The header names are those of Kafka Connect's dead letter queues, so that its tools can read them;
all values are UTF-8 text. Where a name repeats, the last one counts.
"""

from typing import Final

import msgspec

from shared.events.reasons import Reason, Refused
from shared.events.records import Headers, Record

DEAD_LETTERS_TOPIC: Final = "ingest.dead-letters.v1"

TOPIC: Final = "__connect.errors.topic"
PARTITION: Final = "__connect.errors.partition"
OFFSET: Final = "__connect.errors.offset"
STAGE: Final = "__connect.errors.stage"
EXCEPTION: Final = "__connect.errors.exception.class.name"
MESSAGE: Final = "__connect.errors.exception.message"
REASON: Final = "clusterwatch.reason"

HEADER_NAMES: Final = (TOPIC, PARTITION, OFFSET, STAGE, EXCEPTION, MESSAGE, REASON)
_MESSAGE_LENGTH = 1000


class DeadLetter(msgspec.Struct, frozen=True):
    """Origin of a dead letter and why it was refused, read back from its headers."""

    topic: str
    partition: int
    offset: int
    stage: str
    """Where it was refused, such as `ingest.decode`."""
    exception: str
    message: str
    reason: Reason


def dead_letter_headers(record: Record, refused: Refused, stage: str) -> Headers:
    """Original headers of `record`, null and repeated ones too, followed by those of this module.

    `stage` names the service and step that refused it, such as `ingest.decode`.
    """
    kind = type(refused)
    place = f"{refused.field}: " if refused.field else ""
    values = (
        record.topic,
        str(record.partition),
        str(record.offset),
        stage,
        f"{kind.__module__}.{kind.__qualname__}",
        f"{place}{refused.detail}"[:_MESSAGE_LENGTH],
        refused.reason.value,
    )
    # A detail may quote what could not be encoded; nothing may fail on the way out.
    own = zip(HEADER_NAMES, (text.encode(errors="replace") for text in values), strict=True)
    return (*record.headers, *own)


def read_dead_letter(headers: Headers) -> DeadLetter | None:
    """What `dead_letter_headers` wrote, or null when the record is not from here."""
    texts = {
        name: value.decode(errors="replace")
        for name, value in headers
        if name in HEADER_NAMES and value is not None
    }
    try:
        return DeadLetter(
            topic=texts[TOPIC],
            partition=int(texts[PARTITION]),
            offset=int(texts[OFFSET]),
            stage=texts[STAGE],
            exception=texts[EXCEPTION],
            message=texts[MESSAGE],
            reason=Reason(texts[REASON]),
        )
    except (KeyError, ValueError):
        return None


def original_headers(headers: Headers) -> Headers:
    """Headers to replay a dead letter with: all but those of this module."""
    return tuple(header for header in headers if header[0] not in HEADER_NAMES)
