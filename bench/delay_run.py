"""Sends reports to running services and collects what the watch has seen of them."""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from aiokafka import AIOKafkaProducer
from delay_load import Cluster, Report
from delay_watch import Shown, Watch, follow, until

_TICK_SECONDS = 0.02
"""Between two looks at the clock. Shorter ones made so many small requests that sending and
watching took a sixth of two processors, which is what they are to measure."""
_PATIENCE = 150.0


@dataclass(slots=True)
class Delays:
    """Seconds from the intended time until a report counts in each place."""

    topic: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def quantiles(self) -> dict[str, float]:
        """Seconds by place and percentile, as the table names them."""
        places = {
            "status topic": self.topic,
            "/metrics": self.page,
            "bare consumer of the reports": self.bare,
        }
        return {
            f"{place}, p{percent}, s": quantile(values, percent)
            for place, values in places.items()
            for percent in (50, 99)
        }


class Measurement:
    """One run against services that are up."""

    def __init__(
        self, watch: Watch, producer: AIOKafkaProducer, clusters: list[Cluster], urls: list[str]
    ) -> None:
        self._watch = watch
        self._producer = producer
        self._clusters = clusters
        self._urls = urls
        self._made = 0

    def next_report(self) -> Report:
        """A report of one cluster after the other."""
        self._made += 1
        return self._clusters[self._made % len(self._clusters)].next_report()

    async def send(self, reports: Sequence[Report]) -> None:
        """Hand reports to the producer; it waits only where its buffer is full."""
        for report in reports:
            await self._producer.send(
                report.topic, key=report.key, value=report.value, partition=report.partition
            )

    async def shown(self) -> None:
        """Until everything that was sent is shown."""
        await self._producer.flush()
        totals = {cluster.unit: cluster.total for cluster in self._clusters}
        await until(lambda: self._watch.page.holds(totals), _PATIENCE, "all totals on /metrics")
        await until(lambda: self._watch.topic.holds(totals), _PATIENCE, "all totals on the topic")

    async def prime(self) -> None:
        """Register all enterprises and send a first report of each."""
        for cluster in self._clusters:
            await self.send(cluster.register())
        for cluster in self._clusters:
            await self.send(cluster.first_reports())
        await self.shown()

    async def capacity(self, backlog: int) -> float:
        """Reports a second while a backlog is drained, until metrics has stored the last."""
        already = (await self._consumed())[0]
        await self.send([self.next_report() for _ in range(backlog)])
        await self._producer.flush()
        waiting = asyncio.create_task(self.shown())
        found = await follow(self._consumed, waiting.done, _PATIENCE)
        await waiting
        self._watch.read_back.clear()
        started, (taken, _) = found[0]
        last = found[-1][1]
        ended = next(at for at, counts in found if counts == last)
        return (already + backlog - taken) / (ended - started)

    async def _consumed(self) -> tuple[int, ...]:
        """Records that ingest and metrics have consumed."""
        async with httpx.AsyncClient(timeout=30) as client:
            paths = [f"{url}/api/v1/reconciliation" for url in self._urls]
            answers = await asyncio.gather(*(client.get(path) for path in paths))
        return tuple(int(answer.json()["consumed"]) for answer in answers)

    async def at_rate(self, rate: float, seconds: float) -> Delays:
        """Send at a rate, by the clock alone, and collect the delays."""
        reports = [self.next_report() for _ in range(int(rate * seconds))]
        start, sent = time.monotonic(), 0
        while sent < len(reports):
            due = min(int((time.monotonic() - start) * rate) + 1, len(reports))
            await self.send(reports[sent:due])
            sent = due
            await asyncio.sleep(_TICK_SECONDS)
        await self.shown()
        return self._delays([(start + n / rate, report) for n, report in enumerate(reports)])

    def _delays(self, sent: Sequence[tuple[float, Report]]) -> Delays:
        watch, delays = self._watch, Delays()
        for meant_for, report in sent:
            delays.topic.append(_seen(watch.topic, report) - meant_for)
            delays.page.append(_seen(watch.page, report) - meant_for)
            delays.bare.append(watch.read_back[report.value] - meant_for)
        watch.read_back.clear()
        return delays

    async def single(self) -> float:
        """Seconds until the API tells of one report, sent to the idle system."""
        await asyncio.sleep(random.uniform(0.5, 1.5))
        report = self.next_report()
        sent = time.monotonic()
        await self.send([report])
        async with asyncio.timeout(_PATIENCE):
            await self._watch.ask_api(report.cluster, report.total)
        delay = _seen(self._watch.api, report) - sent
        await self.shown()
        return delay


def _seen(shown: Shown, report: Report) -> float:
    at = shown.when(report.cluster, report.total)
    if at is None:
        raise SystemExit(f"{report.cluster} was never shown with {report.total}")
    return at


def quantile(values: Sequence[float], percent: int) -> float:
    """A percentile; 50 is the median."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
