"""Batches follow the backlog: a lone record waits for none, and a backlog comes in full ones."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber
from sqlalchemy import Engine

from shared.messaging.ceiling import Limit
from shared.messaging.consumer import BatchConsumer
from shared.testing.stores import migrated_store

BATCH = 2_000
POLL_SECONDS = 0.25
"""Most that a record may wait for a poll that found nothing: a quarter of the second in which an
event must be seen."""


class Reader:
    """Gives what there is, at most what is asked for, as Kafka's client does."""

    def __init__(self, waiting: int) -> None:
        self._waiting = list(range(waiting))

    async def getmany(
        self, *, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[int]]:
        del timeout_ms
        taken, self._waiting = self._waiting[:max_records], self._waiting[max_records:]
        return {TopicPartition("t", 0): taken} if taken else {}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with migrated_store("ingest", tmp_path) as opened:
        yield opened


@pytest.fixture
def subscriber(engine: Engine) -> BatchSubscriber:
    broker = KafkaBroker("localhost:1", logger=None)
    BatchConsumer(
        topics=["t"],
        group="group",
        engine=engine,
        process=lambda _connection, _records: None,
        identify=lambda _topics: {},
        batch_size=BATCH,
        limit=Limit(1.0, 10),
    ).register(broker)
    (made,) = broker.subscribers
    return cast("BatchSubscriber", made)


def sizes(subscriber: BatchSubscriber, waiting: int) -> list[int]:
    reader: Any = Reader(waiting)

    async def read() -> list[int]:
        found = []
        while taken := await subscriber.get_msg(reader):
            found.append(len(taken))
        return found

    return asyncio.run(read())


def test_a_lone_record_is_a_batch_of_its_own(subscriber: BatchSubscriber) -> None:
    assert sizes(subscriber, 1) == [1]


def test_a_backlog_comes_in_full_batches(subscriber: BatchSubscriber) -> None:
    assert sizes(subscriber, 2 * BATCH + 7) == [BATCH, BATCH, 7]


def test_a_poll_that_finds_nothing_is_over_soon(subscriber: BatchSubscriber) -> None:
    # The client waits for the time-out, and FastStream for as long again.
    assert 2 * subscriber.batch_timeout_ms / 1000 <= POLL_SECONDS


def test_a_request_that_finds_nothing_does_not_keep_the_next_one_waiting(
    subscriber: BatchSubscriber,
) -> None:
    assert subscriber._connection_args["fetch_max_wait_ms"] / 1000 <= POLL_SECONDS
