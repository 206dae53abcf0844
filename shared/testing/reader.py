"""A Kafka consumer as the messaging of a service sees it, without Kafka."""

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError


class FakeReader:
    """Positions in partitions of `end` records; a new assignment starts at 0."""

    def __init__(self, *partitions: TopicPartition, end: int = 1_000) -> None:
        self.at = dict.fromkeys(partitions, 0)
        self.end = end
        self.committed: list[dict[TopicPartition, int]] = []
        """What was told to Kafka, call by call."""
        self.away = False
        """Whether Kafka does not answer."""
        self.asked = 0
        """How often Kafka was asked for the ends."""

    def assignment(self) -> frozenset[TopicPartition]:
        """Its partitions."""
        return frozenset(self.at)

    async def position(self, partition: TopicPartition) -> int:
        """Offset that is read next."""
        return self.at[partition]

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on elsewhere."""
        if partition not in self.at:
            raise RuntimeError(f"{partition} is not assigned")
        self.at[partition] = offset

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The end of each."""
        self.asked += 1
        if self.away:
            raise KafkaConnectionError
        return dict.fromkeys(partitions, self.end)

    def highwater(self, _partition: TopicPartition) -> int | None:
        """The end, as the newest fetch told it."""
        return self.end

    async def commit(self, positions: dict[TopicPartition, int]) -> None:
        """Remember what was told."""
        self.committed.append(positions)
