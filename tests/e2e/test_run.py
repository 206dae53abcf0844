"""`clusterwatch run` on a real Apache Kafka, as a newcomer sees it."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from demo.history import DEFAULT_SEED, build_world, last_due, ranked
from demo.messages import CHINA, Message
from demo.population import build_population
from demo.reports import correction
from shared.testing.browsing import BROWSER_FLAGS, FAULTS_OF_TEXT
from shared.testing.kafka import consume_all
from shared.testing.suites import browser_program
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.kafka

JUDGED = {"achieved", "on_track", "behind", "far_behind", "moving_away", "off_track"}
CODE = re.compile(r"\b9[0-9A-Z]{17}\b")
BEARINGS = "szah-lb-bearings"
_LATE_REVISION = 90  # above those of the simulated feed


@pytest.fixture(scope="module")
def run(start_run: Callable[..., Any]) -> Any:
    """A run whose simulated reports of the newest month have come in."""
    running = start_run()

    def judged() -> list[Any] | None:
        items = clusters(running)
        bearings = next(item for item in items if item["cluster"] == BEARINGS)
        enough = sum(item["verdict"] in JUDGED for item in items) >= 10
        return items if enough and bearings["verdict"] in JUDGED else None

    wait_until(judged, seconds=400, what="ten clusters are judged for the newest month")
    return running


def clusters(running: Any) -> list[Any]:
    """Clusters with a target of the first plan, in the newest period."""
    page = running.get("METRICS_PORT", "/api/v1/clusters", kind="cluster")
    return [item for item in page["items"] if item["target"] is not None]


def test_it_says_which_broker_it_uses_and_that_everything_is_simulated(run: Any) -> None:
    said = run.said()
    assert "Apache Kafka" in said
    assert "simulated" in said
    assert "模拟" in said


def test_fifteen_clusters_are_judged_against_their_targets_of_2027(run: Any) -> None:
    items = clusters(run)
    assert len(items) == 15
    assert {item["target"]["year"] for item in items} == {2027}
    wait_until(
        lambda: {"green", "orange"} <= {item["colour"] for item in clusters(run)},
        seconds=180,  # the reports of the newest month go on coming in
        what="some clusters are on track and some far behind",
    )


def test_the_bearings_cluster_starts_from_its_published_size(run: Any) -> None:
    """Or shows no figure at all: month by month it is one of those that may protect others."""
    bearings = run.get("METRICS_PORT", f"/api/v1/clusters/{BEARINGS}")
    base = None if bearings["base"] is None else bearings["base"]["value"]
    assert base == (None if bearings["suppressed"] else pytest.approx(24.9e8, rel=0.01))
    assert bearings["target"] == {"year": 2027, "value": 10_000_000_000, "comparator": ">"}


def test_nothing_is_lost_on_the_way(run: Any) -> None:
    for port in ("INGEST_PORT", "METRICS_PORT", "ALERTS_PORT"):
        counts = run.get(port, "/api/v1/reconciliation")
        states = ("applied", "duplicate", "stale", "parked", "held", "dead_lettered")
        assert counts["consumed"] == sum(counts[state] for state in states) > 0


def test_no_enterprise_is_visible_outside_ingest(run: Any) -> None:
    population = build_population(DEFAULT_SEED, last_due(run.today))
    names = {enterprise.name for enterprise in population}
    codes = {enterprise.uscc for enterprise in population}
    assert len(names) > 600
    bootstrap = f"127.0.0.1:{run.ports['KAFKA_PORT']}"
    texts = [
        f"{key!r} {value.decode() if value else ''}"
        for topic in ("cluster.facts.v1", "cluster.status.v1", "alerts.events.v1")
        for _, _, key, value, _ in consume_all(bootstrap, topic)
    ]
    texts += [
        httpx.get(run.url(port, path), timeout=60).text
        for port, path in (
            ("INGEST_PORT", "/metrics"),
            ("METRICS_PORT", "/metrics"),
            ("METRICS_PORT", "/api/v1/clusters?limit=1000"),
            ("METRICS_PORT", f"/api/v1/clusters/{BEARINGS}/history?indicator=gross_output"),
            ("ALERTS_PORT", "/metrics"),
            ("ALERTS_PORT", "/api/v1/alerts"),
            ("ALERTS_PORT", "/api/v1/deliveries"),
        )
    ]
    everything = "\n".join(texts)
    assert not codes & set(CODE.findall(everything))
    assert not [name for name in names if name in everything]


def test_an_alert_reaches_a_robots_inbox_with_its_reason(run: Any) -> None:
    def arrived() -> list[Any]:
        return [
            item
            for item in run.get("DEMO_INBOX_PORT", "/messages")["items"]
            if item["status"] == "firing"
        ]

    messages = wait_until(arrived, seconds=180, what="a message in the simulated inbox")
    text = messages[0]["title"] + messages[0]["text"]
    assert "模拟数据" in text
    assert "责任主体" in text


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=BROWSER_FLAGS)
        yield browser.new_page(viewport={"width": 1366, "height": 768})
        browser.close()


@pytest.mark.browser
def test_the_wall_shows_the_figures_of_the_api_without_a_fault(run: Any, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(run.url("METRICS_PORT", "/wall?rotate=0"))
    page.get_by_text("轴承制造主导产业").first.wait_for()

    def agrees() -> bool:
        return all(
            ("不公开" if item["suppressed"] else on_the_wall(item["ytd"]))
            in page.locator(f'.rows [data-unit="{item["cluster"]}"]').inner_text()
            for item in clusters(run)
        )

    wait_until(agrees, seconds=60, what="the wall shows every cluster's year-to-date")
    assert "模拟数据" in page.inner_text("body")
    wait_until(
        lambda: re.fullmatch(r"预警 \d+/\d+", page.inner_text("#ticker .head")),
        seconds=60,
        what="the ticker shows the alerts service's alerts",
    )
    assert page.evaluate(FAULTS_OF_TEXT) == []
    assert said == []


def on_the_wall(ytd: int) -> str:
    """A year-to-date as the wall writes it: 亿, two decimals below a hundred."""
    scaled = ytd / 1e8
    return f"{scaled:,.2f}" if scaled < 99.995 else f"{scaled:,.1f}"


def plain_correction(run: Any, cluster: str) -> Message | None:
    """An enterprise of the cluster reports half as much again as before, as a bare event."""
    world = build_world(DEFAULT_SEED, run.today)
    at = datetime.now(CHINA)
    corrections = (
        correction(world.seed, world.figures, enterprise, world.last, _LATE_REVISION, 1.5, at)
        for enterprise in ranked(world, cluster)
    )
    return next((sent for sent in corrections if not sent.headers), None)


def send(run: Any, message: Message) -> None:
    answer = httpx.post(
        run.url("INGEST_PORT", f"/api/v1/events/{message.topic}"),
        content=message.value,
        headers={"Content-Type": "application/x-ndjson"},
        timeout=30,
    )
    assert answer.json()["accepted"] == 1


@pytest.mark.browser
def test_a_report_that_is_sent_changes_the_wall_without_reload(run: Any, page: Page) -> None:
    shown = [item for item in clusters(run) if not item["suppressed"] and item["ytd"]]
    before, report = next(
        (item, found)
        for item in sorted(shown, key=lambda item: item["ytd"])  # where it shows most
        if (found := plain_correction(run, item["cluster"])) is not None
    )
    page.goto(run.url("METRICS_PORT", f"/wall?rotate=0#/cluster/{before['cluster']}"))
    page.evaluate("window.notReloaded = true")
    figure = page.locator(".cluster > .figures b").first
    figure.wait_for()

    send(run, report)

    def ytd() -> int:
        return int(run.get("METRICS_PORT", f"/api/v1/clusters/{before['cluster']}")["ytd"])

    wait_until(lambda: ytd() > before["ytd"], seconds=60, what="the report counts")
    # The simulated feed goes on meanwhile: what counts is that page and API agree again.
    wait_until(
        lambda: on_the_wall(ytd()) in figure.inner_text(), seconds=60, what="the wall has it"
    )
    assert on_the_wall(before["ytd"]) not in figure.inner_text()
    assert page.evaluate("window.notReloaded") is True


def test_ctrl_c_stops_everything(run: Any) -> None:
    assert run.interrupt() == 0
    assert "stopped" in run.said()
    for port in ("INGEST_PORT", "METRICS_PORT", "ALERTS_PORT", "KAFKA_PORT"):
        with pytest.raises(httpx.ConnectError):
            httpx.get(run.url(port, "/"), timeout=5)
