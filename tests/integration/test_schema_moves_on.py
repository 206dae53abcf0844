"""This version goes on, and starts again, on stores that a later version has migrated under it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.services import SERVICES
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import revisions, schema_state
from shared.storage.standing import Standing
from shared.testing.load import Cell, Load, Place, build_load
from shared.testing.released_schemas import tables_of
from shared.testing.waiting import wait_until

PERIODS = ("2026-02", "2026-03")
PLACES = (
    Place("341323", "3451", ("szah-lb-bearings", "suzhou-ah-lingbi", "suzhou-ah")),
    Place("341371", "2221", ("szah-suma-paper", "suzhou-ah-suma", "suzhou-ah")),
)
SETTINGS = {
    "confidentiality": "off",
    "confidentiality_off_reason": "simulated figures are compared with an oracle",
    "held_reports": "off",
    "held_reports_off_reason": "simulated figures leap",
    "batch_size": "100",
}
PATIENCE = 240
ADDED = (
    "alter table {table} add column tomorrow varchar",
    "alter table {table} add column tomorrow_count bigint not null default 0",
    "create index {table}_tomorrow on {table} (tomorrow)",
)
"""All that the rule for migrations allows, for every table."""


def move_on(url: str, service: str) -> Standing:
    """Migrate as the next version may; a deadlock with a batch under way undoes it as a whole."""
    engine = open_engine(CommonSettings(database_url=SecretStr(url)), service)
    try:
        _add_everywhere(engine, service)
        return schema_state(engine, service).standing
    finally:
        engine.dispose()


def _add_everywhere(engine: Engine, service: str) -> None:
    with engine.begin() as connection:
        for table in tables_of(connection):
            for statement in ADDED:
                connection.execute(text(statement.format(table=table.name)))
        connection.execute(text("create table tomorrow (id bigint primary key)"))
        connection.execute(
            text("update alembic_version set version_num = :next, compatible_from = :now"),
            {"next": f"{service}_999", "now": revisions(service)[-1]},
        )


def tells(system: Any, load: Load) -> bool:
    """Whether metrics tells the oracle's totals."""
    found = {}
    for unit in {cell.unit for cell in load.totals}:
        page = system.get("metrics", f"/api/v1/clusters/{unit}/history", indicator="gross_output")
        for item in page["items"]:
            found[Cell(unit, "gross_output", item["period"])] = (item["month"], item["ytd"])
    return {cell: found.get(cell) for cell in load.totals} == load.totals


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_running_version_survives_a_later_schema_and_can_be_started_on_it(
    empty_topics: LocalKafka, make_system: Callable[..., Any], database_url: str
) -> None:
    load = build_load(20280103, events=900, places=PLACES, periods=PERIODS)
    system = make_system(empty_topics.bootstrap, database_url=database_url, **SETTINGS)
    system.start(*SERVICES)
    third = len(load.events) // 3
    system.send(load.events[:third])
    system.wait_consumed("ingest", third // 2)

    for service in SERVICES:
        moved = wait_until(
            partial(move_on, database_url, service),
            seconds=60,
            what=f"the store of {service} is migrated",
        )
        assert moved is Standing.NEWER

    system.send(load.events[third : 2 * third])
    system.wait_consumed("ingest", 2 * third)
    system.stop()
    system.start(*SERVICES)
    system.send(load.events[2 * third :])
    counts = system.wait_consumed("ingest", len(load.events), seconds=PATIENCE)
    assert counts["consumed"] == len(load.events)
    assert counts["parked"] == counts["dead_lettered"] == 0
    wait_until(lambda: tells(system, load), seconds=PATIENCE, what="the oracle's totals are told")
    assert system.text("alerts", "/readyz")
