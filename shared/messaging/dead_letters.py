"""Reading `ingest.dead-letters.v1`: ranges of offsets, oldest first, without a consumer group."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition
from msgspec.structs import replace

from shared.events.dead_letter import (
    DEAD_LETTERS_TOPIC,
    DeadLetter,
    original_headers,
    read_dead_letter,
)
from shared.events.reasons import Reason
from shared.events.records import Headers
from shared.messaging.cluster import KafkaCluster, cluster_of
from shared.messaging.refusals import connected

_MAX_FETCH_BYTES = 9 * 1024 * 1024  # above the largest dead letter (8 MiB)
_POLL_MS = 500
_SILENT_POLLS = 20
"""Ten seconds without a record before the offsets that are promised count as gone."""

# One partition: read by people, in the order of arrival.
_PARTITION = TopicPartition(DEAD_LETTERS_TOPIC, 0)


class StoredLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter with its place; `id` is the offset by which people name it."""

    id: int
    at_ms: int
    """When it was dead-lettered, milliseconds since 1970."""
    key: bytes | None
    value: bytes | None
    headers: Headers
    """Of the refused record, without those that say why."""
    letter: DeadLetter | None
    """Null for what was not written by this product."""
    size: int
    """Bytes of the value."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Filter; null is any."""

    reason: Reason | None = None
    topic: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def has(self, stored: StoredLetter) -> bool:
        """Whether a letter is wanted."""
        letter = stored.letter
        return (
            (self.reason is None or (letter is not None and letter.reason is self.reason))
            and (self.topic is None or (letter is not None and letter.topic == self.topic))
            and (self.since_ms is None or stored.at_ms >= self.since_ms)
            and (self.until_ms is None or stored.at_ms < self.until_ms)
        )


class DeadLetters:
    """The topic as it is when it is opened. Raises kafka.errors.KafkaError."""

    def __init__(self, kafka: KafkaCluster | str, patience_ms: int = 10_000) -> None:
        self._consumer = _open_consumer(cluster_of(kafka), patience_ms)
        try:
            self._consumer.assign([_PARTITION])
            self.first: int = self._consumer.beginning_offsets([_PARTITION])[_PARTITION]
            self.end: int = self._consumer.end_offsets([_PARTITION])[_PARTITION]
        except BaseException:
            self._consumer.close()
            raise

    def close(self) -> None:
        """Let go of Kafka."""
        self._consumer.close()

    def read(self, start: int, end: int) -> Iterator[StoredLetter]:
        """Letters with start ≤ id < end that are still there. Raises `TimeoutError`."""
        start, end = max(start, self.first), min(end, self.end)
        if start >= end:
            return
        self._consumer.seek(_PARTITION, start)
        silent = 0
        while self._consumer.position(_PARTITION) < end:
            found = self._consumer.poll(timeout_ms=_POLL_MS).get(_PARTITION, [])
            silent = 0 if found else silent + 1
            if silent > _SILENT_POLLS:
                raise TimeoutError(f"Kafka gives no dead letters from {start} to {end}")
            for record in found:
                if record.offset < end:
                    yield _stored(record)

    def newest_first(self, wanted: Wanted, before: int | None, scan: int) -> "Page":
        """Wanted letters below the id `before`, by looking at `scan` letters at most.

        Their keys, values and headers are left out: together they may be gigabytes.
        """
        end = self.end if before is None else min(before, self.end)
        start = max(self.first, end - scan)
        found = [
            replace(letter, key=None, value=None, headers=())
            for letter in self.read(start, end)
            if wanted.has(letter)
        ]
        return Page(tuple(reversed(found)), start if start > self.first else None)


class Page(msgspec.Struct, frozen=True):
    """Letters, newest first, and where to go on; null at the end."""

    letters: tuple[StoredLetter, ...]
    next: int | None


def read_letters(kafka: KafkaCluster | str, wanted: Wanted) -> Iterator[StoredLetter]:
    """All wanted letters, oldest first. Raises kafka.errors.KafkaError or `TimeoutError`."""
    with closing(DeadLetters(kafka)) as letters:
        yield from filter(wanted.has, letters.read(letters.first, letters.end))


def read_letter(kafka: KafkaCluster | str, letter_id: int) -> StoredLetter | None:
    """One letter by its id. Raises kafka.errors.KafkaError or `TimeoutError`."""
    with closing(DeadLetters(kafka)) as letters:
        return next(letters.read(letter_id, letter_id + 1), None)


def _open_consumer(cluster: KafkaCluster, patience_ms: int) -> KafkaConsumer:
    def make(timeout_ms: int) -> KafkaConsumer:
        return KafkaConsumer(
            **cluster.client_arguments(),
            bootstrap_timeout_ms=timeout_ms,
            client_id="clusterwatch-dead-letters",
            group_id=None,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_MAX_FETCH_BYTES,
        )

    return connected(make, cluster, patience_ms)


def _stored(record: Any) -> StoredLetter:  # noqa: ANN401 - kafka-python is untyped
    headers: Headers = tuple((name, value) for name, value in record.headers)
    return StoredLetter(
        id=record.offset,
        at_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=original_headers(headers),
        letter=read_dead_letter(headers),
        size=len(record.value or b""),
    )
