"""The store of ingest: the same behaviour on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import msgspec
import pytest
from sqlalchemy import Engine, select

from services.ingest.adapters.store import SqlStore, warnings
from services.ingest.adapters.tables import SubjectRow
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.adapters.warning_store import warned_lines
from services.ingest.domain.facts import Content, Sent
from services.ingest.domain.holds import Limits, LineState
from services.ingest.domain.lines import Figures, Line
from services.ingest.domain.register import Registration
from services.ingest.domain.subjects import Subject, enterprise, project
from services.ingest.domain.warnings import Warned
from services.ingest.ports import LineKey, RegistrationKey, StoredLine
from services.ingest.testing import READER, line
from services.ingest.use_cases import IngestBatch
from shared.events.facts import FACTS_TOPIC, MEMBERSHIP, Fact
from shared.events.notices import NOTICES_TOPIC
from shared.events.period import Month
from shared.storage import outbox, reading, reconciliation
from shared.storage import writing as transaction
from shared.storage.outbox import OutboxRow
from shared.storage.tables import table_of
from shared.testing.clock import FixedClock
from shared.testing.events import (
    Body,
    figure,
    funds,
    investment,
    output,
    record,
    records,
    registration,
    stage,
)
from shared.testing.load import credit_code
from shared.testing.plans import BEARINGS, CITY, LINGBI, PARTS, small_plan
from shared.testing.stores import migrated_store, unpublished, until_someone_waits

ONE, TWO = enterprise(credit_code(1)), enterprise(credit_code(2))
PROJECT = project("2603-341323-0001")
MAY = Month(2026, 5)
SUBJECTS = table_of(SubjectRow)


def entry(body: Body) -> Registration:
    content = READER.read(record(body)).content
    assert isinstance(content, Registration)
    return content


def key_of(item: Line) -> LineKey:
    return LineKey(item.subject, item.indicator, item.period)


def ingest_batch() -> IngestBatch:
    plans = [small_plan()]
    clock = FixedClock(datetime(2026, 6, 9, tzinfo=UTC))
    return IngestBatch.following(plans, HmacTokens(b"x"), clock, Limits(4.0, 0.05))


def test_subjects_keep_their_ids(engine: Engine) -> None:
    for _ in range(3):
        with transaction(engine) as connection:
            SqlStore(connection).lock({ONE, PROJECT})
    with transaction(engine) as connection:
        SqlStore(connection).lock({TWO})

    with reading(engine) as connection:
        ids = sorted(connection.execute(select(SUBJECTS.c.id)).scalars())
    assert ids == list(range(ids[0], ids[0] + 3))  # asking again spends none


def test_owners_are_kept_by_subject_and_topic(engine: Engine) -> None:
    owners = {(ONE, "a"): "first", (ONE, "b"): "second", (PROJECT, "a"): "third"}
    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE, TWO, PROJECT})
        assert store.sources({ONE, TWO, PROJECT}) == {}
        store.save_sources(owners)

    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE, TWO})
        assert store.sources({ONE, TWO}) == {(ONE, "a"): "first", (ONE, "b"): "second"}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"park": "park", "size": "small", "name": "名 '\"; drop"},
        {"memberships": []},
        {"memberships": [{"cluster": BEARINGS, "weight": 1}, {"cluster": PARTS, "weight": 2}]},
        {"action": "exit", "above_scale": False, "revision": 2**31 - 1},
    ],
)
def test_a_register_event_is_read_as_it_was_written(
    engine: Engine, fields: dict[str, object]
) -> None:
    item = entry(registration(1, **fields))
    other = entry(registration(2))
    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE, TWO})
        store.save_registrations([entry(registration(1, **{**fields, "name": "before"})), other])
        store.save_registrations([item])

    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE})
        found = store.registrations({ONE})
    key = RegistrationKey(ONE, item.entry.effective, item.entry.action)
    assert found.keys() == {key}
    kept = found[key]
    assert (kept.subject, kept.name, kept.entry) == (ONE, item.name, item.entry)
    assert (kept.version, kept.broker_ms) == (item.version, item.broker_ms)


def _state(*, parked: bool) -> LineState:
    return LineState.PARKED if parked else LineState.APPLIED


@pytest.mark.parametrize(
    "body",
    [
        output(1),
        output(1, unit="元", month=None, ytd=10**15, ytd_last_year=-(10**15), month_last_year=None),
        output(1, indicator="electricity", unit="万千瓦时", period="2026-02"),
        investment(1),
        investment(1, cluster=BEARINGS, completed_on="2026-05-01", stage="completed"),
        funds(1, park="park", currency="USD", origin="foreign"),
        stage(1, top500=True, investor_origin="32"),
        figure(period="2026-Q2", value="-0.01"),
    ],
)
@pytest.mark.parametrize("parked", [True, False])
def test_a_line_is_read_as_it_was_written(engine: Engine, body: Body, *, parked: bool) -> None:
    item = line(body)
    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({item.subject})
        assert store.lines({key_of(item)}) == {}
        store.save_lines(
            [StoredLine(line({**body, "revision": 7, "ytd": 1}), _state(parked=not parked))]
        )
        store.save_lines([StoredLine(item, _state(parked=parked))])

    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({item.subject})
        found = store.lines({key_of(item), LineKey(item.subject, "revenue", Month(2024, 2))})
        assert store.lines_of({item.subject}) == found
    kept = found[key_of(item)]
    assert (len(found), kept.parked) == (1, parked)
    assert (kept.line.figures, kept.line.project) == (item.figures, item.project)
    assert (kept.line.version, kept.line.broker_ms) == (item.version, item.broker_ms)
    assert key_of(kept.line) == key_of(item)


def test_lines_of_a_subject_are_its_own_and_all_of_them(engine: Engine) -> None:
    periods = [f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in range(2, 13)]
    bodies = [output(n, period=period) for n in (1, 2) for period in periods]
    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE, TWO})
        store.save_lines([StoredLine(line(body)) for body in bodies])
        found = store.lines_of({TWO})

    assert {key.subject for key in found} == {TWO}
    assert {str(key.period) for key in found} == set(periods)


def test_sent_facts_are_remembered_by_line_and_unit(engine: Engine) -> None:
    content = Content(revision=1, figures=Figures(ytd=5))
    mark = content.fingerprint
    early, late, other = (Month(2025, 1), Month(2026, 12), Month(2026, 1))

    def membership(who: Subject, month: Month, version: int) -> dict[LineKey, dict[str, Sent]]:
        return {LineKey(who, MEMBERSHIP, month): {LINGBI: Sent(version, mark)}}

    line_key = LineKey(ONE, "gross_output", MAY)
    first = {
        line_key: {BEARINGS: Sent(10, mark), CITY: Sent(11, mark)},
        LineKey(TWO, "gross_output", MAY): {BEARINGS: Sent(12, mark)},
        **membership(ONE, early, 13),
        **membership(ONE, late, 14),
        **membership(TWO, other, 15),
    }
    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE, TWO})
        store.save_sent(first)
        store.save_sent({line_key: {BEARINGS: Sent(20, None), CITY: Sent(11, mark)}})

    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({ONE, TWO})
        months = [LineKey(ONE, MEMBERSHIP, month) for month in (early, late)]
        found = store.sent([line_key, LineKey(ONE, "revenue", MAY), *months])
    assert found == {
        line_key: {BEARINGS: Sent(20, None), CITY: Sent(11, mark)},
        **membership(ONE, early, 13),
        **membership(ONE, late, 14),
    }


def test_warnings_of_lines_are_replaced_listed_and_forgotten(engine: Engine) -> None:
    item, other = line(investment(1)), line(output(1))
    both, one = frozenset(Warned), frozenset({Warned.YTD_IDENTITY_MISMATCH})
    with transaction(engine) as connection:
        store = SqlStore(connection)
        store.lock({item.subject, other.subject})
        store.save_lines([StoredLine(item), StoredLine(other)])
        store.warnings.save_warned({key_of(item): both, key_of(other): both})
        store.warnings.save_warned({key_of(item): one, key_of(other): frozenset()})
        assert store.warnings.warned({key_of(item), key_of(other)}) == {key_of(item): one}
        store.warnings.save_warned({key_of(other): both})

    def listed(warning: Warned | None, topic: str | None = None) -> list[str]:
        with reading(engine) as connection:
            found = warned_lines(connection, topic=topic, warning=warning, after=0, limit=9)
        return sorted(each.indicator for each in found)

    assert listed(None) == ["gross_output", "investment"]
    assert listed(Warned.YTD_FELL_WITHOUT_REVISION) == ["gross_output"]
    assert listed(Warned.YTD_IDENTITY_MISMATCH, "stats.investment.v1") == ["investment"]


def test_counts_and_warnings_add_up(engine: Engine) -> None:
    for _ in range(2):
        with transaction(engine) as connection:
            store = SqlStore(connection)
            store.count("a", {"consumed": 3, "parked": 2, "applied": 1})
            store.count("a", {"parked": -1, "applied": 1, "stale": 0})
            store.warn("a", {"revision_conflict": 2})

    with reading(engine) as connection:
        assert reconciliation.read(connection) == {"a": {"consumed": 6, "parked": 2, "applied": 4}}
        assert warnings(connection) == {"a": {"revision_conflict": 4}}


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        with transaction(engine) as connection:
            store = SqlStore(connection)
            store.lock({ONE})
            store.count("a", {"consumed": 1})
            store.enqueue([OutboxRow("t", b"k", b"v")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with reading(engine) as connection:
        assert unpublished(connection) == 0
        assert reconciliation.read(connection) == {}
        assert connection.execute(select(SUBJECTS)).all() == []


def test_more_than_a_thousand_subjects_and_lines_go_through_one_transaction(
    engine: Engine,
) -> None:
    numbers = range(1200)
    sent = [body for n in numbers for body in (registration(n), output(n))]
    with transaction(engine) as connection:
        ingest_batch()(SqlStore(connection), records(sent))

    with transaction(engine) as connection:
        store = SqlStore(connection)
        subjects = {enterprise(credit_code(n)) for n in numbers}
        store.lock(subjects)
        assert len(store.registrations(subjects)) == len(store.lines_of(subjects)) == 1200
        assert reconciliation.summary(reconciliation.read(connection))["applied"] == 2400


def test_a_report_and_its_register_event_may_arrive_at_two_replicas_at_once(
    engine: Engine,
) -> None:
    numbers = range(1, 31)
    start = Barrier(2)

    def replica(bodies: list[Body]) -> None:
        use_case = ingest_batch()
        start.wait(timeout=30)
        for body in bodies:
            with transaction(engine) as connection:
                use_case(SqlStore(connection), records([body]))

    with ThreadPoolExecutor(2) as pool:
        reports = pool.submit(replica, [output(n) for n in numbers])
        register = pool.submit(replica, [registration(n) for n in numbers])
        reports.result()
        register.result()

    with transaction(engine) as connection:
        counts = reconciliation.summary(reconciliation.read(connection))
        rows = [item.row for item in outbox.take(connection, 10_000)]
    sent = [row for row in rows if row.topic == FACTS_TOPIC]
    facts = [msgspec.json.decode(row.value or b"", type=Fact) for row in sent]
    assert (counts["applied"], counts["parked"]) == (60, 0)
    assert {row.topic for row in rows} == {FACTS_TOPIC, NOTICES_TOPIC}
    applied = [f for f in facts if f.unit == CITY and f.indicator == "gross_output"]
    assert len(applied) == len({fact.subject for fact in applied}) == 30


@pytest.mark.postgres
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("register_first", [True, False])
def test_the_second_of_two_replicas_waits_for_the_first_and_sees_its_effects(
    database_url: str, tmp_path: Path, *, known: bool, register_first: bool
) -> None:
    bodies = [registration(), output()] if register_first else [output(), registration()]

    def take(engine: Engine, body: Body) -> None:
        with transaction(engine) as connection:
            ingest_batch()(SqlStore(connection), records([body]))

    with (
        migrated_store("ingest", tmp_path, database_url) as engine,
        ThreadPoolExecutor(1) as pool,
    ):
        if known:
            with transaction(engine) as connection:
                SqlStore(connection).lock({ONE})
        with transaction(engine) as connection:
            ingest_batch()(SqlStore(connection), records(bodies[:1]))
            second = pool.submit(take, engine, bodies[1])
            until_someone_waits(engine)
        second.result(timeout=30)

        with transaction(engine) as connection:
            counts = reconciliation.summary(reconciliation.read(connection))
            rows = [item.row for item in outbox.take(connection, 1000)]
    assert (counts["applied"], counts["parked"]) == (2, 0)
    assert len([row for row in rows if b"|gross_output|" in (row.key or b"")]) == 4
