"""What must hold once a fault is over; every check says what is wrong, or nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
from kafka import KafkaConsumer, TopicPartition

from chaos.load import FIGURES, ZONE, ZONE_PLAN
from chaos.receiver import Told
from chaos.system import System
from clusterwatch.services import SERVICES
from shared.events.decisions import DECISIONS_TOPIC
from shared.events.facts import FACTS_TOPIC
from shared.events.inputs import INPUT_TOPICS
from shared.events.notices import NOTICES_TOPIC
from shared.events.status import STATUS_TOPIC
from shared.testing.load import Cell

READS: Mapping[str, Sequence[str]] = {
    "ingest": (*INPUT_TOPICS, DECISIONS_TOPIC),
    "metrics": (FACTS_TOPIC,),
    "alerts": (STATUS_TOPIC, NOTICES_TOPIC),
}
_STATES = ("applied", "duplicate", "stale", "parked", "held", "dead_lettered", "erased")
_OUTBOX = "clusterwatch_pipeline_outbox_records"
MOST_MEMORY = 700 * 1024 * 1024
"""Resident bytes of a service and its children that are never reached."""


def unread(system: System) -> Iterator[str]:
    """Readiness, and records that wait: in Kafka or in an outbox."""
    ends = end_offsets(system.kafka.bootstrap)
    for service in SERVICES:
        replica = system.services.main[service]
        if replica.status("/readyz") != 200:
            yield f"{service} is not ready"
            continue
        consumed = replica.get("/api/v1/reconciliation")["consumed"]
        there = sum(ends[topic] for topic in READS[service])
        if consumed != there:
            yield f"{service} has consumed {consumed} of {there} records"
        if _outbox(replica.url):
            yield f"records wait in the outbox of {service}"


def balance(system: System) -> dict[str, int]:
    """By service: consumed minus what is in Kafka; below 0 is lost, above counted twice."""
    before = end_offsets(system.kafka.bootstrap)
    consumed = {
        service: system.services.main[service].get("/api/v1/reconciliation")["consumed"]
        for service in SERVICES
    }
    after = end_offsets(system.kafka.bootstrap)
    return {
        service: beyond(
            consumed[service],
            *(sum(ends[topic] for topic in READS[service]) for ends in (before, after)),
        )
        for service in SERVICES
    }


def beyond(consumed: int, before: int, after: int) -> int:
    """By how much a number is out of what was there before and after somebody asked for it.

    Records may come, and be consumed, between two questions.
    """
    return min(consumed - before, 0) or max(consumed - after, 0)


def reconciliation(system: System) -> Iterator[str]:
    """The identity holds in each service; what is bad or held is exactly what was made so."""
    for service in SERVICES:
        counts = system.services.main[service].get("/api/v1/reconciliation")
        for body in (counts, *counts["topics"].values()):
            # An older version does not know every state, and has nothing in those.
            if body["consumed"] != sum(body.get(state, 0) for state in _STATES):
                yield f"{service} does not add up: {body}"
        expected = {"parked": 0, "held": 0, "dead_lettered": 0}
        if service == "ingest":
            expected |= {"held": system.load.oracle.held, "dead_lettered": system.poisoned}
        found = {state: counts[state] for state in expected}
        if found != expected:
            yield f"{service} has {found}, not {expected}"


def totals(system: System) -> Iterator[str]:
    """Every total equals the oracle's."""
    metrics, oracle = system.services.main["metrics"], system.load.oracle
    wanted = oracle.amounts()
    for unit, indicator in sorted({(cell.unit, cell.indicator) for cell in wanted}):
        items = metrics.get(f"/api/v1/clusters/{unit}/history", indicator=indicator)["items"]
        found = {Cell(unit, indicator, i["period"]): (i["month"], i["ytd"]) for i in items}
        mine = {cell: value for cell, value in wanted.items() if cell[:2] == (unit, indicator)}
        for cell in sorted(mine.keys() | found.keys()):
            shown = found.get(cell)
            if mine.get(cell) != shown and not (cell not in mine and shown == (None, None)):
                yield f"{cell}: {shown}, the oracle says {mine.get(cell)}"
    yield from _stages(system)
    yield from _figures(system)


def _stages(system: System) -> Iterator[str]:
    metrics = system.services.main["metrics"]
    for unit, expected in system.load.oracle.stages().items():
        items = metrics.get(f"/api/v1/clusters/{unit}/history", indicator="project")["items"]
        found = (items[-1]["projects"] or {}).get("by_stage") if items else None
        if found != expected:
            yield f"stages in {unit}: {found}, the oracle says {dict(expected)}"


def _figures(system: System) -> Iterator[str]:
    metrics = system.services.main["metrics"]
    expected = system.load.oracle.figures()
    for name in FIGURES if expected else ():
        path = f"/api/v1/clusters/{ZONE}/history"
        items = metrics.get(path, plan=ZONE_PLAN, indicator=name)["items"]
        found = {(name, item["period"]): item["month"] for item in items}
        mine = {key: value for key, value in expected.items() if key[0] == name}
        if found != mine:
            yield f"{name}: {found}, the oracle says {mine}"


def told(system: System) -> Iterator[str]:
    """Every alert was delivered, in its order, and twice only where the message says so."""
    messages = system.receiver.shown()
    outside = system.outside
    for channel in ("webhook", "wecom"):
        shown = [one for one in messages if one.channel == channel]
        last = _last(shown)
        wanted = dict.fromkeys(outside.ended, "resolved")
        wanted |= dict.fromkeys(outside.standing, "firing")
        if channel == "webhook":
            wanted |= _swung(system, last)
        for name, status in wanted.items():
            if last.get(name) != status:
                yield f"{channel}: the last word on {name} is {last.get(name)}, not {status}"
    yield from repeats([one for one in messages if one.channel == "webhook"])


def _swung(system: System, last: Mapping[str, str]) -> dict[str, str]:
    """Clusters that are behind must be told; the others, if they were, must be taken back."""
    wanted = {}
    for cluster, behind in system.swings.behind.items():
        name = f"trajectory|{cluster}"
        if behind or name in last:
            wanted[name] = "firing" if behind else "resolved"
    return wanted


def _last(messages: Sequence[Told]) -> dict[str, str]:
    return {name: status for message in messages for name, status in message.alerts}


def repeats(messages: Sequence[Told]) -> Iterator[str]:
    """Deliveries that came twice without a mark, and alerts told twice by two deliveries."""
    seen: set[str] = set()
    ways: dict[tuple[str, str], set[str]] = {}
    for message in messages:
        if message.delivery in seen and not message.marked:
            yield f"delivery {message.delivery} came again without a mark"
        seen.add(message.delivery)
        for name, status in message.alerts:
            if name.startswith("chaos-"):
                ways.setdefault((name, status), set()).add(message.delivery)
    for (name, status), deliveries in ways.items():
        if len(deliveries) > 1:
            yield f"{name} was told {status} by {len(deliveries)} deliveries"


def marked_repeats(messages: Sequence[Told]) -> int:
    """Messages beyond the first of a delivery; each says that it may be a repeat."""
    numbers = Counter(one.delivery for one in messages if one.channel == "webhook")
    return sum(number - 1 for number in numbers.values())


def memory(system: System) -> Iterator[str]:
    """No service grows without bounds."""
    for service, used in system.services.memory().items():
        if used > MOST_MEMORY:
            yield f"{service} uses {used >> 20} MiB"


def end_offsets(bootstrap: str) -> dict[str, int]:
    """Records ever written to each topic that a service reads."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, bootstrap_timeout_ms=10_000)
    try:
        parts = [
            TopicPartition(topic, number)
            for topics in READS.values()
            for topic in topics
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        found: Counter[str] = Counter()
        for part, end in consumer.end_offsets(parts).items():
            found[part.topic] += end
        return dict(found)
    finally:
        consumer.close()


def _outbox(url: str) -> Any:  # noqa: ANN401 - a number in a text
    text = httpx.get(f"{url}/metrics", timeout=60).text
    lines = [line for line in text.splitlines() if line.startswith(f"{_OUTBOX}{{")]
    return sum(float(line.split()[-1]) for line in lines)
