"""Whatever the order, the batches and the repetitions: the same lines, facts and counts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.domain.lines import Line
from services.ingest.domain.reading import Reader
from services.ingest.domain.subjects import SubjectKind, enterprise, project, series
from services.ingest.ports import STANDING, LineKey
from shared.events.dead_letter import DEAD_LETTERS_TOPIC
from shared.events.inputs import ENTERPRISE_TOPIC, INPUT_TOPICS
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.testing.events import (
    Body,
    figure,
    funds,
    investment,
    output,
    raw_record,
    records,
    registration,
    stage,
    topic_of,
)
from shared.testing.load import credit_code
from shared.testing.plans import small_plan

STATES = ("applied", "duplicate", "stale", "parked", "held", "dead_lettered")
NUMBERS = st.sampled_from([1, 1, 1, 2, 3])  # most events meet others of the same subject
SUBJECTS = (
    {enterprise(credit_code(n)) for n in (1, 2, 3)}
    | {project(investment(n)["project_id"]) for n in (1, 2, 3)}
    | {series("341300", None)}
)
VERSION = {
    "revision": st.integers(1, 3),
    "event_id": st.sampled_from(["a", "b"]),
    "reported_at": st.sampled_from(["2026-06-09T16:20:00+08:00", "2026-06-09T08:20:01Z"]),
}
MEMBERSHIPS: list[list[dict[str, object]] | None] = [
    None,
    [],
    [{"cluster": "bearings", "weight": 5000}, {"cluster": "parts", "weight": 5000}],
    [{"cluster": "snacks", "weight": 3333}, {"cluster": "equipment", "weight": 10_000}],
    [{"cluster": "snacks", "weight": 9000}, {"cluster": "parts", "weight": 2000}],  # above one
]


def _bodies(
    build: Callable[..., Body], **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[Body]:
    chosen = st.fixed_dictionaries({**VERSION, **fields})
    return st.builds(lambda number, changes: build(number, **changes), NUMBERS, chosen)


REGISTRATIONS = _bodies(
    registration,
    action=st.sampled_from(["entry", "change", "reattribution", "exit"]),
    effective=st.sampled_from(["2025-01", "2026-02", "2026-04"]),
    region=st.sampled_from(["341323", "341302"]),
    park=st.sampled_from([None, "park"]),
    industry=st.sampled_from(["3451", "1411", "2611"]),
    memberships=st.sampled_from(MEMBERSHIPS),
)
OUTPUTS = _bodies(
    output,
    period=st.sampled_from(["2026-02", "2026年1-2月", "2026-03", "2026-01"]),
    indicator=st.sampled_from(["gross_output", "revenue"]),
    unit=st.sampled_from(["元", "千元"]),
    ytd=st.sampled_from([1, 3, 1001, None]),
)
INVESTMENTS = _bodies(
    investment,
    period=st.sampled_from(["2026-02", "2026-03"]),
    region=st.sampled_from(["341323", "341302", "999999"]),
    cluster=st.sampled_from([None, "parts", "nowhere"]),
    ytd=st.sampled_from([1, 2]),
)
FUNDS = _bodies(
    funds,
    period=st.sampled_from(["2026-02", "2026-03"]),
    cluster=st.sampled_from([None, "parts"]),
    currency=st.sampled_from(["CNY", "USD"]),
    origin=st.sampled_from(["31", "320000", "foreign", "99"]),
    ytd=st.sampled_from([1, 2]),
)
STAGES = _bodies(
    stage,
    stage=st.sampled_from(["signed", "started", "completed", "terminated"]),
    occurred_on=st.sampled_from(["2026-01-18", "2026-01-31", "2026-02-18", "2026-04-01"]),
    region=st.sampled_from(["341323", "341302"]),
    cluster=st.sampled_from([None, "bearings", "parts"]),
    contracted_total=st.sampled_from([None, 3]),
)
FIGURES = st.builds(
    lambda changes: figure(**changes),
    st.fixed_dictionaries(
        {
            **VERSION,
            "period": st.sampled_from(["2026-06", "2026-Q2", "2026-12", "2026-Q4", "2026"]),
            "value": st.sampled_from([1, 2]),
            "region": st.sampled_from(["341300", "341300", "341323"]),
        }
    ),
)
FEEDS = (OUTPUTS, OUTPUTS, REGISTRATIONS, INVESTMENTS, FUNDS, STAGES, FIGURES)
SINGLE = st.lists(st.one_of(*FEEDS), min_size=6, max_size=24)


@st.composite
def event_lists(draw: st.DrawFn) -> list[Body]:
    """Events, and versions of some of them that differ in their rank alone."""
    events = draw(SINGLE)
    ranks = draw(st.lists(st.fixed_dictionaries(VERSION), max_size=12))
    return events + [{**draw(st.sampled_from(events)), **rank} for rank in ranks]


EVENTS = event_lists()


def shuffled(events: Sequence[Body], chance: Random) -> list[Record]:
    """All events in a random order, a third of them twice, and bad records between them."""
    sent = [*events, *chance.sample(events, len(events) // 3)]
    chance.shuffle(sent)
    return [*records(sent), raw_record(b"{", offset=len(sent))]


def identity_holds(summary: dict[str, Any]) -> bool:
    parts = [summary, *summary["topics"].values()]
    return all(
        counts["consumed"] == sum(counts[state] for state in STATES)
        and all(counts[state] >= 0 for state in STATES)
        for counts in parts
    )


def run(ingest: Any, sent: Sequence[Record], chance: Random) -> None:
    """Take all records in batches of random sizes, checking the identity after each of them."""
    start = 0
    while start < len(sent):
        size = chance.randint(1, 8)
        batch = sent[start : start + size]
        ingest.take(batch)
        start += size
        assert identity_holds(ingest.summary())


def emptied(*services: Any) -> tuple[Any, ...]:
    for service in services:
        service.empty()
    return services


def is_registration(body: Body) -> bool:
    return topic_of(body) == ENTERPRISE_TOPIC and body["memberships"] != MEMBERSHIPS[-1]


def lines_of(events: Sequence[Body]) -> Iterator[Line]:
    """Every version of a line that is no bad input, by the reader alone."""
    reader = Reader([small_plan()])
    for item in records(events):
        with suppress(Refused):
            content = reader.read(item).content
            if isinstance(content, Line):
                yield content


def outcome(ingest: Any) -> tuple[object, ...]:
    return (ingest.lines(SUBJECTS), ingest.live_facts(), ingest.summary()["parked"], odd(ingest))


def odd(ingest: Any) -> dict[tuple[str, str], int]:
    """Numbers of lines by what is odd about them."""
    return {
        (topic, name): number
        for topic, names in ingest.warnings().items()
        for name, number in names.items()
        if name.startswith(STANDING) and number
    }


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, chance=st.randoms(use_true_random=False))
def test_any_order_and_any_batches_end_in_the_same_state(
    two_stores: tuple[Any, Any], events: list[Body], chance: Random
) -> None:
    one, other = emptied(*two_stores)

    run(one, shuffled(events, chance), chance)
    other.take([*records(events), raw_record(b"{", offset=len(events))])  # at once, as made

    assert outcome(one) == outcome(other)
    assert identity_holds(other.summary())


@pytest.mark.parametrize(
    "feed", [REGISTRATIONS, OUTPUTS, INVESTMENTS, FUNDS, STAGES, FIGURES], ids=INPUT_TOPICS
)
@settings(max_examples=15, deadline=None)
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_each_feed_alone_ends_in_the_same_state_in_any_order(
    two_stores: tuple[Any, Any],
    feed: st.SearchStrategy[Body],
    data: st.DataObject,
    chance: Random,
) -> None:
    one, other = emptied(*two_stores)
    events = data.draw(st.lists(feed, min_size=4, max_size=16))

    run(one, shuffled(events, chance), chance)
    other.take(records(events))

    assert outcome(one) == outcome(other)


@settings(max_examples=30, deadline=None)
@given(events=EVENTS, chance=st.randoms(use_true_random=False))
def test_a_replay_sends_no_fact_again(
    two_stores: tuple[Any, Any], events: list[Body], chance: Random
) -> None:
    (ingest,) = emptied(two_stores[0])
    sent = shuffled(events, chance)
    run(ingest, sent, chance)
    before, facts, letters = outcome(ingest), ingest.facts(), ingest.outbox(DEAD_LETTERS_TOPIC)

    chance.shuffle(sent)
    run(ingest, sent, chance)

    assert outcome(ingest) == before
    assert ingest.facts() == facts
    assert len(ingest.outbox(DEAD_LETTERS_TOPIC)) == 2 * len(letters)
    assert ingest.summary()["consumed"] == 2 * len(sent)


@settings(max_examples=30, deadline=None)
@given(events=EVENTS, chance=st.randoms(use_true_random=False))
def test_only_lines_of_unregistered_enterprises_are_parked(
    two_stores: tuple[Any, Any], events: list[Body], chance: Random
) -> None:
    (ingest,) = emptied(two_stores[0])
    run(ingest, shuffled(events, chance), chance)

    lines = ingest.lines(SUBJECTS)
    known = {enterprise(body["uscc"]) for body in events if is_registration(body)}
    parked = {
        key
        for key in lines
        if key.subject.kind is SubjectKind.ENTERPRISE and key.subject not in known
    }

    assert {key for key, stored in lines.items() if stored.parked} == parked
    assert ingest.summary()["parked"] == len(parked)


@settings(max_examples=30, deadline=None)
@given(events=EVENTS, chance=st.randoms(use_true_random=False))
def test_the_greatest_version_of_each_line_stands(
    two_stores: tuple[Any, Any], events: list[Body], chance: Random
) -> None:
    (ingest,) = emptied(two_stores[0])
    run(ingest, shuffled(events, chance), chance)

    greatest: dict[LineKey, Line] = {}
    for line in lines_of(events):
        key = LineKey(line.subject, line.indicator, line.period)
        if key not in greatest or line.version > greatest[key].version:
            greatest[key] = line

    assert {key: (stored.line.version, stored.line.figures, stored.line.project)
            for key, stored in ingest.lines(SUBJECTS).items()} == {
        key: (line.version, line.figures, line.project) for key, line in greatest.items()
    }  # fmt: skip
