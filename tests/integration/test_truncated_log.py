"""A broker that loses acknowledged records gives their offsets to new ones: those are read too."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.messaging.topics import ensure_topics, topic_specs
from shared.testing.load import Load, Place, build_load
from shared.testing.waiting import wait_until

OUTPUT = "stats.output.v1"
BEARINGS = "szah-lb-bearings"
PLACE = Place("341323", "3451", (BEARINGS,))
PERIODS = ("2025-02", "2025-03", "2025-04")
OPEN = {"confidentiality": "off", "confidentiality_off_reason": "compared with an oracle"}


def lose_all_records(broker: LocalKafka, topic: str) -> None:
    """What a power cut can do to a log that was not flushed; the topic keeps its id."""
    (folder,) = (broker.data_dir / "log").glob(f"{topic}-*")
    for file in folder.iterdir():
        if file.name != "partition.metadata":
            file.unlink()


def check_totals(system: Any, load: Load) -> None:
    def equal() -> bool:
        path = f"/api/v1/clusters/{BEARINGS}/history"
        items = system.get("metrics", path, indicator="gross_output")["items"]
        found = {item["period"]: (item["month"], item["ytd"]) for item in items}
        assert found == {cell.period: totals for cell, totals in load.totals.items()}
        return True

    wait_until(equal, seconds=120, what="the totals equal the oracle's")


@pytest.mark.kafka
@pytest.mark.parametrize("running", [True, False], ids=["while running", "while stopped"])
def test_records_at_offsets_that_were_read_before_are_not_skipped(
    tmp_path: Path, make_system: Callable[..., Any], *, running: bool
) -> None:
    load = build_load(5, events=400, places=(PLACE,), periods=PERIODS)
    register = [event for event in load.events if event.topic != OUTPUT]
    lines = [event for event in load.events if event.topic == OUTPUT]
    before, after = lines[:200], lines[200:]
    assert len(after) < len(before)
    with LocalKafka(tmp_path / "kafka", tmp_path / "kafka.log") as broker:
        ensure_topics(broker.bootstrap, topic_specs(1))
        system = make_system(broker.bootstrap, **OPEN)
        system.start("ingest", "metrics")
        system.send([*register, *before])
        system.wait_consumed("ingest", len(register) + len(before))
        if not running:
            system.stop()
        broker.stop()
        lose_all_records(broker, OUTPUT)
        broker.start()
        system.send(after)
        if not running:
            system.start("ingest", "metrics")
        system.wait_consumed("ingest", len(load.events))
        check_totals(system, load)
        system.stop()
    log = (Path(system.folder) / "ingest.log").read_text(encoding="utf-8")
    assert "log_truncated" in log
