"""Chooses the broker of `clusterwatch run`: the first of three that is there."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, Self

from clusterwatch.launcher import embedded
from clusterwatch.launcher.children import Child
from clusterwatch.launcher.embedded import EmbeddedBroker
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.java import OLDEST_JAVA, find_java
from clusterwatch.launcher.kafka_jars import cached, find_jars
from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.readiness import kafka_answers
from clusterwatch.settings import LauncherSettings
from shared.messaging.cluster import KafkaCluster
from shared.messaging.refusals import KafkaRefusedError


class Broker(Protocol):
    """Something that speaks Kafka's protocol."""

    @property
    def bootstrap(self) -> str:
        """host:port, comma separated; known after the start."""
        ...

    @property
    def idempotence(self) -> bool:
        """Whether producers may be idempotent on it."""
        ...

    @property
    def description(self) -> str:
        """What it is, for people."""
        ...

    @property
    def child(self) -> Child | None:
        """Its process, when the launcher started one."""
        ...

    def start(self) -> Self:
        """Return when it answers; raises LaunchError."""
        ...

    def stop(self) -> None:
        """Stop what was started; nothing to do for somebody else's cluster."""
        ...


@dataclass(frozen=True, slots=True)
class ExistingCluster:
    """A cluster that somebody else runs."""

    cluster: KafkaCluster
    idempotence: bool = True
    child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """host:port, comma separated."""
        return self.cluster.servers

    @property
    def description(self) -> str:
        """Its addresses."""
        return f"the Kafka cluster at {self.bootstrap}"

    def start(self) -> Self:
        """Check that it answers; raises LaunchError."""
        each = (replace(self.cluster, servers=address) for address in self.cluster.addresses)
        try:
            answers = any(kafka_answers(one) for one in each)
        except KafkaRefusedError as error:
            raise LaunchError(str(error)) from error
        if not answers:
            raise LaunchError(
                f"no broker answers at CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS={self.bootstrap}; "
                "unset it to use a local broker"
            )
        return self

    def stop(self) -> None:
        """Leave it alone."""


@dataclass(frozen=True, slots=True)
class BrokerChoice:
    """The broker, not started yet, and why it was chosen."""

    broker: Broker
    because: str


def choose_broker(
    settings: LauncherSettings, announce: Callable[[str], None] = lambda _text: None
) -> BrokerChoice:
    """The existing cluster, else a local Apache Kafka, else the embedded broker.

    May fetch the jars of Apache Kafka, which `announce` tells beforehand. Raises LaunchError, with
    what to install, when there is none of the three.
    """
    if "kafka_bootstrap_servers" in settings.model_fields_set:
        cluster = ExistingCluster(KafkaCluster.of(settings), settings.kafka_idempotence)
        return BrokerChoice(cluster, "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS is set")
    try:
        return _local(settings, announce)
    except LaunchError as error:
        no_kafka = str(error)
    no_embedded = embedded.obstacle()
    if no_embedded is not None:
        raise LaunchError(
            f"no broker can be started.\n  Apache Kafka: {no_kafka}\n  embedded: {no_embedded}\n"
            f"Install Java {OLDEST_JAVA} or later and Maven, or set "
            "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS."
        )
    log = settings.data_dir / "log" / "broker.log"
    return BrokerChoice(EmbeddedBroker(log, settings.kafka_port), f"no Apache Kafka: {no_kafka}")


def _local(settings: LauncherSettings, announce: Callable[[str], None]) -> BrokerChoice:
    java = find_java()
    if not cached():
        announce("fetching Apache Kafka with Maven, once (70 MB) …")
    jars = find_jars()
    broker = LocalKafka(
        data_dir=settings.data_dir / "kafka",
        log=settings.data_dir / "log" / "kafka.log",
        java=java,
        jars=jars,
        heap=settings.kafka_heap,
        preferred_port=settings.kafka_port,
    )
    return BrokerChoice(broker, f"Java {java.version} is there and no cluster is configured")
