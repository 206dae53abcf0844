"""Who owns a partition while a group rebalances, and from where it is read."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from sqlalchemy import Engine, select

from shared.messaging import offsets
from shared.messaging.offsets import Fenced, TopicIdentity
from shared.messaging.ownership import Ownership
from shared.storage import reading, writing
from shared.storage.tables import ConsumerOffset, table_of
from shared.testing.reader import FakeReader
from shared.testing.stores import migrated_store

FIRST, SECOND = TopicPartition("stats.output.v1", 0), TopicPartition("stats.output.v1", 1)
IDENTITY = TopicIdentity("cluster", "topic")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with migrated_store("metrics", tmp_path) as engine:
        yield engine


def identify(topics: Sequence[str]) -> dict[str, TopicIdentity]:
    return dict.fromkeys(topics, IDENTITY)


def store(engine: Engine, ownership: Ownership, partition: TopicPartition, offset: int) -> None:
    """What the commit of a batch does with offsets."""
    with writing(engine) as connection:
        offsets.advance(connection, ownership.claims({partition: offset}))
    ownership.advanced({partition: offset})


def other_owner_stores(engine: Engine, partition: TopicPartition, offset: int) -> None:
    with writing(engine) as connection:
        taken = offsets.claim(connection, partition.topic, IDENTITY, [partition.partition])
        offsets.advance(connection, {taken[partition.partition]: offset})


def epoch(engine: Engine, partition: TopicPartition) -> int | None:
    table = table_of(ConsumerOffset)
    with reading(engine) as connection:
        return connection.scalar(
            select(table.c.owner_epoch).where(table.c.partition == partition.partition)
        )


def test_a_claim_reads_on_where_the_store_says(engine: Engine) -> None:
    other_owner_stores(engine, FIRST, 400)
    ownership, reader = Ownership(engine, identify), FakeReader(FIRST, SECOND)
    asyncio.run(ownership.assign(reader, [FIRST, SECOND]))
    assert ownership.partitions == {FIRST, SECOND}
    assert reader.at == {FIRST: 400, SECOND: 0}


def test_nothing_is_claimed_while_the_group_rebalances(engine: Engine) -> None:
    async def steps() -> None:
        ownership, reader = Ownership(engine, identify), FakeReader(FIRST)
        await ownership.assign(reader, [FIRST])
        ownership.revoke([FIRST])
        other_owner_stores(engine, FIRST, 200)  # the group gave it to somebody else
        await ownership.take(reader, [FIRST])  # a late record of the assignment before
        assert ownership.partitions == frozenset()
        assert epoch(engine, FIRST) == 2  # the other's claim still holds

    asyncio.run(steps())


def test_a_position_that_a_new_assignment_begins_with_is_no_lost_log(engine: Engine) -> None:
    async def steps() -> None:
        ownership, reader = Ownership(engine, identify), FakeReader(FIRST)
        await ownership.assign(reader, [FIRST])
        store(engine, ownership, FIRST, 200)
        ownership.revoke([FIRST])
        reader.at[FIRST] = 161  # the group's offset at Kafka lags behind the store's
        await ownership.take(reader, [FIRST])
        assert await ownership.in_place(reader, {FIRST: 160}) == frozenset()
        await ownership.assign(reader, [FIRST])
        assert ownership.position(FIRST) == reader.at[FIRST] == 200

    asyncio.run(steps())


def test_a_claim_that_a_rebalance_overtakes_does_not_count(engine: Engine) -> None:
    async def steps() -> None:
        reader = FakeReader(FIRST)

        def overtaken(topics: Sequence[str]) -> dict[str, TopicIdentity]:
            ownership.revoke([FIRST])
            return identify(topics)

        ownership = Ownership(engine, overtaken)
        await ownership.take(reader, [FIRST])
        assert ownership.partitions == frozenset()
        with pytest.raises(Fenced):
            ownership.claims({FIRST: 10})

    asyncio.run(steps())


def test_two_who_claim_at_once_claim_once(engine: Engine) -> None:
    async def steps() -> None:
        ownership, reader = Ownership(engine, identify), FakeReader(FIRST)
        await asyncio.gather(*(ownership.take(reader, [FIRST]) for _ in range(3)))
        assert epoch(engine, FIRST) == 1
        store(engine, ownership, FIRST, 5)

    asyncio.run(steps())


def test_whoever_lost_a_claim_gets_it_back_when_kafka_says_it_is_theirs(engine: Engine) -> None:
    async def steps() -> None:
        ownership, reader = Ownership(engine, identify), FakeReader(FIRST)
        await ownership.assign(reader, [FIRST])
        other_owner_stores(engine, FIRST, 30)
        with pytest.raises(Fenced):
            store(engine, ownership, FIRST, 60)
        ownership.forget([FIRST])
        await ownership.take(reader, [FIRST])
        assert reader.at[FIRST] == 30
        store(engine, ownership, FIRST, 60)

    asyncio.run(steps())


def test_a_late_word_of_an_earlier_batch_does_not_set_back(engine: Engine) -> None:
    async def steps() -> None:
        ownership, reader = Ownership(engine, identify), FakeReader(FIRST)
        await ownership.assign(reader, [FIRST])
        ownership.revoke([FIRST])
        other_owner_stores(engine, FIRST, 400)
        await ownership.assign(reader, [FIRST])
        ownership.advanced({FIRST: 161})
        assert ownership.position(FIRST) == 400

    asyncio.run(steps())


@pytest.mark.parametrize("noticed", ["at the claim", "while reading"])
def test_a_log_that_ends_before_the_stored_offset_is_read_again(
    engine: Engine, noticed: str
) -> None:
    async def steps() -> None:
        ownership, reader = Ownership(engine, identify), FakeReader(FIRST)
        await ownership.assign(reader, [FIRST])
        store(engine, ownership, FIRST, 200)
        if noticed == "at the claim":
            ownership.revoke([FIRST])
            reader.end = 150
            await ownership.assign(reader, [FIRST])
            assert reader.at[FIRST] == 0
        else:
            reader.at[FIRST] = 20  # the client started over by itself, and has read twenty
            assert await ownership.in_place(reader, {FIRST: 19}) == {FIRST}
        assert ownership.position(FIRST) == 0

    asyncio.run(steps())
