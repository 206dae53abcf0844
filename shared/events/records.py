"""A record as Kafka hands it over, before anything is believed about it."""

import msgspec

Headers = tuple[tuple[str, bytes | None], ...]
"""Header names with raw values, in order; a name may repeat and a value may be null."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One consumed Kafka record with its place in the log.

    An immutable Struct rather than a frozen dataclass: one is made per event, and it costs a ninth.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    """Broker time in milliseconds since 1970 (input topics use LogAppendTime)."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
