"""Three brokers that keep each record at least twice: any one of them may be away."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Self

from chaos.broker import FrontedKafka
from clusterwatch.launcher.local_kafka import new_cluster_id
from clusterwatch.launcher.ports import LOOPBACK, free_ports

NUMBERS = (1, 2, 3)
_REPLICATED = """\
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
"""


class Member(FrontedKafka):
    """One of several brokers, each of which is a controller as well."""

    number = 0
    cluster = ""
    controllers: Sequence[int] = ()
    """Ports of all controllers, in the order of their numbers."""

    def _id_of_new_cluster(self) -> str:
        return self.cluster

    def _write_properties(
        self,
        broker_port: int,
        controller_port: int,  # noqa: ARG002 - the others know its own, which stays the same
        further: Sequence[int],
    ) -> None:
        mine = self.controllers[self.number - 1]
        super()._write_properties(broker_port, mine, further)
        voters = zip(NUMBERS, self.controllers, strict=True)
        named = ",".join(f"{number}@{LOOPBACK}:{port}" for number, port in voters)
        with self._properties.open("a", encoding="utf-8") as stream:  # the last word counts
            stream.write(f"node.id={self.number}\ncontroller.quorum.voters={named}\n{_REPLICATED}")


class ThreeBrokers:
    """What is done to "the broker" is done to one of them, to each in its turn."""

    def __init__(self, folder: Path) -> None:
        self.members = [Member(folder / f"kafka-{n}", folder / f"kafka-{n}.log") for n in NUMBERS]
        cluster, controllers = new_cluster_id(), free_ports(len(NUMBERS))
        for number, member in zip(NUMBERS, self.members, strict=True):
            member.number, member.cluster, member.controllers = number, cluster, controllers
        self._turns = cycle(self.members)
        # Kept to the end: children die with the thread that started them.
        self._pool = ThreadPoolExecutor(len(NUMBERS))

    @property
    def bootstrap(self) -> str:
        """Addresses of all, past the wires."""
        return ",".join(member.bootstrap for member in self.members)

    def start(self) -> Self:
        """Start those that are down; together, as two must see each other to answer."""
        list(self._pool.map(Member.start, self.members))
        return self

    def kill(self) -> None:
        """End the next one as a power cut would."""
        next(self._turns).kill()

    def stop(self) -> None:
        """Stop the next one cleanly."""
        next(self._turns).stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        for member in self.members:  # without the others a clean stop would wait for them
            member.kill()
        self._pool.shutdown()
