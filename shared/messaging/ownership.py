"""Which partitions this process owns, and where it reads on in them.

Kafka decides who reads a partition; the store decides whose effects count, by the epoch of a
claim. The two change at different moments: while a group rebalances, records of the assignment
before still arrive, and a new assignment first points to where Kafka believes we are. So nothing
is claimed while a rebalance is under way, claims are taken one after the other, and a claim counts
only once the reader stands where the store says.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import structlog
from aiokafka import TopicPartition
from sqlalchemy import Engine

from shared.messaging import offsets
from shared.messaging.offsets import Claim, TopicIdentity
from shared.storage import writing

_log = structlog.get_logger(__name__)

_ENDS_SECONDS = 5.0

Identify = Callable[[Sequence[str]], dict[str, TopicIdentity]]
"""Asks Kafka for the identities of topics; blocking, raises while Kafka does not answer."""


class Reader(Protocol):
    """What is asked of the Kafka consumer."""

    def assignment(self) -> frozenset[TopicPartition]:
        """Partitions that Kafka gave us."""

    async def position(self, partition: TopicPartition) -> int:
        """Offset that is read next."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on at an offset; raises when the partition is not ours."""

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets behind the last records."""

    def highwater(self, partition: TopicPartition) -> int | None:
        """Offset behind the last record as the newest fetch told it; None before the first."""

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Tell Kafka how far a group is."""


class Ownership:
    """Claims and positions of one consumer."""

    def __init__(self, engine: Engine, identify: Identify) -> None:
        self._engine = engine
        self._identify = identify
        self._claims: dict[TopicPartition, Claim] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._rebalancing = False
        self._assignments = 0
        self._turn = asyncio.Lock()

    @property
    def partitions(self) -> frozenset[TopicPartition]:
        """Partitions that effects may be stored of."""
        return frozenset(self._claims)

    def held(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Claim]:
        """Those of the partitions that are claimed, with their claims."""
        return {p: self._claims[p] for p in partitions if p in self._claims}

    def position(self, partition: TopicPartition) -> int:
        """Offset of the first record that is not stored yet."""
        return self._positions[partition]

    def stored(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets up to which those of the partitions that are claimed are stored."""
        return {p: self._positions[p] for p in partitions if p in self._claims}

    def claims(self, stored: Mapping[TopicPartition, int]) -> dict[Claim, int]:
        """The claims to advance, with the new offsets; raises `Fenced` when one was lost."""
        if stored.keys() - self._claims.keys():
            raise offsets.Fenced
        return {self._claims[partition]: offset for partition, offset in stored.items()}

    def advanced(self, stored: Mapping[TopicPartition, int]) -> None:
        """The store has these offsets now, or higher ones of whoever owned them meanwhile."""
        for partition in stored.keys() & self._claims.keys():
            self._positions[partition] = max(self._positions[partition], stored[partition])

    def revoke(self, partitions: Iterable[TopicPartition]) -> None:
        """A rebalance begins. A batch under way is stored only if nobody has claimed it yet."""
        self._rebalancing = True
        self._assignments += 1
        self.forget(partitions)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """Hold these no longer; they are claimed again if Kafka says they are ours."""
        for partition in partitions:
            self._claims.pop(partition, None)

    async def assign(self, reader: Reader, partitions: Iterable[TopicPartition]) -> None:
        """A rebalance is over: claim what is ours, and read on where the store says."""
        self._rebalancing = False
        await self.take(reader, partitions)

    async def take(self, reader: Reader, partitions: Iterable[TopicPartition]) -> None:
        """Claim what is assigned and not ours yet; the reader fetches from the store's offset."""
        async with self._turn:
            wanted = (set(partitions) & reader.assignment()) - self._claims.keys()
            if not wanted or self._rebalancing:
                return
            before = self._assignments
            claims = await asyncio.to_thread(self._claim_in_store, wanted)
            async with asyncio.timeout(_ENDS_SECONDS):
                ends = await reader.end_offsets(list(claims))
            if before != self._assignments:
                return  # another rebalance came: whoever owns them now claims them again
            for partition, taken in claims.items():
                start = taken.next_offset
                if start > ends[partition]:
                    _lost(partition, start, ends[partition])
                    start = 0
                reader.seek(partition, start)
                self._claims[partition] = taken
                self._positions[partition] = start

    def _claim_in_store(self, partitions: set[TopicPartition]) -> dict[TopicPartition, Claim]:
        topics = sorted({partition.topic for partition in partitions})
        identities = self._identify(topics)
        claims: dict[TopicPartition, Claim] = {}
        with writing(self._engine) as connection:
            for topic in topics:
                numbers = [p.partition for p in partitions if p.topic == topic]
                taken = offsets.claim(connection, topic, identities[topic], numbers)
                claims |= {TopicPartition(topic, number): taken[number] for number in numbers}
        return claims

    async def in_place(
        self, reader: Reader, read: Mapping[TopicPartition, int]
    ) -> frozenset[TopicPartition]:
        """Those of these partitions whose reader still stands behind what was read last of them.

        `read` has the offsets of the last records at hand. Where the reader was set elsewhere
        meanwhile, by a claim or by the client, these will be fetched again, or are gone.

        Reads a partition again from its start where Kafka set us back below what is stored:
        offsets beyond the log's end make the client start over by itself, because the broker lost
        its newest records, and gives their offsets to new ones.
        """
        found = set()
        for partition in read.keys() & self._claims.keys() & reader.assignment():
            before = self._assignments
            offset = await reader.position(partition)
            if before != self._assignments or partition not in self._claims:
                continue
            if offset <= read[partition]:
                continue
            found.add(partition)
            if offset < (stored := self._positions[partition]):
                _lost(partition, stored, offset)
                self._positions[partition] = 0
        return frozenset(found)


def _lost(partition: TopicPartition, stored: int, known: int) -> None:
    _log.error(
        "log_truncated",
        topic=partition.topic,
        partition=partition.partition,
        stored_offset=stored,
        kafka_offset=known,
        meaning="Kafka lost acknowledged records; the partition is read again from its start",
    )
