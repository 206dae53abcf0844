"""Backed up under load, restored elsewhere, gone on from Kafka: the totals of a run undisturbed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import Cell, Load, Place, build_load
from shared.testing.waiting import wait_until

EVENTS = 3_000
PERIODS = ("2025-02", "2025-03", "2025-04", "2025-05")
PLACES = (
    Place("341323", "3451", ("szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi")),
    Place("341324", "3670", ("szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian")),
)
SETTINGS = {
    "confidentiality": "off",
    "confidentiality_off_reason": "simulated figures are compared with an oracle",
    "batch_size": "200",
}


def clusterwatch(system: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clusterwatch", *arguments],
        env=system.environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def totals(system: Any, load: Load) -> dict[Cell, tuple[int, int]]:
    """Month and year-to-date of every cell that the oracle knows."""
    found = {}
    for unit, indicator in {(cell.unit, cell.indicator) for cell in load.totals}:
        page = system.get(
            "metrics", f"/api/v1/clusters/{unit}/history", indicator=indicator, limit="100"
        )
        for item in page["items"]:
            if item["period"] in PERIODS:
                found[Cell(unit, indicator, item["period"])] = (item["month"], item["ytd"])
    return found


def check(system: Any, load: Load) -> None:
    system.wait_consumed("ingest", len(load.events))

    def equal() -> bool:
        assert totals(system, load) == load.totals
        return True

    wait_until(equal, seconds=240, what="the totals equal the oracle's")


def go_on_from_a_backup(
    load: Load, first: Any, second: Any, folder: Path, *, force: bool = False
) -> None:
    """`first` is backed up while it works and then finishes; `second` goes on from the backup."""
    half = len(load.events) // 2
    clusterwatch(first, "migrate")
    first.start("ingest", "metrics")
    first.send(load.events[:half])
    first.wait_consumed("ingest", half // 2)
    rest = Thread(target=first.send, args=(load.events[half:],))
    rest.start()

    made = clusterwatch(first, "backup", str(folder))

    rest.join()
    check(first, load)
    refused = clusterwatch(second, "restore", str(folder))
    first.stop()
    restored = clusterwatch(second, "restore", str(folder), *(["--force"] if force else []))
    assert made.returncode == 0, made.stdout + made.stderr
    assert refused.returncode == 1
    assert "stop all their replicas" in refused.stderr.replace("\n", " ")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    second.start("ingest", "metrics")
    check(second, load)
    counts = second.get("ingest", "/api/v1/reconciliation")
    assert counts["consumed"] == len(load.events)
    assert counts["dead_lettered"] == 0


@pytest.mark.kafka
def test_a_restored_sqlite_backup_goes_on_to_the_same_totals(
    empty_topics: LocalKafka, make_system: Callable[..., Any], tmp_path: Path
) -> None:
    load = build_load(31, events=EVENTS, places=PLACES, periods=PERIODS)
    systems = [make_system(empty_topics.bootstrap, **SETTINGS) for _ in range(2)]

    go_on_from_a_backup(load, systems[0], systems[1], tmp_path / "backup")


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.usefixtures("pg_programs")
def test_a_restored_postgresql_backup_goes_on_to_the_same_totals(
    empty_topics: LocalKafka,
    make_system: Callable[..., Any],
    make_database: Callable[[], str],
    tmp_path: Path,
) -> None:
    load = build_load(32, events=EVENTS // 2, places=PLACES, periods=PERIODS)
    systems = [
        make_system(empty_topics.bootstrap, database_url=make_database(), **SETTINGS)
        for _ in range(2)
    ]

    go_on_from_a_backup(load, systems[0], systems[1], tmp_path / "backup")
    for system in systems:
        system.stop()


@pytest.fixture
def pg_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` and `pg_restore`: Debian keeps the server's own beside `initdb`."""
    from shared.testing.postgres import server_program  # noqa: PLC0415 - only where it is there

    program = server_program("postgres")
    assert program is not None
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{program.parent}")
