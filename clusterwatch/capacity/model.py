"""From measured costs to what a number of enterprises needs."""

from dataclasses import dataclass
from math import ceil

from clusterwatch.capacity.costs import Costs
from clusterwatch.capacity.queueing import servers_for
from shared.access.store import CONNECTIONS
from shared.messaging.topics import DEFAULT_PARTITIONS
from shared.settings import CommonSettings

SERVICES = ("ingest", "metrics", "alerts")
HOUR = 3600.0
GB = 1e9


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is watched, for how long."""

    name: str
    enterprises: int
    clusters: int
    years: int = 10


PREFECTURE = Scale("prefecture", 600, 27)
PROVINCE = Scale("province", 20_000, 900)
NATION = Scale("nation", 500_000, 22_500)
SCALES = (PREFECTURE, PROVINCE, NATION)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What was not measured."""

    months_a_year: int = 11
    """No report for January alone."""
    deadline_share: float = 0.8
    """Of a month's records that come in the last two days before the deadline."""
    deadline_days: int = 2
    hours_a_day: float = 8.0
    busiest: float = 2.0
    """Rate of the busiest hour, in means of those two days."""
    most_used: float = 0.5
    """Share of its core that a replica may be busy in the busiest hour."""
    fewest_replicas: int = 2
    rebuild_hours: float = 8.0
    """In which everything must have been read again: a night."""
    copies: int = 3
    """Of Kafka's records."""
    page_copies: int = 3
    """In memory: lines by unit, the joined page, and its compressed form with room to make it."""


ASSUMED = Assumptions()


@dataclass(frozen=True, slots=True)
class Need:
    """What a scale needs; seconds, cores and bytes on a machine like that of the run."""

    scale: Scale
    costs: Costs
    assumed: Assumptions = ASSUMED

    @property
    def enterprise_months(self) -> int:
        """Reports in all years."""
        return self.scale.enterprises * self.assumed.months_a_year * self.scale.years

    @property
    def events_a_month(self) -> float:
        """Records on the input topics."""
        return self.scale.enterprises * self.costs.events

    @property
    def peak_rate(self) -> float:
        """Events a second in the busiest hour."""
        a = self.assumed
        seconds = a.deadline_days * a.hours_a_day * HOUR
        return self.events_a_month * a.deadline_share / seconds * a.busiest

    def peak_cores(self, service: str) -> float:
        """Cores of CPU that a service needs in the busiest hour, over all replicas."""
        each = {
            "ingest": self.costs.cpu["event"],
            "metrics": self.costs.metrics_event,
            "alerts": self.costs.alerts_event,
        }
        return self.peak_rate * each[service] + self.costs.idle_cpu[service]

    def replicas(self, service: str) -> int:
        """For the busiest hour."""
        wanted = servers_for(1.0, self.peak_cores(service), self.assumed.most_used)
        return max(self.assumed.fewest_replicas, wanted)

    def rebuild_cores(self) -> float:
        """Cores that ingest and metrics each need at least to read all in the time for it."""
        slower = max(self.costs.cpu["event"], self.costs.metrics_history_event)
        events = self.enterprise_months * self.costs.events
        return events * slower / (self.assumed.rebuild_hours * HOUR)

    def rebuild_hours(self, replicas: int) -> float:
        """Hours until all is read again by so many replicas of each."""
        return self.rebuild_cores() * self.assumed.rebuild_hours / replicas

    @property
    def partitions(self) -> int:
        """A multiple of the default: for the replicas of a rebuild, and of the busiest hour."""
        wanted = max(ceil(self.rebuild_cores()), *(self.replicas(name) for name in SERVICES))
        return ceil(wanted / DEFAULT_PARTITIONS) * DEFAULT_PARTITIONS

    @property
    def store_bytes(self) -> float:
        """Of all three services."""
        return sum(self.costs.store_bytes.values()) * self.enterprise_months

    @property
    def kafka_bytes(self) -> float:
        """Of all topics and copies; input topics keep everything, the others are compacted."""
        return sum(self.costs.topic_bytes.values()) * self.enterprise_months * self.assumed.copies

    @property
    def page_bytes(self) -> float:
        """Of the pages of metrics of all replicas together."""
        measured = PREFECTURE.clusters
        return self.costs.page_bytes * self.scale.clusters / measured

    @property
    def largest_assessment(self) -> float:
        """Seconds of one assessment of a unit that has all enterprises."""
        each = self.costs.cpu["further enterprise of an assessed unit"]
        alone = self.costs.cpu["assessment of a unit without enterprises"]
        return alone + each * self.scale.enterprises

    def memory(self, service: str) -> float:
        """Resident bytes of one replica."""
        page = 0.0
        if service == "metrics":
            page = self.page_bytes / self.replicas(service) * self.assumed.page_copies
        return self.costs.peak_bytes[service] + page

    @property
    def connections(self) -> int:
        """Most that all replicas open to PostgreSQL."""
        each = CommonSettings.model_fields["database_connections"].default + CONNECTIONS
        return int(each) * sum(self.replicas(name) for name in SERVICES)


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that ends, and how much of it a scale uses; above 1 it is passed."""

    name: str
    what_then: str
    used: tuple[float, ...]


def limits(needs: tuple[Need, ...]) -> list[Limit]:
    """What may break, the most used first."""
    found = [
        Limit(
            "one assessment of a unit of all enterprises takes a minute",
            "a plan for each city, none over all",
            tuple(need.largest_assessment / 60 for need in needs),
        ),
        Limit(
            f"a rebuild by {DEFAULT_PARTITIONS} replicas takes a day",
            "more partitions",
            tuple(need.rebuild_hours(DEFAULT_PARTITIONS) / 24 for need in needs),
        ),
        Limit(
            f"{DEFAULT_PARTITIONS} replicas of metrics are busy in the busiest hour",
            "more partitions",
            tuple(need.peak_cores("metrics") / DEFAULT_PARTITIONS for need in needs),
        ),
        Limit(
            f"{DEFAULT_PARTITIONS} replicas of ingest are busy in the busiest hour",
            "more partitions",
            tuple(need.peak_cores("ingest") / DEFAULT_PARTITIONS for need in needs),
        ),
        Limit(
            "a replica's page of metrics has 70 MB, the largest that was measured",
            "more replicas of metrics",
            tuple(need.page_bytes / need.replicas("metrics") / 70e6 for need in needs),
        ),
        Limit(
            "the stores of all services have 1 TB in one PostgreSQL",
            "a database for each service, then a system for each province",
            tuple(need.store_bytes / 1e12 for need in needs),
        ),
        Limit(
            "the three brokers' volumes of the manifests (100 GiB each) are full",
            "larger volumes",
            tuple(need.kafka_bytes / (3 * 100 * 2**30) for need in needs),
        ),
        Limit(
            "400 connections to PostgreSQL",
            "CLUSTERWATCH_DATABASE_CONNECTIONS",
            tuple(need.connections / 400 for need in needs),
        ),
    ]
    return sorted(found, key=lambda limit: -max(limit.used))
