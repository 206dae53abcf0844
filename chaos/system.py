"""Everything that a campaign runs: broker, store, services, robots, load."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chaos.broker import FrontedKafka
from chaos.brokers import ThreeBrokers
from chaos.database import Postgres, SqliteFiles
from chaos.feeder import Feeder
from chaos.load import Load
from chaos.network import Wires
from chaos.outside import Outside
from chaos.processes import Services
from chaos.receiver import Receiver, receiving
from chaos.swings import Swings
from clusterwatch.launcher.ports import LOOPBACK, free_ports
from shared.messaging.topics import ensure_topics, topic_specs

SETTINGS = {
    "CLUSTERWATCH_CONFIDENTIALITY": "off",
    "CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON": "simulated figures are compared with an oracle",
    "CLUSTERWATCH_DATA_LABEL": "simulated",
    "CLUSTERWATCH_TOKEN_SECRET": "a secret for the campaign only",
    "CLUSTERWATCH_BATCH_SIZE": "300",
    "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
    "CLUSTERWATCH_ALERTS_DELIVERY_SECONDS": "0.3",
    "CLUSTERWATCH_ALERTS_SETTLE_SECONDS": "2",
    "CLUSTERWATCH_ALERTS_UPKEEP_SECONDS": "2",
    "CLUSTERWATCH_ALERTS_CALENDAR_SECONDS": "30",
    "CLUSTERWATCH_ALERTS_RULES": str(Path(__file__).with_name("rules.yaml")),
    "CLUSTERWATCH_BASE_SETTLE_SECONDS": "1",
}
"""Small batches make many transactions, short pauses a short campaign."""


@dataclass
class System:
    """What faults act on."""

    kafka: FrontedKafka | ThreeBrokers
    kafka_wire: Wires
    database: Postgres | SqliteFiles
    services: Services
    receiver: Receiver
    feeder: Feeder
    load: Load
    swings: Swings
    outside: Outside
    poisoned: int = field(default=0)
    """Bad records sent so far."""


@contextmanager
def running(
    folder: Path,
    store: str,
    seed: int,
    make_services: Callable[[Path, Mapping[str, str]], Services] = Services,
    brokers: int = 1,
) -> Iterator[System]:
    """The whole system, ready, with the first events in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        ports = free_ports(brokers)
        wires = stack.enter_context(Wires(ports))
        kafka = _kafka(folder, wires.ports, ports)
        stack.enter_context(kafka)
        ensure_topics(kafka.bootstrap, topic_specs(3))
        database: Postgres | SqliteFiles
        database = Postgres(folder) if store == "postgresql" else SqliteFiles(folder)
        stack.enter_context(database)
        receiver = stack.enter_context(receiving())
        feeder = stack.enter_context(Feeder(kafka.bootstrap))
        services = make_services(
            folder,
            {
                **SETTINGS,
                **database.settings,
                "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": ",".join(
                    f"{LOOPBACK}:{port}" for port in wires.ports
                ),
            },
        )
        stack.callback(services.stop_all)
        load = Load(seed)
        swings = Swings(load.oracle)
        services.start_all()
        outside = Outside(services, receiver)
        system = System(kafka, wires, database, services, receiver, feeder, load, swings, outside)
        feeder.feed(swings.beginning())
        outside.begin()
        yield system


def _kafka(
    folder: Path, wire_ports: Sequence[int], front_ports: Sequence[int]
) -> FrontedKafka | ThreeBrokers:
    """As many brokers as ports are given: one, or three."""
    if len(front_ports) > 1:
        three = ThreeBrokers(folder)
        for member, wire, front in zip(three.members, wire_ports, front_ports, strict=True):
            member.front(wire, front)
        return three
    one = FrontedKafka(folder / "kafka", folder / "kafka.log")
    one.front(wire_ports[0], front_ports[0])
    return one
