"""What is told to Kafka about how far the store is, and what is found out about the rest."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from sqlalchemy import Engine

from shared.messaging.offsets import TopicIdentity
from shared.messaging.ownership import Ownership
from shared.messaging.progress import Progress
from shared.messaging.watch import Watch
from shared.testing.reader import FakeReader
from shared.testing.stores import migrated_store

FIRST, SECOND = TopicPartition("stats.output.v1", 0), TopicPartition("stats.output.v1", 1)


class Looking:
    """A watch over two claimed partitions, that runs until something is seen."""

    def __init__(self, engine: Engine, reader: FakeReader) -> None:
        self.reader = reader
        self.progress = Progress()
        self.ownership = Ownership(engine, identify)
        asyncio.run(self.ownership.assign(reader, [FIRST, SECOND]))
        self._watch = Watch(lambda: reader, self.ownership, self.progress, every_seconds=0.001)

    def until(
        self,
        seen: Callable[[], bool],
        between: Callable[[], None] = lambda: None,
        at_last: Callable[[], None] = lambda: None,
    ) -> None:
        """Run until `seen`; `between` happens all the time, `at_last` right before the end."""

        async def steps() -> None:
            running = asyncio.create_task(self._watch.run())
            async with asyncio.timeout(120):
                while not seen():
                    between()
                    await asyncio.sleep(0.001)
            at_last()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

        asyncio.run(steps())


def identify(topics: Sequence[str]) -> dict[str, TopicIdentity]:
    return dict.fromkeys(topics, TopicIdentity("cluster", "topic"))


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Looking]:
    with migrated_store("metrics", tmp_path) as engine:
        yield Looking(engine, FakeReader(FIRST, SECOND, end=10))


def test_the_store_s_offsets_are_told_once_and_then_what_changed(looking: Looking) -> None:
    told = looking.reader.committed
    looking.until(lambda: len(told) == 1)
    looking.ownership.advanced({SECOND: 7})
    looking.until(lambda: len(told) == 2)
    looking.until(lambda: looking.progress.unread_since is not None)
    assert told == [{FIRST: 0, SECOND: 0}, {SECOND: 7}]


def test_what_was_stored_last_is_told_when_the_service_ends(looking: Looking) -> None:
    told = looking.reader.committed
    looking.until(lambda: len(told) == 1, at_last=lambda: looking.ownership.advanced({FIRST: 9}))
    assert told[-1] == {FIRST: 9}


def test_the_lag_is_measured_also_while_records_arrive(looking: Looking) -> None:
    def arrive() -> None:
        looking.progress.records += 1
        looking.reader.at[FIRST] = 4

    looking.until(lambda: looking.progress.lag.get((FIRST.topic, 0)) == 6, arrive)
    assert looking.progress.lag[SECOND.topic, 1] == 10


def test_records_that_wait_while_none_arrives_are_noticed_until_all_is_read(
    looking: Looking,
) -> None:
    looking.until(lambda: looking.progress.unread_since is not None)
    looking.reader.at = {FIRST: 10, SECOND: 10}
    looking.until(lambda: looking.progress.unread_since is None)


def test_records_of_a_stopped_topic_wait_for_nobody(looking: Looking) -> None:
    looking.progress.stopped[FIRST.topic] = "nearly all was refused"
    looking.until(lambda: looking.reader.asked > 4)
    assert any(looking.progress.lag.values())
    assert looking.progress.unread_since is None


def test_a_kafka_that_does_not_answer_ends_nothing(looking: Looking) -> None:
    looking.reader.away = True
    looking.until(lambda: looking.reader.asked > 2)
    looking.reader.away = False
    looking.until(lambda: bool(looking.progress.lag))
