"""The simulated projects through ingest, shuffled and sent twice, against the oracle."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from demo.messages import Message
from demo.oracle import Totals
from demo.project_oracle import Places, Reached, flows, reached, zone_figures
from demo.projects import build_projects, project_messages
from demo.zone_figures import zone_messages
from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.subjects import project
from services.ingest.use_cases import IngestBatch
from shared.events.dead_letter import DEAD_LETTERS_TOPIC
from shared.events.facts import FACTS_TOPIC, PROJECT, Fact
from shared.events.period import Month
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.plans.measures import MEASURES
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, writing
from shared.storage.migrations import metadata_of
from shared.testing.clock import FixedClock

LAST = Month(2024, 6)
PLAN = load_catalogue().plan("suzhou-2027")
TOKENS = HmacTokens(b"a secret for tests only")
MESSAGES = [
    *project_messages(build_projects(2027, LAST)[::5], LAST),
    *zone_messages(LAST),
]
BATCH = 400


def record(message: Message, offset: int) -> Record:
    at = int(message.at.timestamp() * 1000)
    return Record(message.topic, 0, offset, at, message.key, message.value, message.headers)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = CommonSettings(data_dir=tmp_path_factory.mktemp("simulated"), database_url=None)
    made = open_engine(settings, "ingest")
    metadata_of("ingest").create_all(made)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def facts(engine: Engine) -> list[Fact]:
    """What a reader of the compacted topic ends up with."""
    sent = [*MESSAGES, *MESSAGES[::3]]
    Random(7).shuffle(sent)
    records = [record(message, offset) for offset, message in enumerate(sent)]
    clock = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
    use_case = IngestBatch.following([PLAN], TOKENS, clock, None)
    for start in range(0, len(records), BATCH):
        with writing(engine) as connection:
            use_case(SqlStore(connection), records[start : start + BATCH])
    with reading(engine) as connection:
        rows = [each.row for each in outbox.take(connection, 10**6)]
    assert DEAD_LETTERS_TOPIC not in {row.topic for row in rows}
    newest: dict[str, Fact] = {}
    for row in rows:
        if row.topic != FACTS_TOPIC:
            continue
        fact = msgspec.json.decode(row.value or b"", type=Fact)
        if fact.key not in newest or newest[fact.key].version < fact.version:
            newest[fact.key] = fact
    return [fact for fact in newest.values() if not fact.deleted]


def of_kind(facts: list[Fact], *kinds: str) -> Iterator[Fact]:
    return (fact for fact in facts if fact.indicator.partition(".")[0] in kinds)


def test_investment_and_funds_are_what_the_raw_events_say(facts: list[Fact]) -> None:
    sums: dict[tuple[str, str, Month], Totals] = defaultdict(Totals)
    for fact in of_kind(facts, "investment", "funds"):
        total = sums[fact.unit, fact.indicator, Month.parse(fact.period)]
        total.reporting += 1
        for name in ("month", "ytd", "month_last_year", "ytd_last_year"):
            value = getattr(fact, name)
            if value is not None:
                setattr(total, name, (getattr(total, name) or 0) + value)
    expected = flows(MESSAGES, Places(PLAN))
    assert sums == expected
    assert ("suzhou-ah-htz", "funds.CNY.31") in {(unit, what) for unit, what, _ in expected}


def test_stages_are_what_the_raw_events_say(facts: list[Fact]) -> None:
    found: dict[tuple[str, str, Month], Any] = {}
    for fact in of_kind(facts, PROJECT):
        assert fact.project is not None
        state = fact.project
        key = (fact.unit, fact.subject, Month.parse(fact.period))
        found[key] = (state.stage, state.occurred_on, state.contracted_total)
    expected: dict[tuple[str, str, Month], Reached] = reached(MESSAGES, Places(PLAN))
    assert found == {
        (unit, TOKENS.token(project(project_id)), month): (
            state.stage,
            state.occurred_on,
            state.contracted_total,
        )
        for (unit, project_id, month), state in expected.items()
    }


def test_zone_figures_are_what_the_raw_events_say(facts: list[Fact]) -> None:
    own = {item.id for item in PLAN.indicators if item.indicator == item.id}
    found = {
        (fact.unit, fact.indicator, Month.parse(fact.period)): fact.month
        for fact in facts
        if fact.indicator in own
    }
    expected = zone_figures(MESSAGES, PLAN)
    assert found == {
        key: MEASURES[unit].to_base_units(value) for key, (value, unit) in expected.items()
    }
    assert len(found) > 8
