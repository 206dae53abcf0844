"""What is held follows from what stands, not from what came first."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.domain.lines import Line
from services.ingest.domain.reading import Reader
from services.ingest.domain.subjects import enterprise
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.testing.events import Body, decision, output, record, records, registration
from shared.testing.load import credit_code
from shared.testing.plans import small_plan

NUMBERS = (1, 2, 3)
SUBJECTS = {enterprise(credit_code(number)) for number in NUMBERS}
STATES = ("applied", "duplicate", "stale", "parked", "held", "dead_lettered")
READER = Reader([small_plan()])

REPORTS = st.builds(
    output,
    st.sampled_from(NUMBERS),
    period=st.sampled_from(["2024-12", "2025-05", "2025-12", "2026-05", "2026-06", "2026-12"]),
    month=st.sampled_from([None, 9_000]),
    ytd=st.sampled_from([0, 40, 40_000, 50_000, 100_000, 40_000_000]),
    ytd_last_year=st.sampled_from([None, None, 40_000, 40_000_000]),
    revision=st.integers(1, 2),
    event_id=st.sampled_from(["a", "b"]),
)
ORDINARY_YEAR = [
    output(number, period=period, ytd=ytd, month=None, ytd_last_year=None)
    for number in NUMBERS
    for period, ytd in (("2025-05", 40_000), ("2025-12", 100_000))
]
REGISTER = st.builds(
    registration,
    st.sampled_from(NUMBERS),
    action=st.sampled_from(["entry", "change"]),
    effective=st.sampled_from(["2024-01", "2026-01"]),
    region=st.sampled_from(["341323", "341302"]),
    memberships=st.sampled_from(
        [None, [{"cluster": "bearings", "weight": 7000}, {"cluster": "parts", "weight": 3000}]]
    ),
)


@st.composite
def event_lists(draw: st.DrawFn) -> list[Body]:
    """Reports over three years with wild ones among them, the register, and decisions."""
    reports = [*ORDINARY_YEAR, *draw(st.lists(REPORTS, min_size=3, max_size=16))]
    register = [registration(n, effective="2024-01") for n in (1, 2, draw(st.integers(1, 3)))]
    register += draw(st.lists(REGISTER, max_size=2))
    decisions = [
        decision(
            about,
            digest,
            draw(st.sampled_from(["confirmed", "rejected"])),
            decision_id=f"d{number}",
            decided_at=draw(st.sampled_from(["2026-06-10T08:00:00Z", "2026-06-11T08:00:00Z"])),
        )
        for number, about in enumerate(draw(st.lists(st.sampled_from(reports), max_size=4)))
        for digest in _digest(about)
    ]
    return [*reports, *register, *decisions]


def _digest(about: Body) -> Iterator[str]:
    with suppress(Refused):
        content = READER.read(record(about)).content
        if isinstance(content, Line):
            yield content.version.digest.hex()


def run(ingest: Any, sent: Sequence[Record], chance: Random) -> None:
    """Take all records in batches of random sizes; no record is ever in no state, or in two."""
    start = 0
    while start < len(sent):
        size = chance.randint(1, 8)
        ingest.take(sent[start : start + size])
        start += size
        for counts in ingest.summary()["topics"].values():
            assert counts["consumed"] == sum(counts[state] for state in STATES)
            assert all(counts[state] >= 0 for state in STATES)


def outcome(ingest: Any) -> tuple[object, ...]:
    return (ingest.lines(SUBJECTS), ingest.live_facts(), ingest.summary()["held"])


@settings(max_examples=40, deadline=None)
@given(events=event_lists(), chance=st.randoms(use_true_random=False))
def test_any_order_of_reports_register_and_decisions_holds_the_same_lines(
    two_stores: tuple[Any, Any], events: list[Body], chance: Random
) -> None:
    one, other = two_stores
    one.empty()
    other.empty()
    shuffled = [*events, *chance.sample(events, len(events) // 3)]
    chance.shuffle(shuffled)

    run(one, records(shuffled), chance)
    other.take(records(events))

    assert outcome(one) == outcome(other)


@settings(max_examples=15, deadline=None)
@given(events=event_lists(), chance=st.randoms(use_true_random=False))
def test_only_lines_that_count_have_facts(
    two_stores: tuple[Any, Any], events: list[Body], chance: Random
) -> None:
    ingest = two_stores[0]
    ingest.empty()
    run(ingest, records(events), chance)

    lines = ingest.lines(SUBJECTS)
    kept_back = {str(key.period) for key, stored in lines.items() if not stored.state.counts}
    counted = {str(key.period) for key, stored in lines.items() if stored.state.counts}
    told = {f.period for f in ingest.live_facts().values() if f.expected is None}

    assert told <= counted
    assert not told & (kept_back - counted)


def test_a_line_is_compared_with_the_same_period_again_when_its_unit_grows(ingest: Any) -> None:
    """The growth brings only the line itself back; its references have to be read for it."""
    doubtful = [
        output(3, period="2025-05", ytd=40_000, month=None, ytd_last_year=None),
        output(3, period="2025-12", ytd=40, month=None, ytd_last_year=None),
        output(3, period="2026-05", ytd=0, month=None, ytd_last_year=None),
    ]
    others = [
        output(number, period="2025-12", ytd=100_000, month=None, ytd_last_year=None)
        for number in (1, 2)
    ]
    register = [registration(number, effective="2024-01") for number in NUMBERS]
    ingest.take(records([register[2], *doubtful, register[0], *others]))
    before = ingest.summary()["held"]

    ingest.take(records([register[1]]))

    assert before == ingest.summary()["held"] == 1


def test_a_same_period_that_says_nothing_leaves_the_word_to_last_december(ingest: Any) -> None:
    """Whether December came in the same batch must not matter."""
    register = [registration(number, effective="2024-01") for number in NUMBERS]
    last_year = [
        output(number, period="2025-12", ytd=100_000, month=None, ytd_last_year=None)
        for number in NUMBERS
    ]
    nothing = output(1, period="2025-05", ytd=0, month=None, ytd_last_year=None)
    wild = output(1, period="2026-05", ytd=40_000_000, month=None, ytd_last_year=None)
    together = records([*register, *last_year, nothing, wild])
    ingest.take(together)
    at_once = ingest.summary()["held"]

    ingest.empty()
    for one in together:
        ingest.take([one])

    assert at_once == ingest.summary()["held"] == 1
