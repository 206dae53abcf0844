from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import (
    Change,
    Content,
    FactKey,
    Sent,
    changes,
    line_facts,
    membership_facts,
    message,
)
from services.ingest.domain.lines import Figures, Line
from services.ingest.domain.reading import Reader
from services.ingest.domain.register import Entry, Registration, timeline
from shared.events.facts import MEMBERSHIP, Fact, ProjectState
from shared.events.period import Month
from shared.testing.events import Body, investment, output, record, registration
from shared.testing.plans import (
    BEARINGS,
    CITY,
    EQUIPMENT,
    LINGBI,
    PARTS,
    YONGQIAO,
    small_plan,
)

PLAN = small_plan()
READER = Reader([PLAN])
ATTRIBUTOR = Attributor([PLAN])
MAY = Month(2026, 5)
NOW = 1_800_000_000_000_000
KEY = FactKey(BEARINGS, "gross_output", MAY)


def line(body: Body) -> Line:
    content = READER.read(record(body)).content
    assert isinstance(content, Line)
    return content


def entries(*fields: dict[str, Any]) -> tuple[Entry, ...]:
    found = []
    for each in fields:
        content = READER.read(record(registration(1, **each))).content
        assert isinstance(content, Registration)
        found.append(content.entry)
    return timeline(found)


def expectations(*fields: dict[str, Any]) -> dict[tuple[str, str], tuple[str, ...] | None]:
    facts = membership_facts(entries(*fields), ATTRIBUTOR)
    assert {key.indicator for key in facts} <= {MEMBERSHIP}
    return {(str(key.period), key.unit): content.expected for key, content in facts.items()}


def test_a_line_counts_once_in_each_unit_of_its_enterprise() -> None:
    facts = line_facts(line(output()), entries({}), ATTRIBUTOR)

    figures = Figures(18_250_000, 80_110_000, 15_900_000, 71_020_000)
    whole = Content(revision=1, figures=figures, weight=10_000)
    assert facts == {
        FactKey(unit, "gross_output", MAY): whole for unit in (BEARINGS, EQUIPMENT, LINGBI, CITY)
    }


def test_a_line_of_an_unknown_enterprise_counts_nowhere() -> None:
    assert line_facts(line(output()), (), ATTRIBUTOR) == {}


def test_shares_apply_to_all_four_numbers_and_null_stays_null() -> None:
    half = [{"cluster": BEARINGS, "weight": 5000}]
    item = line(output(1, unit="元", month=None, ytd=3, month_last_year=-3, ytd_last_year=0))

    fact = line_facts(item, entries({"memberships": half}), ATTRIBUTOR)[KEY]

    assert fact.figures == Figures(None, 2, -2, 0)
    assert fact.weight == 5000


def test_an_old_period_keeps_the_membership_it_had() -> None:
    register = entries({}, {"action": "change", "effective": "2026-04", "region": "341302"})

    before = line_facts(line(output(1, period="2026-03")), register, ATTRIBUTOR)
    after = line_facts(line(output(1, period="2026-04")), register, ATTRIBUTOR)

    assert {key.unit for key in before} == {BEARINGS, EQUIPMENT, LINGBI, CITY}
    assert {key.unit for key in after} == {PARTS, EQUIPMENT, YONGQIAO, CITY}


def test_a_reattribution_reaches_back_to_its_own_date() -> None:
    register = entries({}, {"action": "reattribution", "effective": "2025-01", "region": "341302"})

    facts = line_facts(line(output(1, period="2025-02")), register, ATTRIBUTOR)

    assert {key.unit for key in facts} == {PARTS, EQUIPMENT, YONGQIAO, CITY}


def test_a_project_counts_at_its_own_place_without_any_register() -> None:
    facts = line_facts(line(investment(1, cluster=PARTS)), (), ATTRIBUTOR)

    assert {key.unit for key in facts} == {PARTS, EQUIPMENT, LINGBI, CITY}
    assert {content.project for content in facts.values()} == {
        ProjectState("building", 520_000_000, 183_000_000, None)
    }


def test_a_project_without_a_cluster_follows_the_rules_of_the_plan() -> None:
    facts = line_facts(line(investment(1)), (), ATTRIBUTOR)

    assert {key.unit for key in facts} == {BEARINGS, EQUIPMENT, LINGBI, CITY}


def test_reports_are_expected_from_entry_to_exit() -> None:
    exit_ = {"action": "exit", "effective": "2026-06"}
    expected = expectations({"effective": "2026-01"}, exit_)

    units = (BEARINGS, EQUIPMENT, LINGBI, CITY)
    assert expected == {
        **{("2026-01", unit): ("gross_output",) for unit in units},
        **{("2026-06", unit): () for unit in units},
    }


def test_services_are_expected_to_report_revenue() -> None:
    assert expectations({"industry": "6450"}) == {
        ("2025-01", unit): ("revenue",) for unit in (LINGBI, CITY)
    }


def test_a_unit_that_an_enterprise_left_expects_nothing_any_more() -> None:
    expected = expectations({}, {"action": "change", "effective": "2026-04", "region": "341302"})

    assert expected["2026-04", LINGBI] == expected["2026-04", BEARINGS] == ()
    assert expected["2026-04", YONGQIAO] == expected["2026-04", CITY] == ("gross_output",)
    assert expected["2025-01", LINGBI] == ("gross_output",)
    assert ("2025-01", YONGQIAO) not in expected


def test_of_several_actions_in_one_month_the_last_in_rank_decides() -> None:
    expected = expectations({}, {"action": "exit", "effective": "2025-01"})

    assert set(expected.values()) == {()}


def test_below_the_threshold_nothing_is_expected_and_reports_count_all_the_same() -> None:
    register = entries({"above_scale": False})

    assert {c.expected for c in membership_facts(register, ATTRIBUTOR).values()} == {()}
    assert KEY in line_facts(line(output()), register, ATTRIBUTOR)


def test_what_was_never_sent_is_sent_with_a_version_from_the_clock() -> None:
    content = Content(revision=1)

    assert list(changes({KEY: content}, {}, NOW)) == [Change(KEY, NOW, content)]


def test_what_was_sent_already_is_not_sent_again() -> None:
    content = Content(revision=1, figures=Figures(1, 2))
    sent = {KEY: Change(KEY, NOW, content).sent}

    assert list(changes({KEY: content}, sent, NOW + 1)) == []


def test_a_change_gets_a_greater_version_even_when_the_clock_stands_still_or_runs_back() -> None:
    sent = {KEY: Sent(NOW, b"other")}

    assert next(iter(changes({KEY: Content()}, sent, NOW))).version == NOW + 1
    assert next(iter(changes({KEY: Content()}, sent, NOW - 10**9))).version == NOW + 1
    assert next(iter(changes({KEY: Content()}, sent, NOW + 5))).version == NOW + 5


def test_what_is_wanted_no_more_is_retracted_once() -> None:
    (retraction,) = changes({}, {KEY: Sent(NOW, b"content")}, NOW)

    assert retraction == Change(KEY, NOW + 1, None)
    assert list(changes({}, {KEY: retraction.sent}, NOW)) == []


def test_what_was_retracted_can_come_back() -> None:
    (again,) = changes({KEY: Content()}, {KEY: Sent(NOW, None)}, NOW)

    assert again == Change(KEY, NOW + 1, Content())


@pytest.mark.parametrize(
    "other",
    [
        Content(revision=2),
        Content(figures=Figures(month=0)),
        Content(figures=Figures(ytd=0)),
        Content(figures=Figures(month_last_year=0)),
        Content(figures=Figures(ytd_last_year=0)),
        Content(weight=1),
        Content(expected=()),
        Content(expected=("revenue",)),
        Content(project=ProjectState("building")),
    ],
)
def test_every_part_of_a_fact_tells_in_its_fingerprint(other: Content) -> None:
    assert other.fingerprint != Content().fingerprint


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 2)), max_size=12),
    st.lists(st.integers(-5, 5), min_size=12, max_size=12),
)
def test_versions_of_a_key_only_grow(contents: list[int | None], clock: list[int]) -> None:
    sent: dict[FactKey, Sent] = {}
    versions = []
    for number, skew in zip(contents, clock, strict=False):
        wanted = {} if number is None else {KEY: Content(revision=number)}
        for change in changes(wanted, sent, NOW + skew):
            versions.append(change.version)
            sent[KEY] = change.sent
        state = sent.get(KEY, Sent(0, None)).fingerprint
        assert state == (None if number is None else Content(revision=number).fingerprint)

    assert versions == sorted(set(versions))


def test_the_wire_form_carries_everything_and_names_nobody() -> None:
    content = line_facts(line(investment(1, cluster=PARTS)), (), ATTRIBUTOR)[
        FactKey(PARTS, "investment", MAY)
    ]

    fact = message(Change(KEY, NOW, content), subject="p-token", as_of="2026-06-09T08:20:03Z")

    assert fact == Fact(
        unit=BEARINGS,
        subject="p-token",
        indicator="gross_output",
        period="2026-05",
        version=NOW,
        as_of="2026-06-09T08:20:03Z",
        revision=1,
        month=21_105_000,
        ytd=96_205_000,
        ytd_last_year=0,
        project=ProjectState("building", 520_000_000, 183_000_000),
    )
    assert fact.key == "bearings|p-token|gross_output|2026-05"
    assert "示例" not in msgspec.json.encode(fact).decode()


def test_a_retraction_says_only_what_is_gone() -> None:
    fact = message(Change(KEY, NOW, None), subject="e-token", as_of="2026-06-09T08:20:03Z")

    assert fact.deleted
    assert (fact.key, fact.version, fact.ytd) == (
        "bearings|e-token|gross_output|2026-05",
        NOW,
        None,
    )
