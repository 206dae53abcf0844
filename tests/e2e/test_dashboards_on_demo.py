"""Every query of every dashboard and every rule on the running demo, through a real Prometheus."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clusterwatch.grafana.rendering import dashboards
from shared.testing.prometheus import Prometheus, filled, running, shipped
from shared.testing.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"
_FORECAST = 'clusterwatch_cluster_target_probability_ratio{kind="cluster", main="true"}'
_ANY = ".+"
"""Each query must find some cluster; not every one has investment, or was ever on track."""

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus]


@pytest.fixture(scope="module")
def prometheus(
    start_run: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Prometheus with the shipped rules and relabelling on the demo's three services."""
    run = start_run(
        CLUSTERWATCH_CONFIDENTIALITY="off",
        CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON="simulated figures, every panel must show some",
    )
    targets = {
        f"clusterwatch-{service}": f"127.0.0.1:{run.ports[f'{service.upper()}_PORT']}"
        for service in ("ingest", "metrics", "alerts")
    }
    with running(shipped(DEPLOY, targets, "2s"), tmp_path_factory.mktemp("prometheus")) as found:
        yield found


def test_no_query_of_a_dashboard_is_empty(prometheus: Prometheus) -> None:
    queries = {
        f"{board['title']}: {panel['title']}: {target['expr']}": target["expr"].replace(
            '="$cluster"', '=~"$cluster"'
        )
        for board in dashboards().values()
        for panel in board["panels"]
        for target in panel.get("targets", [])
    }

    wait_until(
        lambda: prometheus.ask(_FORECAST), seconds=600, what="the demo has forecast a cluster"
    )

    def empty() -> list[str]:
        return [name for name, query in queries.items() if not prometheus.ask(filled(query, _ANY))]

    try:
        wait_until(lambda: not empty(), seconds=180, what="every query returns data")
    except TimeoutError:
        pytest.fail("empty: " + "\n".join(empty()))


def test_every_rule_evaluates_and_nothing_is_wrong_with_the_demo(prometheus: Prometheus) -> None:
    wait_until(
        lambda: all(rule["health"] == "ok" for rule in prometheus.rules()),
        seconds=60,
        what="every rule is evaluated without an error",
    )
    for rule in prometheus.rules():
        if rule["type"] == "recording":
            assert prometheus.ask(rule["name"]), rule["name"]
    firing = {rule["name"] for rule in prometheus.rules() if rule.get("state") == "firing"}
    # The simulated feed sends some bad records on purpose.
    assert firing <= {"Watchdog", "ClusterwatchDeadLetters", "ClusterwatchDeliveriesGivenUp"}
