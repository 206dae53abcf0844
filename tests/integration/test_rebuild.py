"""From the topics alone the same figures come back, with the same history."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.rebuild import kafka
from clusterwatch.rebuild.stores import position, unassessed
from services.ingest.domain.erasures import ERASED_NAME
from shared.events.facts import FACTS_TOPIC
from shared.events.status import STATUS_TOPIC
from shared.messaging.topics import topic_identities
from shared.settings import CommonSettings
from shared.storage import open_engine, reading
from shared.testing.load import Load, Place, build_load
from shared.testing.waiting import wait_until

PLACES = (
    Place("341323", "3451", ("szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi")),
    Place("341324", "3670", ("szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian")),
)
PERIODS = ("2024-12", "2025-02", "2025-03")
OPEN = {
    "confidentiality": "off",
    "confidentiality_off_reason": "simulated figures are compared",
    "base_settle_seconds": "0",
}
UNITS = ("szah-lb-bearings", "szah-equipment", "suzhou-ah-sixian")
MOVING = {"version", "data_age_days", "forecast", "forecast_current", "probability", "outlook"}
"""Depend on the moment of the assessment, not on the reports alone."""


def rebuild(system: Any, *options: str) -> subprocess.CompletedProcess[str]:
    return command(system, "rebuild", "--yes", *options)


def command(system: Any, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clusterwatch", *words],
        env=system.environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def figures(system: Any) -> dict[str, Any]:
    """All that the read API says of some units in every period."""
    return {
        f"{unit} {item['period']}": {k: v for k, v in item.items() if k not in MOVING}
        for unit in UNITS
        for item in system.get("metrics", f"/api/v1/clusters/{unit}/history")["items"]
    }


def undated(found: dict[str, Any]) -> str:
    """Figures without the moment of the newest input.

    Partitions are read in another order then: a report that waited for its enterprise has the
    register's moment, one that came after it its own.
    """
    plain = {key: {k: v for k, v in item.items() if k != "as_of"} for key, item in found.items()}
    return json.dumps(plain, sort_keys=True)


def settled(system: Any) -> dict[str, Any]:
    """The figures once ingest has sent, and metrics has taken and assessed, all facts."""
    settings = CommonSettings(data_dir=system.folder)
    ingest, metrics = (open_engine(settings, service) for service in ("ingest", "metrics"))
    identities = topic_identities(system.bootstrap, [FACTS_TOPIC])

    def at_rest() -> bool:
        sent = position(ingest, {}, {}).finished
        ends = kafka.ends(system.bootstrap, [FACTS_TOPIC])
        return sent and position(metrics, identities, ends).finished and not unassessed(metrics)

    wait_until(at_rest, seconds=120, what="metrics has assessed everything")
    ingest.dispose()
    metrics.dispose()
    return figures(system)


@pytest.mark.kafka
def test_a_rebuild_onto_more_partitions_gives_the_same_figures_and_keeps_erased_what_was(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    load = build_load(11, events=1_500, places=PLACES, periods=PERIODS)
    system = make_system(empty_topics.bootstrap, **OPEN)
    system.start("ingest", "metrics")
    system.send([*load.events, ("stats.output.v1", b"x", b"no json")])
    counts = system.wait_consumed("ingest", len(load.events) + 1)
    assert counts["held"] > 0
    before = settled(system)
    refused = rebuild(system)
    system.stop()
    lose(Path(system.folder))

    done = rebuild(system, "--partitions", "9")

    assert refused.returncode == 1
    assert "stop all their replicas" in refused.stderr.replace("\n", " ")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(load.events) + 1:,} consumed" in done.stdout
    system.start("ingest", "metrics")
    after = settled(system)
    assert any(item["ytd"] for item in before.values())
    assert undated(after) == undated(before)
    again = system.get("ingest", "/api/v1/reconciliation")
    assert again["consumed"] == counts["consumed"]
    assert again["dead_lettered"] == 1
    made = {FACTS_TOPIC: 9, STATUS_TOPIC: 9}
    specs = kafka.as_they_are(system.bootstrap, made)
    assert {spec.name: spec.partitions for spec in specs} == made
    assert again["held"] == counts["held"]
    system.stop()
    check_erased(system, load)


def check_erased(system: Any, load: Load) -> None:
    """The topics hold all of it still; a rebuild brings neither the name nor the records back."""
    reports = Counter(event.key.decode() for event in load.events)
    nameless, gone = (code for code, _ in reports.most_common(2))
    named = register(system)
    for code, *reach in ((nameless,), (gone, "--records")):
        done = command(system, "erase", "enterprise", code, "--why", "on request", *reach)
        assert done.returncode == 0, done.stdout + done.stderr

    done = rebuild(system)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{reports[gone]:,} erased" in done.stdout
    del named[gone]
    assert register(system) == named | {nameless: ERASED_NAME}


def register(system: Any) -> dict[str, str]:
    """Names of enterprises by credit code."""
    engine = open_engine(CommonSettings(data_dir=system.folder), "ingest")
    with reading(engine) as connection:
        rows = connection.execute(
            text("select code, name from registration join subject on subject.id = subject_id")
        )
        found = {str(code): str(name) for code, name in rows}
    engine.dispose()
    return found


def lose(folder: Path) -> None:
    """Both databases are gone; the token secret is not."""
    for service in ("ingest", "metrics"):
        for file in folder.glob(f"{service}.sqlite3*"):
            shutil.move(file, folder / f"lost-{file.name}")
