"""A single-node Apache Kafka in KRaft mode, as a child process on the loopback interface."""

import base64
import re
import signal
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from clusterwatch.launcher.children import Child
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.java import Java, find_java
from clusterwatch.launcher.kafka_jars import DEPLOY, KafkaJars, find_jars
from clusterwatch.launcher.ports import LOOPBACK, free_ports
from clusterwatch.launcher.readiness import wait_for_kafka
from clusterwatch.launcher.secured_listeners import SecuredListeners

START_PATIENCE = 90.0  # seconds; a cold start on a busy machine takes 20
STOP_PATIENCE = 40.0  # seconds; a clean stop saves the next start a log recovery
_START_ATTEMPTS = 3  # a port found free can be taken before the broker listens on it
_CLUSTER_ID = re.compile(r"^cluster\.id=(.+)$", re.MULTILINE)
_OFFSET_RETENTION_MINUTES = 600 * 24 * 60  # monthly groups idle for weeks; the default is 7 days
_LARGEST_MESSAGE = 9 * 1024 * 1024  # above the dead-letter topic's 8 MiB
_FOR_A_SHORT_LIFE = ("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""The second compiler and a collector with threads of its own take more than half of the time of a
broker that serves one machine for minutes or hours."""

_PROPERTIES = f"""\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
auto.create.topics.enable=false
num.partitions=6
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
offsets.retention.minutes={_OFFSET_RETENTION_MINUTES}
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.ms=-1
log.retention.bytes=-1
message.max.bytes={_LARGEST_MESSAGE}
replica.fetch.max.bytes={_LARGEST_MESSAGE}
log.cleaner.dedupe.buffer.size=33554432
"""


def new_cluster_id() -> str:
    """A random id in the form that Kafka's tools want."""
    found = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    # A leading dash would read as an option of the tool.
    return "A" + found[1:] if found.startswith("-") else found


@dataclass(slots=True)
class LocalKafka:
    """Starts and stops the broker; topics and cluster id stay in `data_dir` between starts."""

    data_dir: Path
    log: Path
    java: Java = field(default_factory=find_java)
    jars: KafkaJars = field(default_factory=find_jars)
    heap: str = "512m"
    preferred_port: int | None = None
    secured: SecuredListeners | None = None
    """Further listeners where clients must say who they are; for tests of access to Kafka."""
    idempotence: bool = field(default=True, init=False)
    bootstrap: str = field(default="", init=False)
    _child: Child | None = field(default=None, init=False)

    @property
    def description(self) -> str:
        """Name and version for people."""
        return f"Apache Kafka {self.jars.version} (one node, {self.jars.origin})"

    @property
    def child(self) -> Child | None:
        """The broker's process, once started."""
        return self._child

    def start(self) -> Self:
        """Return when the broker answers a metadata request; raises LaunchError."""
        if self._child is not None and self._child.running:
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, _START_ATTEMPTS + 1):
            broker_port, controller_port, *further = free_ports(4, self._preferred_ports())
            self._write_properties(broker_port, controller_port, further)
            self._format()
            already_logged = self.log.stat().st_size if self.log.exists() else 0
            self._child = self._spawn()
            self.bootstrap = f"{LOOPBACK}:{broker_port}"
            try:
                wait_for_kafka(self._child, self.bootstrap, START_PATIENCE)
            except LaunchError:
                self._child.kill()
                if attempt == _START_ATTEMPTS or not self._lost_its_port(already_logged):
                    raise
            else:
                (self.data_dir / "port").write_text(str(broker_port), encoding="utf-8")
                return self
        raise AssertionError("unreachable: the last attempt returns or raises")

    def stop(self) -> None:
        """Stop cleanly (SIGTERM), or by force when that takes too long."""
        if self._child is not None:
            self._child.stop(STOP_PATIENCE)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._child is not None:
            self._child.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _preferred_ports(self) -> list[int]:
        """The port of the last start, so that clients find the broker again, then the wish."""
        last = self.data_dir / "port"
        known = [int(last.read_text(encoding="utf-8"))] if last.exists() else []
        wish = [] if self.preferred_port is None else [self.preferred_port]
        return (known + wish)[:1]

    def _write_properties(
        self, broker_port: int, controller_port: int, further: Sequence[int]
    ) -> None:
        listeners = {"PLAINTEXT": broker_port}
        protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
        more = ""
        if self.secured is not None:
            listeners |= self.secured.listen(further)
            protocols += "".join(f",{name}:{name}" for name in self.secured.ports)
            more = self.secured.properties()
        addresses = [f"{name}://{LOOPBACK}:{port}" for name, port in listeners.items()]
        text = (
            _PROPERTIES
            + f"listeners={','.join(addresses)},CONTROLLER://{LOOPBACK}:{controller_port}\n"
            + f"advertised.listeners={','.join(addresses)}\n"
            + f"listener.security.protocol.map={protocols}\n"
            + f"controller.quorum.voters=1@{LOOPBACK}:{controller_port}\n"
            + f"log.dirs={(self.data_dir / 'log').resolve().as_posix()}\n"
            + more
        )
        self._properties.write_text(text, encoding="utf-8")

    @property
    def _properties(self) -> Path:
        return self.data_dir / "server.properties"

    def cluster_id(self) -> str | None:
        """The id that the storage was formatted with, or None before the first start."""
        meta = self.data_dir / "log" / "meta.properties"
        if not meta.exists():
            return None
        match = _CLUSTER_ID.search(meta.read_text(encoding="utf-8"))
        return match.group(1).strip() if match else None

    def _format(self) -> None:
        if self.cluster_id() is not None:
            return
        tool = self._java("kafka.tools.StorageTool", "64m")
        options = [
            "format",
            "--cluster-id",
            self._id_of_new_cluster(),
            "--config",
            str(self._properties),
        ]
        if self.secured is not None:
            options += self.secured.format_options()
        answer = subprocess.run(  # noqa: S603 - Kafka's own tool
            [*tool, *options], capture_output=True, text=True, check=False, timeout=START_PATIENCE
        )
        if answer.returncode != 0:
            raise LaunchError(
                f"Kafka's storage tool failed in {self.data_dir}: "
                f"{(answer.stderr or answer.stdout).strip()[-800:]}"
            )

    def _id_of_new_cluster(self) -> str:
        return new_cluster_id()

    def _java(self, main_class: str, heap: str) -> list[str]:
        options = [str(self.java.program), f"-Xmx{heap}", *_FOR_A_SHORT_LIFE]
        quiet_logs = DEPLOY / "log4j2.xml"
        if quiet_logs.exists():
            options.append(f"-Dlog4j2.configurationFile={quiet_logs}")
        return [*options, "-cp", self.jars.classpath, main_class]

    def _spawn(self) -> Child:
        command = [*self._java("kafka.Kafka", self.heap), str(self._properties)]
        return Child.start("kafka", command, log=self.log, stop_signal=signal.SIGTERM)

    def _lost_its_port(self, already_logged: int) -> bool:
        with self.log.open("rb") as stream:
            stream.seek(already_logged)
            words = stream.read()
        return b"Address already in use" in words or b"BindException" in words
