"""What the manifests' probes are told by services that cannot work."""

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import free_ports
from clusterwatch.services import SERVICES
from shared.testing.load import Place, build_load
from shared.testing.manifests import OVERLAYS, environment, of_kind, probe_of
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.kubectl

PATIENCE = 240.0
STARTED, ALIVE, READY = "startup", "liveness", "readiness"
STALL = "CLUSTERWATCH_STALL_SECONDS"


def says(system: Any, service: str, kind: str) -> set[int]:
    """Statuses of the answers to a probe, asked as each overlay says."""
    paths = {probe_of(overlay, service, kind).path for overlay in OVERLAYS}
    return {httpx.get(system.url(service, path), timeout=60).status_code for path in paths}


def test_services_that_have_not_reached_kafka_yet_are_alive_but_not_ready(
    make_system: Callable[..., Any],
) -> None:
    (nobody,) = free_ports(1)
    system = make_system(f"127.0.0.1:{nobody}")
    with pytest.raises(TimeoutError):
        system.start(*SERVICES, seconds=1)
    for service in SERVICES:
        wait_until(
            lambda service=service: says(system, service, ALIVE) == {200},  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"{service} answers",
        )
        assert says(system, service, STARTED) == says(system, service, READY) == {503}
        log = system.folder / f"{service}.log"
        wait_until(
            lambda log=log: log.read_text(encoding="utf-8").count("kafka_not_reached") > 1,  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"{service} tries again",
        )
        assert "Unclosed" not in log.read_text(encoding="utf-8")


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_service_that_makes_no_progress_is_not_alive_until_it_does(
    empty_topics: LocalKafka, make_system: Callable[..., Any], database_url: str
) -> None:
    system = make_system(empty_topics.bootstrap, database_url=database_url, stall_seconds="1")
    system.start("ingest")
    assert says(system, "ingest", ALIVE) == {200}
    load = build_load(5, events=200, places=(Place("341323", "3451", ()),), periods=("2025-02",))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter table ingest.line rename to put_aside")
        system.send(load.events)
        wait_until(
            lambda: says(system, "ingest", ALIVE) == {503},
            seconds=PATIENCE,
            what="the batch is not stored, and a restart is asked for",
        )
        connection.execute("alter table ingest.put_aside rename to line")
    wait_until(lambda: says(system, "ingest", ALIVE) == {200}, seconds=PATIENCE, what="it goes on")
    system.wait_consumed("ingest", len(load.events))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_manifest_changes_when_a_service_counts_as_stalled(overlay: str) -> None:
    for item in of_kind(overlay, "Deployment"):
        (container,) = item["spec"]["template"]["spec"]["containers"]
        assert STALL not in environment(overlay, container)
