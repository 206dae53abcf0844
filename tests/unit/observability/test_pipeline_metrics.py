"""What every service tells of its pipeline, over a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import Engine

from services.metrics.telemetry import ServiceCollector
from services.metrics.telemetry.service import ServiceCounts
from services.metrics.testing import Service
from shared.events.records import Record
from shared.messaging.progress import Progress
from shared.messaging.relay import OutboxRelay
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, writing
from shared.storage.migrations import migrate
from shared.storage.outbox import OutboxRow
from shared.telemetry import PipelineCollector, StoreCounts, store_counts
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, records_of

NOW = datetime(2026, 6, 10, tzinfo=UTC)
TOPIC = "cluster.facts.v1"


class Relay:
    published = 7


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(CommonSettings(data_dir=tmp_path), "metrics")
    migrate(opened, "metrics")
    yield opened
    opened.dispose()


def registry_of(progress: Progress, read: object) -> CollectorRegistry:
    registry = CollectorRegistry()
    relay = cast("OutboxRelay", Relay())
    registry.register(PipelineCollector("metrics", progress, relay, read))  # type: ignore[arg-type]
    return registry


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(
        f"clusterwatch_pipeline_{name}", {"component": "metrics", **labels}
    )


def counted(engine: Engine) -> StoreCounts:
    with reading(engine) as connection:
        return store_counts(connection)


def test_every_state_and_each_reason_of_refusal_is_told(engine: Engine) -> None:
    service = Service(engine, load_catalogue(), FixedClock(NOW))
    good = records_of([fact("szah-lb-bearings", "a", "2026-05", ytd=1)])
    bad = [Record(TOPIC, 0, 9, 1, b"k", text, ()) for text in (b"{", b"{", b"[]")]
    service.consume([*good, *good, *bad])

    registry = registry_of(Progress(), lambda: counted(engine))

    assert value(registry, "records_consumed_total", topic=TOPIC) == 5
    states = {s: value(registry, "records", topic=TOPIC, state=s) for s in ("applied", "duplicate")}
    assert states == {"applied": 1, "duplicate": 1}
    assert value(registry, "records", topic=TOPIC, state="dead_lettered") == 3
    assert value(registry, "dead_letters_total", topic=TOPIC, reason="not_json") == 2
    assert value(registry, "dead_letters_total", topic=TOPIC, reason="wrong_type") == 1
    assert value(registry, "outbox_records") == 3
    assert value(registry, "records_published_total") == 7


def test_the_outbox_is_as_deep_as_records_wait(engine: Engine) -> None:
    with writing(engine) as connection:
        assert outbox.depth(connection) == 0
        for number in (2, 3):
            outbox.enqueue(connection, [OutboxRow("t", None, b"x")] * number)
        assert outbox.depth(connection) == 5
        outbox.remove(connection, outbox.take(connection, 2))
        assert outbox.depth(connection) == 3


def test_while_the_store_does_not_answer_the_last_counts_stand_with_their_age() -> None:
    answers = iter([StoreCounts({TOPIC: {"consumed": 4}}, {}, 2, NOW.timestamp())])

    def read() -> StoreCounts:
        try:
            return next(answers)
        except StopIteration:
            raise OSError("the store is away") from None

    registry = registry_of(Progress(), read)

    for _ in range(2):
        assert value(registry, "records_consumed_total", topic=TOPIC) == 4
    assert value(registry, "counts_timestamp_seconds") == NOW.timestamp()


def test_delays_run_from_kafkas_time_to_the_stored_batch() -> None:
    progress = Progress()
    stored_at = NOW.timestamp()
    ages = (0.05, 0.3, 700.0)
    records = [Record(TOPIC, 0, 0, int((stored_at - age) * 1000), None, None, ()) for age in ages]

    progress.stored(records, stored_at)
    progress.stored([Record(TOPIC, 0, 1, int(stored_at * 1000) + 5000, None, None, ())], stored_at)

    registry = registry_of(progress, StoreCounts)
    found = {
        le: value(registry, "delay_seconds_bucket", topic=TOPIC, le=le)
        for le in ("0.1", "0.5", "300.0", "900.0", "+Inf")
    }
    assert found == {"0.1": 2, "0.5": 3, "300.0": 3, "900.0": 4, "+Inf": 4}
    assert value(registry, "batch_records_count") == 2
    assert value(registry, "batch_records_sum") == 4


def test_the_whole_way_is_measured_from_the_report_not_from_the_fact() -> None:
    counts = ServiceCounts()
    reported = NOW - timedelta(seconds=20)

    counts.stored({round(reported.timestamp() * 1000): 1}, NOW.timestamp())

    registry = CollectorRegistry()
    registry.register(ServiceCollector(counts, lambda: NOW))
    name = "clusterwatch_metrics_end_to_end_delay_seconds"
    assert registry.get_sample_value(f"{name}_sum") == 20
    assert registry.get_sample_value(f"{name}_bucket", {"le": "10.0"}) == 0
    assert registry.get_sample_value(f"{name}_bucket", {"le": "30.0"}) == 1


def test_forecasts_are_counted_by_method() -> None:
    counts = ServiceCounts(forecasts_waiting=3)
    for method in ("pace", "mean_of_three", "pace", None):
        counts.made(method)

    registry = CollectorRegistry()
    registry.register(ServiceCollector(counts, lambda: NOW))
    name = "clusterwatch_metrics_forecasts"
    methods = ("pace", "mean_of_three", "none")
    found = [registry.get_sample_value(f"{name}_total", {"method": each}) for each in methods]
    assert found == [2, 1, 1]
    assert registry.get_sample_value(f"{name}_waiting") == 3
