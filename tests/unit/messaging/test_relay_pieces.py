"""What the relay does for a piece: transactions, batches for Kafka and hashes are counted."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from shared.messaging.relay import OutboxRelay
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, writing
from shared.storage.migrations import migrate
from shared.storage.outbox import OutboxRow
from shared.testing.waiting import wait_until

PARTITIONS = 6
UNITS = [f"unit {number} of the pieces" for number in range(40)]
PIECE = [OutboxRow("facts", b"key", b"value", (), unit) for unit in UNITS * 50]


class Producer:
    """Acknowledges what it was given a moment later, and remembers how much waited at once."""

    def __init__(self) -> None:
        self.batches = 0
        self.waiting = self.most_waiting = 0
        self.client = SimpleNamespace(close=self.stop)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def partitions_for(self, _topic: str) -> set[int]:
        return set(range(PARTITIONS))

    def create_batch(self) -> Any:
        return SimpleNamespace(append=lambda **record: record, close=lambda: None)

    async def send_batch(self, _batch: object, _topic: str, *, partition: int) -> Any:
        assert partition in range(PARTITIONS)
        self.batches += 1
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        return asyncio.ensure_future(self._acknowledge())

    async def _acknowledge(self) -> None:
        await asyncio.sleep(0.01)
        self.waiting -= 1


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[Engine]]:
    """Of the relay, and of the test."""
    settings = CommonSettings(data_dir=tmp_path, database_url=None)
    made = [open_engine(settings, "ingest") for _ in range(2)]
    migrate(made[1], "ingest")
    yield made
    for engine in made:
        engine.dispose()


def publish(relay: OutboxRelay, mine: Engine) -> None:
    """Run the relay until nothing waits."""

    def empty() -> bool:
        with reading(mine) as connection:
            return outbox.depth(connection) == 0

    async def run() -> None:
        await relay.start()
        await asyncio.to_thread(wait_until, empty, seconds=60, what="nothing waits")
        await relay.stop()

    asyncio.run(run())


def test_a_piece_costs_two_transactions_and_one_batch_a_partition(
    engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, mine = engines
    kafka = Producer()
    monkeypatch.setattr("shared.messaging.relay.producer", lambda _settings: kafka)
    monkeypatch.setattr("shared.messaging.relay._IDLE_SECONDS", 600.0)
    begun: list[bool] = []

    @event.listens_for(theirs, "begin")
    def _note(connection: Connection) -> None:
        begun.append(bool(connection.get_execution_options().get("writes")))

    for _ in range(3):
        with writing(mine) as connection:
            outbox.enqueue(connection, PIECE)
    relay = OutboxRelay(theirs, CommonSettings())
    publish(relay, mine)

    assert relay.published == 3 * len(PIECE)
    assert begun == [False, True] * 3, "one to take, one to forget, and none that finds nothing"
    assert kafka.batches == 3 * PARTITIONS
    assert kafka.most_waiting == PARTITIONS, "one request has them all"


def test_the_hash_of_a_unit_is_made_once(
    engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, mine = engines
    hashed: list[bytes] = []

    def note(text: bytes) -> int:
        hashed.append(text)
        return len(hashed)

    monkeypatch.setattr("shared.messaging.relay.producer", lambda _settings: Producer())
    monkeypatch.setattr("shared.messaging.relay.murmur2", note)
    rows = [OutboxRow("facts", b"key", b"value", (), f"once {number % 7}") for number in range(99)]
    with writing(mine) as connection:
        outbox.enqueue(connection, rows)
    publish(OutboxRelay(theirs, CommonSettings()), mine)

    assert len(hashed) == len(set(hashed)) == 7
