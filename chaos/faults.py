"""The table of faults: each holds while the block runs, and is over at its end."""

import random
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Event

from chaos import poison
from chaos.database import Postgres, SqliteFiles, full, is_small
from chaos.network import Wire, Wires
from chaos.receiver import Manner
from chaos.system import System
from clusterwatch.services import SERVICES

Act = Callable[[System, random.Random], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table."""

    name: str
    act: Act
    store: str | None = None
    """The only kind of store it can be done to."""


def rest(seconds: float) -> None:
    """Let a fault last."""
    Event().wait(seconds)


def kill(*services: str) -> Act:
    """`kill -9`, and a start some time later."""

    @contextmanager
    def act(system: System, rng: random.Random) -> Iterator[None]:
        for service in services:
            system.services.kill(service)
        rest(rng.uniform(0.5, 4))
        yield
        system.services.ensure()

    return act


@contextmanager
def terminate(system: System, rng: random.Random) -> Iterator[None]:
    """SIGTERM under load: ends by itself, with code 0, within its grace period."""
    service = rng.choice(SERVICES)
    system.services.terminate(service)
    yield
    system.services.ensure()


@contextmanager
def terminate_alone(system: System, rng: random.Random) -> Iterator[None]:
    """SIGTERM while Kafka is away: nobody waits for it in vain."""
    system.kafka.kill()
    rest(rng.uniform(0.5, 3))
    system.services.terminate(rng.choice(SERVICES))
    yield
    system.kafka.start()
    system.services.ensure()


@contextmanager
def broker_killed(system: System, rng: random.Random) -> Iterator[None]:
    """`kill -9` of Kafka, and a start on the log it leaves."""
    system.kafka.kill()
    rest(rng.uniform(1, 6))
    yield
    system.kafka.start()


@contextmanager
def broker_restarted(system: System, _rng: random.Random) -> Iterator[None]:
    """A clean restart of Kafka."""
    system.kafka.stop()
    yield
    system.kafka.start()


@contextmanager
def rebalance(system: System, rng: random.Random) -> Iterator[None]:
    """Second replicas join, and leave cleanly or die."""
    joined = [system.services.join(service) for service in rng.sample(SERVICES, 2)]
    rest(rng.uniform(1, 5))
    yield
    for replica in joined:
        system.services.leave(replica, kill=rng.random() < 0.5)


def to_kafka(system: System) -> Wire | Wires:
    """The network between services and Kafka."""
    return system.kafka_wire


def to_database(system: System) -> Wire | Wires:
    """The network between services and PostgreSQL."""
    return postgres(system.database).wire


def held(wire_of: Callable[[System], Wire | Wires]) -> Act:
    """No byte gets through for longer than a session lasts; connections stay open."""

    @contextmanager
    def act(system: System, rng: random.Random) -> Iterator[None]:
        wire_of(system).hold()
        rest(rng.uniform(3, 15))
        yield
        wire_of(system).heal()

    return act


def cut(wire_of: Callable[[System], Wire | Wires]) -> Act:
    """All connections are closed, and new ones refused."""

    @contextmanager
    def act(system: System, rng: random.Random) -> Iterator[None]:
        wire_of(system).cut()
        rest(rng.uniform(3, 12))
        yield
        wire_of(system).heal()

    return act


def slow(wire_of: Callable[[System], Wire | Wires], least: float, most: float) -> Act:
    """Each piece takes longer, by some seconds between these."""

    @contextmanager
    def act(system: System, rng: random.Random) -> Iterator[None]:
        wire_of(system).delay(rng.uniform(least, most))
        rest(10)
        yield
        wire_of(system).heal()

    return act


def postgres(database: object) -> Postgres:
    """The table names the store, so it is one."""
    if not isinstance(database, Postgres):
        raise TypeError("not on PostgreSQL")
    return database


def sqlite(database: object) -> SqliteFiles:
    """The table names the store, so it is one."""
    if not isinstance(database, SqliteFiles):
        raise TypeError("not on SQLite")
    return database


@contextmanager
def sessions_ended(system: System, rng: random.Random) -> Iterator[None]:
    """Backends are terminated, again and again."""
    for _ in range(5):
        postgres(system.database).end_sessions()
        rest(rng.uniform(0.1, 1))
    yield


def postgres_ends(how: signal.Signals) -> Act:
    """The server ends and starts again some seconds later."""

    @contextmanager
    def act(system: System, rng: random.Random) -> Iterator[None]:
        server = postgres(system.database).server
        server.stop(how)
        rest(rng.uniform(1, 8))
        yield
        server.start()

    return act


@contextmanager
def database_read_only(system: System, rng: random.Random) -> Iterator[None]:
    """Nothing can be written."""
    with postgres(system.database).read_only():
        rest(rng.uniform(3, 10))
        yield


@contextmanager
def files_locked(system: System, rng: random.Random) -> Iterator[None]:
    """Another program holds the write lock of all SQLite files."""
    with sqlite(system.database).locked():
        rest(rng.uniform(3, 10))
        yield


@contextmanager
def disk_full(system: System, rng: random.Random) -> Iterator[None]:
    """The disk of the SQLite files is full."""
    with full(sqlite(system.database).disk):
        rest(rng.uniform(3, 10))
        yield


@contextmanager
def clock_jumps(system: System, rng: random.Random) -> Iterator[None]:
    """The clock goes wrong by seconds to a day, forward or backward, and is put right."""
    offset = rng.choice((-86_400, -3_600, -90, 90, 3_600, 86_400))
    system.services.offset_file.write_text(str(offset), encoding="ascii")
    rest(5)
    yield
    system.services.offset_file.write_text("0", encoding="ascii")


def feeding(make: Callable[[System, random.Random], list[poison.Poison]]) -> Act:
    """Bad records among the good ones."""

    @contextmanager
    def act(system: System, rng: random.Random) -> Iterator[None]:
        bad = make(system, rng)
        system.feeder.feed(bad)
        system.poisoned += len(bad)
        yield

    return act


def robots(manner: Manner) -> Act:
    """The receiving side misbehaves."""

    @contextmanager
    def act(system: System, _rng: random.Random) -> Iterator[None]:
        system.receiver.behave(manner)
        rest(8)
        yield
        system.receiver.behave(Manner.GOOD)

    return act


FAULTS = (
    Fault("kill -9 ingest", kill("ingest")),
    Fault("kill -9 metrics", kill("metrics")),
    Fault("kill -9 alerts", kill("alerts")),
    Fault("kill -9 all services", kill(*SERVICES)),
    Fault("SIGTERM under load", terminate),
    Fault("SIGTERM without Kafka", terminate_alone),
    Fault("broker kill -9", broker_killed),
    Fault("broker restart", broker_restarted),
    Fault("replicas join and leave", rebalance, "postgresql"),
    Fault("network to Kafka held", held(to_kafka)),
    Fault("network to Kafka cut", cut(to_kafka)),
    Fault("network to Kafka slow", slow(to_kafka, 0.1, 0.4)),
    Fault("database sessions ended", sessions_ended, "postgresql"),
    Fault("database restart", postgres_ends(signal.SIGINT), "postgresql"),
    Fault("database crash", postgres_ends(signal.SIGQUIT), "postgresql"),
    Fault("database slow", slow(to_database, 0.02, 0.1), "postgresql"),
    Fault("network to database held", held(to_database), "postgresql"),
    Fault("network to database cut", cut(to_database), "postgresql"),
    Fault("database read-only", database_read_only, "postgresql"),
    Fault("database locked", files_locked, "sqlite"),
    Fault("disk full", disk_full, "sqlite"),
    Fault("clock jumps", clock_jumps),
    Fault("poison flood", feeding(lambda s, rng: list(poison.flood(s.load, rng, 1500)))),
    Fault("broken schema", feeding(lambda s, rng: list(poison.broken_schema(s.load, rng, 800)))),
    Fault("oversized records", feeding(lambda _s, rng: list(poison.large(rng, 60)))),
    Fault("robots silent", robots(Manner.SILENT)),
    Fault("robots hang up", robots(Manner.HANGS_UP)),
    Fault("robots fail", robots(Manner.FAILS)),
    Fault("robots lie", robots(Manner.LIES)),
)

TABLE: Mapping[str, Fault] = {fault.name: fault for fault in FAULTS}


def possible(database: Postgres | SqliteFiles) -> list[Fault]:
    """Faults that can be done to this store; only a disk of our own may be filled."""
    small = isinstance(database, SqliteFiles) and is_small(database.disk)
    there = [fault for fault in FAULTS if fault.store in {None, database.name}]
    return [fault for fault in there if small or fault.act is not disk_full]
