"""Fixtures that every part may use; which tests run where is settled by `shared.testing.suites`.

`kafka` is a real broker for the whole run. Topic names are fixed, so a test that needs empty
topics asks for `empty_topics` as well, and two such tests never run at the same time.
`database_url` is an empty database of the PostgreSQL server of this run.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from clusterwatch import console
from clusterwatch.launcher import embedded, java, kafka_jars
from clusterwatch.launcher.embedded import EmbeddedBroker
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.local_kafka import LocalKafka
from shared.messaging.topics import recreate_topics, topic_specs
from shared.testing.postgres import PostgresServer
from shared.testing.suites import PROBES, Suites

# No test depends on the speed of the machine: by default an example of 0.2 seconds is a failure.
settings.register_profile(
    "clusterwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("clusterwatch")


def _no_kafka() -> str | None:
    try:
        java.find_java()
        return kafka_jars.obstacle()
    except LaunchError as error:
        return str(error)


def pytest_configure(config: pytest.Config) -> None:
    # A process of several (-n 2) starts with COLUMNS=80, which the consoles keep: the tests decide.
    console.out._width = console.err._width = None
    probes = {**PROBES, "kafka": _no_kafka, "embedded": embedded.obstacle}
    config.pluginmanager.register(Suites(probes, Path(__file__).parent), "suites")


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist is untyped
    """Files go to processes whole, and `tests/e2e` does: its files share a running system."""

    def _split_scope(self, nodeid: str) -> str:
        shared_system = nodeid.startswith("tests/e2e/")
        return "tests/e2e" if shared_system else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A real Apache Kafka with all topics; `.bootstrap` is its address. Mark the test `kafka`."""
    folder = tmp_path_factory.mktemp("kafka")
    with LocalKafka(folder / "data", folder / "kafka.log") as broker:
        recreate_topics(broker.bootstrap, topic_specs())
        yield broker


@pytest.fixture
def empty_topics(kafka: LocalKafka) -> LocalKafka:
    """The broker of `kafka` with all topics empty, and new topic ids."""
    recreate_topics(kafka.bootstrap, topic_specs())
    return kafka


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """The broker without Java, with all topics. Mark the test `embedded`."""
    with EmbeddedBroker(tmp_path_factory.mktemp("embedded") / "broker.log") as broker:
        recreate_topics(broker.bootstrap, topic_specs())
        yield broker


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; `.create_database()` gives a URL. Mark the test `postgres`."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """URL (postgresql://…) of an empty database."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def make_database(postgres: PostgresServer) -> Iterator[Callable[[], str]]:
    """Makes empty databases, for tests that need several."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres.create_database())
        return made[-1]

    yield make
    for url in made:
        postgres.drop_database(url)
