"""The steps of a rebuild: check, forget, read again."""

import sys
import time
from functools import cached_property

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from clusterwatch.console import out
from clusterwatch.launcher.processes import ProcessSpec, Supervisor
from clusterwatch.rebuild import kafka
from clusterwatch.rebuild.stores import Position, position, unassessed, wipe
from clusterwatch.services import port_of, settings_class
from clusterwatch.settings import LauncherSettings
from services.ingest.domain.reading import READ_TOPICS
from shared.events.facts import FACTS_TOPIC
from shared.events.status import STATUS_TOPIC
from shared.messaging.cluster import KafkaCluster
from shared.messaging.topics import recreate_topics, topic_identities
from shared.own_https import scheme
from shared.storage import open_engine, reconciliation
from shared.storage.engine import reading
from shared.storage.migrations import migrate

REBUILT = ("ingest", "metrics")
_MADE_ANEW = (FACTS_TOPIC, STATUS_TOPIC)
_INPUTS = {"ingest": READ_TOPICS, "metrics": (FACTS_TOPIC,)}
_LOOK_SECONDS = 0.5
_QUIET_LOOKS = 4
"""Looks in a row that find nothing to do: work may be between two places for a moment."""


class NotNow(RuntimeError):  # noqa: N818 - not a fault of the command
    """Something must be done first; the message says what."""


class Rebuild:
    """Makes the stores of ingest and metrics anew from the topics."""

    def __init__(self, settings: LauncherSettings) -> None:
        self._settings = settings
        self._cluster = KafkaCluster.of(settings)

    @cached_property
    def _engines(self) -> dict[str, Engine]:
        return {name: open_engine(settings_class(name)(), name) for name in REBUILT}

    def check(self) -> None:
        """Raise `NotNow` while a service runs or an input topic is missing."""
        running = kafka.members(self._cluster)
        if running:
            names = ", ".join(f"{name} ({number})" for name, number in sorted(running.items()))
            raise NotNow(
                f"services still read from Kafka: {names}; stop all their replicas and wait "
                "some ten seconds"
            )
        missing = kafka.missing(self._cluster, READ_TOPICS)
        if missing:
            raise NotNow(
                f"there is nothing to rebuild from: {', '.join(missing)} missing at "
                f"{self._cluster}; check CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS, or make them "
                "with `clusterwatch topics ensure`"
            )

    def forget(self, partitions: int | None = None) -> None:
        """Empty the stores and make anew the topics that the services write.

        They get `partitions`, or as many as they have: the one way to another number, since a
        unit's facts must never lie in two.
        """
        for service, engine in self._engines.items():
            migrate(engine, service)
            wipe(engine, service)
            out.print(f"· {service}: store emptied")
        specs = kafka.as_they_are(self._cluster, _MADE_ANEW, partitions)
        replicas = self._settings.topic_replication_factor
        recreate_topics(self._cluster, specs, replication_factor=replicas)
        out.print(f"· made anew: {', '.join(_MADE_ANEW)}")

    def read_again(self) -> None:
        """Run ingest and metrics until they have taken everything, and stop them."""
        supervisor = Supervisor(lambda text: out.print(f"· {text}", markup=False))
        with supervisor.supervised():
            supervisor.start(*(self._service(name) for name in REBUILT))
            self._wait(supervisor)
        for service, engine in self._engines.items():
            with reading(engine) as connection:
                counts = reconciliation.summary(reconciliation.read(connection))
            states = ("consumed", "applied", "duplicate", "stale", "parked", "held", "erased")
            words = ", ".join(f"{counts[state]:,} {state}" for state in states if counts[state])
            out.print(f"· {service}: {words or 'nothing to read'}", markup=False)
            engine.dispose()
        out.print("Done. Start the services again.")

    def _service(self, name: str) -> ProcessSpec:
        settings = settings_class(name)()
        host, certificate = "127.0.0.1", settings.http_certificate_file
        return ProcessSpec(
            name,
            [sys.executable, "-m", "clusterwatch", name],
            settings.data_dir / "log" / f"rebuild-{name}.log",
            {"CLUSTERWATCH_HOST": host, "PYTHONUNBUFFERED": "1"},
            ready_url=f"{scheme(certificate)}://{host}:{port_of(name, settings)}/readyz",
            certificate=certificate,
        )

    def _wait(self, supervisor: Supervisor) -> None:
        identities = topic_identities(self._cluster, [*READ_TOPICS, FACTS_TOPIC])
        columns = (
            TextColumn("{task.description:<8}"),
            BarColumn(),
            TextColumn("{task.completed:>9,.0f} of {task.total:,.0f} records"),
            TextColumn("{task.fields[left]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=out) as bars:
            tasks = {name: bars.add_task(name, total=0, left="") for name in REBUILT}
            quiet = 0
            while quiet < _QUIET_LOOKS:
                supervisor.look()
                positions = {
                    name: position(engine, identities, kafka.ends(self._cluster, _INPUTS[name]))
                    for name, engine in self._engines.items()
                }
                waiting = unassessed(self._engines["metrics"])
                _show(bars, tasks, positions, waiting)
                done = not waiting and all(each.finished for each in positions.values())
                quiet = quiet + 1 if done else 0
                time.sleep(_LOOK_SECONDS)


def _show(
    bars: Progress, tasks: dict[str, TaskID], positions: dict[str, Position], waiting: int
) -> None:
    for name, at in positions.items():
        words = [f"{at.left:,} to publish"] if at.left else []
        words += [f"{waiting:,} to assess"] if waiting and name == "metrics" else []
        bars.update(tasks[name], total=at.total, completed=at.done, left=", ".join(words))
