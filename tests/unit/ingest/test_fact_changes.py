from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import (
    Change,
    Content,
    Sent,
    changes,
    encoded,
    line_facts,
    membership_facts,
)
from services.ingest.domain.lines import Figures
from services.ingest.domain.register import Entry, Registration, timeline
from services.ingest.testing import READER, line
from shared.events.facts import Fact, ProjectState
from shared.testing.events import investment, output, record, registration
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
ATTRIBUTOR = Attributor([PLAN])
NOW = 1_800_000_000_000_000


def entries(*fields: dict[str, Any]) -> tuple[Entry, ...]:
    found = []
    for each in fields:
        content = READER.read(record(registration(1, **each))).content
        assert isinstance(content, Registration)
        found.append(content.entry)
    return timeline(found)


def expectations(*fields: dict[str, Any]) -> dict[tuple[str, str], tuple[str, ...] | None]:
    facts = membership_facts(entries(*fields), ATTRIBUTOR)
    return {
        (str(month), unit): content.expected
        for month, told in facts.items()
        for unit, content in told.items()
    }


def test_a_line_counts_once_in_each_unit_of_its_enterprise() -> None:
    facts = line_facts(line(output()), entries({}), ATTRIBUTOR)

    figures = Figures(18_250_000, 80_110_000, 15_900_000, 71_020_000)
    whole = Content(revision=1, figures=figures, weight=10_000)
    assert facts == dict.fromkeys((BEARINGS, EQUIPMENT, LINGBI, CITY), whole)


def test_a_line_of_an_unknown_enterprise_counts_nowhere() -> None:
    assert line_facts(line(output()), (), ATTRIBUTOR) == {}


def test_shares_apply_to_all_four_numbers_and_null_stays_null() -> None:
    half = [{"cluster": BEARINGS, "weight": 5000}]
    item = line(output(1, unit="元", month=None, ytd=3, month_last_year=-3, ytd_last_year=0))

    fact = line_facts(item, entries({"memberships": half}), ATTRIBUTOR)[BEARINGS]

    assert fact.figures == Figures(None, 2, -2, 0)
    assert fact.weight == 5000


def test_an_old_period_keeps_the_membership_it_had() -> None:
    register = entries({}, {"action": "change", "effective": "2026-04", "region": "341302"})

    before = line_facts(line(output(1, period="2026-03")), register, ATTRIBUTOR)
    after = line_facts(line(output(1, period="2026-04")), register, ATTRIBUTOR)

    assert before.keys() == {BEARINGS, EQUIPMENT, LINGBI, CITY}
    assert after.keys() == {PARTS, EQUIPMENT, YONGQIAO, CITY}


def test_a_reattribution_reaches_back_to_its_own_date() -> None:
    register = entries({}, {"action": "reattribution", "effective": "2025-01", "region": "341302"})

    facts = line_facts(line(output(1, period="2025-02")), register, ATTRIBUTOR)

    assert facts.keys() == {PARTS, EQUIPMENT, YONGQIAO, CITY}


def test_a_project_counts_at_its_own_place_without_any_register() -> None:
    facts = line_facts(line(investment(1, cluster=PARTS)), (), ATTRIBUTOR)

    assert facts.keys() == {PARTS, EQUIPMENT, LINGBI, CITY}
    assert {content.project for content in facts.values()} == {
        ProjectState("building", 520_000_000, 183_000_000, None)
    }


def test_a_project_without_a_cluster_follows_the_rules_of_the_plan() -> None:
    facts = line_facts(line(investment(1)), (), ATTRIBUTOR)

    assert facts.keys() == {BEARINGS, EQUIPMENT, LINGBI, CITY}


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

    (told,) = membership_facts(register, ATTRIBUTOR).values()
    assert {content.expected for content in told.values()} == {()}
    assert BEARINGS in line_facts(line(output()), register, ATTRIBUTOR)


def test_units_that_are_told_alike_are_told_together() -> None:
    one, other = Content(revision=1), Content(revision=1, weight=5)
    wanted = {"a": one, "b": one, "c": one, "d": other, "e": other}
    sent = {"b": Sent(NOW, b"other"), "e": Sent(3, other.fingerprint), "f": Sent(4, b"gone")}

    assert changes(wanted, sent, NOW) == [
        Change(["a"], NOW, one),
        Change(["b"], NOW + 1, one),
        Change(["c"], NOW, one),
        Change(["d"], NOW, other),
        Change(["f"], NOW, None),
    ]
    assert changes(wanted, {}, NOW) == [
        Change(["a", "b", "c"], NOW, one),
        Change(["d", "e"], NOW, other),
    ]


def test_what_was_never_sent_is_sent_with_a_version_from_the_clock() -> None:
    content = Content(revision=1)

    assert changes({BEARINGS: content}, {}, NOW) == [Change([BEARINGS], NOW, content)]


def test_what_was_sent_already_is_not_sent_again() -> None:
    content = Content(revision=1, figures=Figures(1, 2))
    sent = {BEARINGS: Change([BEARINGS], NOW, content).sent}

    assert changes({BEARINGS: content}, sent, NOW + 1) == []


def test_a_change_gets_a_greater_version_even_when_the_clock_stands_still_or_runs_back() -> None:
    sent = {BEARINGS: Sent(NOW, b"other")}

    assert changes({BEARINGS: Content()}, sent, NOW)[0].version == NOW + 1
    assert changes({BEARINGS: Content()}, sent, NOW - 10**9)[0].version == NOW + 1
    assert changes({BEARINGS: Content()}, sent, NOW + 5)[0].version == NOW + 5


def test_what_is_wanted_no_more_is_retracted_once() -> None:
    (retraction,) = changes({}, {BEARINGS: Sent(NOW, b"content")}, NOW)

    assert retraction == Change([BEARINGS], NOW + 1, None)
    assert changes({}, {BEARINGS: retraction.sent}, NOW) == []


def test_what_was_retracted_can_come_back() -> None:
    (again,) = changes({BEARINGS: Content()}, {BEARINGS: Sent(NOW, None)}, NOW)

    assert again == Change([BEARINGS], NOW + 1, Content())


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
    sent: dict[str, Sent] = {}
    versions = []
    for number, skew in zip(contents, clock, strict=False):
        wanted = {} if number is None else {BEARINGS: Content(revision=number)}
        for change in changes(wanted, sent, NOW + skew):
            versions.append(change.version)
            sent[BEARINGS] = change.sent
        state = sent.get(BEARINGS, Sent(0, None)).fingerprint
        assert state == (None if number is None else Content(revision=number).fingerprint)

    assert versions == sorted(set(versions))


def wire(change: Change, subject: str) -> Fact:
    (found,) = encoded(change, subject, "gross_output", "2026-05", "2026-06-09T08:20:03Z")
    unit, key, value = found
    fact = msgspec.json.decode(value, type=Fact)
    assert (unit, key.decode()) == (fact.unit, fact.key)
    return fact


def test_what_several_units_are_told_is_encoded_for_each() -> None:
    change = Change([BEARINGS, 'un"it', "市"], NOW, Content(revision=2))

    told = list(encoded(change, "e-token", "revenue", "2026-05", "2026-06-09T08:20:03Z"))

    facts = [msgspec.json.decode(value, type=Fact) for _, _, value in told]
    assert [fact.unit for fact in facts] == change.units
    assert [(fact.unit, fact.key) for fact in facts] == [(u, k.decode()) for u, k, _ in told]
    assert {msgspec.structs.replace(fact, unit="") for fact in facts} == {
        Fact("", "e-token", "revenue", "2026-05", NOW, "2026-06-09T08:20:03Z", 2, weight=0)
    }


def test_the_wire_form_carries_everything_and_names_nobody() -> None:
    content = line_facts(line(investment(1, cluster=PARTS)), (), ATTRIBUTOR)[PARTS]

    fact = wire(Change([BEARINGS], NOW, content), "p-token")

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
    fact = wire(Change([BEARINGS], NOW, None), "e-token")

    assert fact.deleted
    assert (fact.key, fact.version, fact.ytd) == (
        "bearings|e-token|gross_output|2026-05",
        NOW,
        None,
    )
