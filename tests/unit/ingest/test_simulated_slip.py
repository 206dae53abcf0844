"""The simulated slip is held, and nothing else of its cluster's years of noisy reports is."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from demo.history import DEFAULT_SEED, World, build_world, held_report, history
from demo.messages import ENTERPRISE, OUTPUT, Message
from demo.oracle import HomeRules, totals
from demo.population import cluster_of
from services.ingest.adapters.held_lines import held_lines
from services.ingest.domain.holds import LineState
from services.ingest.testing import Ingest
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.storage import reading

PLAN = "suzhou-2027"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Ingest]:
    made = Ingest(tmp_path, [load_catalogue().plan(PLAN)])
    yield made
    made.engine.dispose()


def of_cluster(world: World, cluster: str) -> list[Message]:
    members = {e.uscc for e in world.enterprises if cluster_of(e) == cluster}
    topics = {ENTERPRISE, OUTPUT}
    return [
        m
        for m in history(world)
        if m.topic in topics and m.refusal is None and (m.key or b"").decode() in members
    ]


def test_only_the_slip_is_held_and_the_totals_are_those_of_the_oracle(service: Ingest) -> None:
    world = build_world(DEFAULT_SEED, date(2026, 11, 21))
    wrong = held_report(world)
    cluster = cluster_of(wrong)
    sent = of_cluster(world, cluster)

    service.take(
        [
            Record(m.topic, 0, n, int(m.at.timestamp() * 1000), m.key, m.value, tuple(m.headers))
            for n, m in enumerate(sent)
        ]
    )

    with reading(service.engine) as connection:
        held = held_lines(connection, (LineState.HELD,), 0, 100)
    assert [(h.stored.line.subject.code, h.stored.line.period) for h in held] == [
        (wrong.uscc, world.last)
    ]
    facts = service.live_facts().values()
    counted = sum(
        fact.ytd or 0
        for fact in facts
        if (fact.unit, fact.indicator, fact.period) == (cluster, "gross_output", str(world.last))
    )
    expected = totals(sent, HomeRules(world.enterprises))[cluster, "gross_output", world.last]
    assert counted == expected.ytd
