"""Rule 11: units nest and are never added; totals count an enterprise of several clusters once.

Memberships have weights and dates: an old period keeps the one it had, until it is re-attributed.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.attribution import distribute
from services.ingest.testing import Ingest
from shared.events.facts import MEMBERSHIP
from shared.events.period import Month
from shared.plans import Plan
from shared.plans.units import MembershipRule
from shared.testing.events import Body, output, records, registration
from shared.testing.plans import (
    BEARINGS,
    CHEMISTRY,
    CITY,
    EQUIPMENT,
    LINGBI,
    PARTS,
    SNACKS,
    YONGQIAO,
    small_plan,
)

TWO_CLUSTERS = [
    {"cluster": BEARINGS, "weight": 6667, "primary": True},
    {"cluster": PARTS, "weight": 3333},
]


def ytd(ingest: Ingest, period: str = "2026-05") -> dict[str, int | None]:
    """Year-to-date by unit."""
    return {
        fact.unit: fact.ytd
        for fact in ingest.live_facts().values()
        if fact.period == period and fact.indicator == "gross_output"
    }


def sent(*bodies: Body) -> list[Body]:
    return [*bodies, output(unit="元", ytd=1001, month=1)]


def test_an_enterprise_of_two_clusters_counts_once_in_industry_county_and_city(
    ingest: Ingest,
) -> None:
    ingest.take(records(sent(registration(memberships=TWO_CLUSTERS))))
    assert ytd(ingest) == {BEARINGS: 667, PARTS: 334, EQUIPMENT: 1001, LINGBI: 1001, CITY: 1001}


def test_the_parts_of_clusters_make_the_whole_to_the_yuan(ingest: Ingest) -> None:
    ingest.take(records(sent(registration(memberships=TWO_CLUSTERS))))
    found = ytd(ingest)
    assert (found[BEARINGS] or 0) + (found[PARTS] or 0) == found[EQUIPMENT]


@given(value=st.integers(-(10**15), 10**15), cut=st.integers(1, 9_999))
def test_weights_that_make_a_whole_lose_no_yuan(value: int, cut: int) -> None:
    assert sum(distribute(value, {"a": cut, "b": 10_000 - cut}).values()) == value


def test_weights_above_one_are_refused(ingest: Ingest) -> None:
    much = [{"cluster": BEARINGS, "weight": 7000}, {"cluster": PARTS, "weight": 4000}]
    ingest.take(records([registration(memberships=much)]))
    assert ingest.dead_letters() == {"stats.enterprise.v1": {"weights_above_one": 1}}


def test_weights_below_one_leave_the_rest_to_no_cluster(ingest: Ingest) -> None:
    ingest.take(records(sent(registration(memberships=[{"cluster": BEARINGS, "weight": 4000}]))))
    assert (ytd(ingest)[BEARINGS], ytd(ingest)[LINGBI]) == (400, 1001)


def test_an_old_period_keeps_the_membership_it_had(ingest: Ingest) -> None:
    moved = registration(event_id="m", action="change", effective="2026-04", region="341302")
    march = output(event_id="m", period="2026-03", unit="元", ytd=5, month=1)
    ingest.take(records([*sent(registration(), moved), march]))
    assert set(ytd(ingest, "2026-03")) == {BEARINGS, EQUIPMENT, LINGBI, CITY}
    assert set(ytd(ingest)) == {PARTS, EQUIPMENT, YONGQIAO, CITY}


def test_a_reattribution_changes_old_periods_too_from_its_own_month_on(ingest: Ingest) -> None:
    march = output(event_id="m", period="2026-03", unit="元", ytd=5, month=1)
    ingest.take(records([*sent(registration()), march]))
    ingest.take(
        records(
            [
                registration(
                    event_id="r",
                    action="reattribution",
                    effective="2026-03",
                    memberships=[{"cluster": PARTS, "weight": 10_000}],
                )
            ]
        )
    )
    for period in ("2026-03", "2026-05"):
        assert PARTS in ytd(ingest, period)
        assert BEARINGS not in ytd(ingest, period)


def test_a_cluster_of_two_industries_counts_its_members_once(ingest: Ingest) -> None:
    ingest.take(records(sent(registration(industry="2611"))))
    assert set(ytd(ingest)) == {CHEMISTRY, EQUIPMENT, LINGBI, CITY}


def dated_plan() -> Plan:
    """From April 2026 on, makers of bearings in Lingbi count in parts."""
    plan = small_plan()
    rules = {
        BEARINGS: (MembershipRule(("341323",), industries=("345",), valid_to=Month(2026, 3)),),
        PARTS: (MembershipRule(("341323",), industries=("345",), valid_from=Month(2026, 4)),),
    }
    units = [replace(u, membership=rules.get(u.id, u.membership)) for u in plan.units]
    return replace(plan, units=tuple(units))


@pytest.fixture
def dated(tmp_path: Path) -> Iterator[Ingest]:
    made = Ingest(tmp_path / "dated", [dated_plan()], limits=None)
    yield made
    made.engine.dispose()


def expected(ingest: Ingest, unit: str) -> dict[str, tuple[str, ...] | None]:
    return {
        fact.period: fact.expected
        for fact in ingest.live_facts().values()
        if (fact.unit, fact.indicator) == (unit, MEMBERSHIP)
    }


def test_a_dated_rule_moves_reports_and_what_is_expected_between_two_register_events(
    dated: Ingest,
) -> None:
    march = output(event_id="m", period="2026-03", unit="元", ytd=5, month=1)
    dated.take(records([*sent(registration(effective="2025-01")), march]))
    assert (BEARINGS in ytd(dated, "2026-03"), PARTS in ytd(dated)) == (True, True)
    assert expected(dated, BEARINGS) == {"2025-01": ("gross_output",), "2026-04": ()}
    assert expected(dated, PARTS) == {"2026-04": ("gross_output",)}
    assert expected(dated, CITY) == {"2025-01": ("gross_output",)}  # nothing turned there


def test_a_turn_before_the_first_entry_says_nothing(dated: Ingest) -> None:
    dated.take(records([registration(effective="2026-06")]))
    assert expected(dated, BEARINGS) == {}
    assert expected(dated, PARTS) == {"2026-06": ("gross_output",)}


def test_an_exit_before_the_turn_leaves_nothing_to_expect(dated: Ingest) -> None:
    gone = registration(event_id="x", action="exit", effective="2026-02")
    dated.take(records([registration(effective="2025-01"), gone]))
    dated_parts = expected(dated, PARTS)
    assert set(dated_parts.values()) <= {()}


@pytest.mark.parametrize("version_from", [Month(2026, 4)])
def test_a_new_version_of_the_plan_turns_memberships_too(
    tmp_path: Path, version_from: Month
) -> None:
    first = small_plan()
    later = replace(dated_plan(), version="2", effective_from=version_from)
    ingest = Ingest(tmp_path / "versions", [first, later], limits=None)
    ingest.take(records([registration(effective="2025-01")]))
    assert expected(ingest, PARTS) == {"2026-04": ("gross_output",)}
    assert SNACKS not in {fact.unit for fact in ingest.live_facts().values()}
    ingest.engine.dispose()
