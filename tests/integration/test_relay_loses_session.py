"""A relay whose session of PostgreSQL ends while it publishes: nothing is lost, no key goes back.

Two relays are two replicas of a service; both publish to a real Kafka. The first one is held in
the middle of a piece, as by a slow network.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from sqlalchemy import Engine, text

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.events.facts import FACTS_TOPIC
from shared.messaging.relay import OutboxRelay
from shared.messaging.term import Term, TermEndedError
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, writing
from shared.storage.migrations import migrate
from shared.storage.outbox import OutboxRow
from shared.testing.kafka import consume_all
from shared.testing.waiting import wait_until

pytestmark = [pytest.mark.postgres]

KEYS = [f"key {number}".encode() for number in range(5)]
TAKEOVER = 1.0


@pytest.fixture
def engines(database_url: str) -> Iterator[Callable[[], Engine]]:
    made: list[Engine] = []

    def make() -> Engine:
        settings = CommonSettings(database_url=SecretStr(database_url))
        made.append(open_engine(settings, "ingest"))
        return made[-1]

    migrate(make(), "ingest")
    yield make
    for engine in made:
        engine.dispose()


def write(engine: Engine, version: int) -> None:
    with writing(engine) as connection:
        rows = [OutboxRow(FACTS_TOPIC, key, b"%d" % version) for key in KEYS]
        outbox.enqueue(connection, rows)


def waiting(engine: Engine) -> int:
    with reading(engine) as connection:
        return outbox.depth(connection)


def end_publishers_session(engine: Engine) -> None:
    """Of whoever holds the lock, as a restart of a pooler or an administrator does."""
    with writing(engine) as connection:
        ended = connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid) "
                "where locktype = 'advisory' and datname = current_database()"
            )
        ).all()
    assert ended == [(True,)]


async def until(holds: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_until, holds, seconds=60, what=what)


class Held(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """Takes two records and holds the others until it may go on."""

    taken = 0
    go_on: asyncio.Event

    async def send(self, *args: Any, **options: Any) -> Any:
        if self.taken >= 2:
            await self.go_on.wait()
        self.taken += 1
        return await super().send(*args, **options)


@asynccontextmanager
async def running(engine: Engine, bootstrap: str) -> AsyncIterator[OutboxRelay]:
    settings = CommonSettings(kafka_bootstrap_servers=bootstrap)
    relay = OutboxRelay(engine, settings, takeover_seconds=TAKEOVER)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


@pytest.mark.kafka
def test_no_older_version_follows_a_newer_one_when_the_publishers_session_ends(
    empty_topics: LocalKafka, engines: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, mine = engines(), engines(), engines()
    go_on = asyncio.Event()
    held: list[Any] = []

    def hold_first(**options: Any) -> AIOKafkaProducer:
        made = Held(**options) if not held else AIOKafkaProducer(**options)
        made.go_on = go_on
        held.append(made)
        return made

    async def publish() -> None:
        write(mine, 1)
        async with running(first, empty_topics.bootstrap):
            await until(lambda: bool(held) and held[0].taken == 2, "the first is half through")
            write(mine, 2)
            async with running(second, empty_topics.bootstrap):
                end_publishers_session(mine)
                await until(lambda: waiting(mine) == 0, "somebody has published everything")
                go_on.set()
                write(mine, 3)
                await until(lambda: waiting(mine) == 0, "the last version is published")

    monkeypatch.setattr("shared.messaging.producing.AIOKafkaProducer", hold_first)
    asyncio.run(publish())

    versions: dict[bytes | None, list[int]] = {}
    for _, _, key, value, _ in consume_all(empty_topics.bootstrap, FACTS_TOPIC):
        versions.setdefault(key, []).append(int(value or b"0"))
    assert set(versions) == set(KEYS)
    for seen in versions.values():
        assert set(seen) == {1, 2, 3}
        assert seen == sorted(seen), "no version after a newer one"


def test_who_takes_over_waits_unless_the_right_was_given_back(
    engines: Callable[[], Engine],
) -> None:
    first, second = Term(engines(), takeover_seconds=0), Term(engines(), TAKEOVER)
    mine = engines()

    async def scenario() -> None:
        loop = asyncio.get_running_loop()

        def soon(asked: Coroutine[Any, Any, bool]) -> bool:
            return asyncio.run_coroutine_threadsafe(asked, loop).result()

        assert await first.is_ours()
        assert not await second.is_ours()
        await first.end(stopped=True)
        assert await second.is_ours(), "at once"
        await second.end(stopped=True)

        assert await first.is_ours()
        end_publishers_session(mine)
        began = loop.time()
        await until(lambda: soon(second.is_ours()), "the second takes over")
        assert loop.time() - began >= TAKEOVER
        with pytest.raises(TermEndedError):
            await first.guard(asyncio.sleep(60))
        await first.end(stopped=True)
        assert not await first.is_ours()
        end_publishers_session(mine)
        await second.end(stopped=True)
        assert await second.is_ours(), "its own right, that nobody had since"
        await second.end(stopped=False)
        await until(lambda: soon(first.is_ours()), "the server has ended the second's session")
        await first.end(stopped=True)

    asyncio.run(scenario())


def test_a_notice_of_the_server_is_no_end_of_the_session(engines: Callable[[], Engine]) -> None:
    term, mine = Term(engines()), engines()

    async def send() -> None:
        with writing(mine) as connection:
            connection.execute(text("notify here"))
        await asyncio.sleep(0.2)

    async def scenario() -> int:
        assert await term.is_ours()
        await term.run(lambda connection: connection.execute(text("listen here")))
        await term.guard(send())
        left = await term.run(lambda connection: len(outbox.take(connection, 10)))
        await term.end(stopped=True)
        return left

    assert asyncio.run(scenario()) == 0
