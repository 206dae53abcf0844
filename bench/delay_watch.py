"""Watches from outside when a cluster's total is shown: on the topics, on `/metrics`, in the API.

Times are of this process's monotonic clock; whoever sends the reports lives in it as well.
"""

import asyncio
import re
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
import msgspec
from aiokafka import AIOKafkaConsumer
from delay_load import PERIOD, PLAN

from shared.events.inputs import OUTPUT_TOPIC
from shared.events.status import STATUS_TOPIC, Status

SCRAPE_SECONDS = 0.2
"""Between two scrapes; up to so much of a delay is the watching's own."""
_ASK_SECONDS = 0.02
_FETCH_WAIT_MS = 50
_LINE = re.compile(
    rb'^clusterwatch_cluster_year_to_date_yuan\{indicator="gross_output".*,unit="([^"]+)"\} (\S+)$',
    re.MULTILINE,
)


class Shown:
    """When each total of each cluster was first shown in one place."""

    def __init__(self) -> None:
        self._at: dict[str, list[float]] = defaultdict(list)
        self._totals: dict[str, list[int]] = defaultdict(list)

    def see(self, cluster: str, total: int, at: float) -> None:
        """Note a total; one that is not above the last says nothing new."""
        known = self._totals[cluster]
        if not known or known[-1] < total:
            known.append(total)
            self._at[cluster].append(at)

    def when(self, cluster: str, total: int) -> float | None:
        """When a total, or a greater one, was first shown."""
        place = bisect_left(self._totals[cluster], total)
        return None if place == len(self._totals[cluster]) else self._at[cluster][place]

    def holds(self, totals: dict[str, int]) -> bool:
        """Whether all these are shown."""
        return all(self.when(cluster, total) is not None for cluster, total in totals.items())


class Watch:
    """Looks at all places at once until it is closed."""

    def __init__(self, bootstrap: str, metrics_url: str) -> None:
        self._bootstrap = bootstrap
        self._url = metrics_url
        self.topic, self.page, self.api = Shown(), Shown(), Shown()
        self.read_back: dict[bytes, float] = {}
        """When a bare consumer got a report, by its value: how fast Kafka and we can be."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Watch"]:
        """Watch topics and page; a watcher that fails ends the whole."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(job)
                for job in (
                    self._read(STATUS_TOPIC, self._see_status),
                    self._read(OUTPUT_TOPIC, self._see_report),
                    self._scrape(),
                )
            ]
            yield self
            for task in tasks:
                task.cancel()

    async def _read(self, topic: str, see: Callable[[bytes, float], None]) -> None:
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        async with consumer:
            while True:
                found = await consumer.getmany(timeout_ms=1000)
                now = time.monotonic()
                for records in found.values():
                    for record in records:
                        if record.value is not None:
                            see(record.value, now)

    def _see_status(self, value: bytes, now: float) -> None:
        status = msgspec.json.decode(value, type=Status)
        if (status.plan, status.period, status.indicator) == (PLAN, PERIOD, "gross_output"):
            self.topic.see(status.unit, status.ytd or 0, now)

    def _see_report(self, value: bytes, now: float) -> None:
        self.read_back[value] = now

    async def _scrape(self) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            while True:
                started = time.monotonic()
                answer = await client.get(f"{self._url}/metrics")
                now = time.monotonic()
                for unit, total in _LINE.findall(answer.content):
                    self.page.see(unit.decode(), int(float(total)), now)
                await asyncio.sleep(max(started + SCRAPE_SECONDS - time.monotonic(), 0))

    async def ask_api(self, cluster: str, total: int) -> None:
        """Ask for one cluster until the API answers with a total."""
        url = f"{self._url}/api/v1/clusters/{cluster}"
        parameters = {"plan": PLAN, "period": PERIOD, "indicator": "gross_output"}
        async with httpx.AsyncClient(timeout=30) as client:
            while self.api.when(cluster, total) is None:
                answer = await client.get(url, params=parameters)
                answer.raise_for_status()
                self.api.see(cluster, int(answer.json()["ytd"] or 0), time.monotonic())
                await asyncio.sleep(_ASK_SECONDS)


async def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition; raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        await asyncio.sleep(0.05)


async def follow(
    ask: Callable[[], Awaitable[tuple[int, ...]]], done: Callable[[], bool], seconds: float
) -> Sequence[tuple[float, tuple[int, ...]]]:
    """Answers with their times, until something is done; raises `TimeoutError`."""
    found: list[tuple[float, tuple[int, ...]]] = []
    async with asyncio.timeout(seconds):
        while not done():
            answer = await ask()
            found.append((time.monotonic(), answer))
            await asyncio.sleep(0.1)
    return found
