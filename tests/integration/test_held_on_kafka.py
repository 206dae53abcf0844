"""A slip on a real Kafka: held, confirmed at the terminal, counted; a kill loses no decision."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.launcher.local_kafka import LocalKafka
from shared.events.decisions import DECISIONS_TOPIC
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.inputs import RECORD_KEYS
from shared.events.notices import NOTICES_TOPIC, Notice, NoticeKind
from shared.testing.events import Body, output, registration, topic_of
from shared.testing.kafka import consume_all
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.kafka

NUMBERS = (1, 2, 3)
MAKER = {"region": "341323", "industry": "3451"}


def report(number: int, period: str, ytd: int, **fields: object) -> Body:
    return output(
        number,
        period=period,
        ytd=ytd,
        month=None,
        month_last_year=None,
        ytd_last_year=None,
        **fields,
    )


YEAR = [
    body
    for number in NUMBERS
    for body in (
        registration(number, **MAKER),
        report(number, "2025-05", 40_000),
        report(number, "2025-12", 100_000),
    )
]
SLIPS = [report(number, "2026-05", 45_000_000) for number in NUMBERS]


def events(bodies: list[Body]) -> list[tuple[str, bytes, bytes]]:
    return [
        (topic_of(body), body[RECORD_KEYS[topic_of(body)]].encode(), msgspec.json.encode(body))
        for body in bodies
    ]


def facts(kafka: LocalKafka) -> dict[str, Fact]:
    """Newest fact of each key of last May's successor, without retractions."""
    newest: dict[str, Fact] = {}
    for _, _, _, value, _ in consume_all(kafka.bootstrap, FACTS_TOPIC):
        fact = msgspec.json.decode(value or b"", type=Fact)
        if fact.period == "2026-05" and fact.unit == "szah-lb-bearings":
            known = newest.get(fact.key)
            newest[fact.key] = fact if known is None or fact.version > known.version else known
    return {key: fact for key, fact in newest.items() if not fact.deleted}


def run(system: Any, *words: str) -> tuple[int, str]:
    address = system.url("ingest", "")
    result = CliRunner().invoke(app, [*words, "--ingest", address], env={"COLUMNS": "300"})
    return result.exit_code, result.output


def held(system: Any) -> list[str]:
    return [item["id"] for item in system.get("ingest", "/api/v1/held")["items"]]


def test_a_slip_is_held_confirmed_at_the_terminal_and_counted(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    system = make_system(empty_topics.bootstrap)
    system.start("ingest")
    system.send(events([*YEAR, *SLIPS]))
    counts = system.wait_consumed("ingest", len(YEAR) + len(SLIPS))
    assert counts["held"] == 3
    assert facts(empty_topics) == {}

    code, text = run(system, "held", "list")
    assert (code, "3 held" in text, "unit slip by 1,000" in text) == (0, True, True), text
    first, second, third = held(system)
    code, text = run(system, "held", "show", first)
    assert code == 0
    assert "compared with: 40,000,000 (same period last year, 2025-05)" in text

    decided = ("--who", "李四", "--why", "new line, telephoned")
    assert run(system, "held", "confirm", first, *decided)[0] == 0
    code, text = run(system, "held", "reject", second, *decided)
    assert (code, "rejected" in text) == (0, True), text
    code, text = run(system, "held", "confirm", third, "--who", "李四", "--why", " ")
    assert (code, "must say something" in text) == (1, True)

    wait_until(lambda: len(facts(empty_topics)) == 1, seconds=60, what="one report counts")
    (fact,) = facts(empty_topics).values()
    assert (fact.ytd, fact.subject) == (45_000_000_000, first.partition(".")[0])
    assert held(system) == [third]
    assert system.get("ingest", "/api/v1/reconciliation")["held"] == 2
    actions = [item["action"] for item in system.get("ingest", "/api/v1/audit")["items"]]
    assert actions == ["report_rejected", "report_confirmed"]
    told = [
        msgspec.json.decode(value or b"", type=Notice).kind
        for _, _, _, value, _ in consume_all(empty_topics.bootstrap, NOTICES_TOPIC)
    ]
    kinds = (NoticeKind.REPORT_HELD, NoticeKind.REPORT_CONFIRMED, NoticeKind.REPORT_REJECTED)
    assert all(kind in told for kind in kinds)


def test_a_kill_right_after_a_decision_loses_nothing_and_a_rebuild_decides_alike(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    system = make_system(empty_topics.bootstrap)
    system.start("ingest")
    system.send(events([*YEAR, *SLIPS]))
    system.wait_consumed("ingest", len(YEAR) + len(SLIPS))
    first, second, third = held(system)

    # The answer comes when the decision is in the outbox: Kafka may not have it yet.
    for one, verb in ((first, "confirm"), (second, "reject")):
        answer = httpx.post(
            system.url("ingest", f"/api/v1/held/{one}/{verb}"),
            json={"who": "李四", "why": "telephoned"},
            timeout=30,
        )
        assert answer.status_code == 202, answer.text
        system.kill("ingest")
        system.start("ingest")
    counts = system.wait_consumed("ingest", len(YEAR) + len(SLIPS) + 2)
    assert (counts["held"], held(system)) == (2, [third])

    # From the topics alone, on an empty store.
    system.kill("ingest")
    for file in system.folder.glob("ingest.sqlite3*"):
        file.unlink()
    system.start("ingest")
    again = system.wait_consumed("ingest", len(YEAR) + len(SLIPS) + 2)
    assert (again["held"], held(system)) == (2, [third])
    assert system.get("ingest", f"/api/v1/held/{second}")["state"] == "rejected"
    sent = {value for _, _, _, value, _ in consume_all(empty_topics.bootstrap, DECISIONS_TOPIC)}
    assert len(sent) == 2
