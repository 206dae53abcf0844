"""Stages of projects: the state at the end of each month, whatever the order of what came."""

from itertools import permutations
from typing import Any

import pytest

from shared.events.facts import PROJECT, Fact
from shared.testing.events import Body, records, stage, without
from shared.testing.plans import BEARINGS, CITY, EQUIPMENT, LINGBI, PARTS, YONGQIAO

SIGNED = stage()
STARTED = stage(event_id="b", stage="started", occurred_on="2026-03-02")
BUILDING = stage(event_id="c", stage="building", occurred_on="2026-03-30")
ENDED = stage(event_id="d", stage="terminated", occurred_on="2026-05-09")


def states(ingest: Any, unit: str = CITY) -> dict[str, Any]:
    """Live project facts of a unit by month."""
    facts: list[Fact] = list(ingest.live_facts().values())
    return {f.period: f.project for f in facts if (f.unit, f.indicator) == (unit, PROJECT)}


def stages(ingest: Any, unit: str = CITY) -> dict[str, str]:
    return {month: state.stage for month, state in states(ingest, unit).items()}


def test_a_month_has_the_state_at_its_end(ingest: Any) -> None:
    ingest.take(records([BUILDING, SIGNED, STARTED]))
    assert stages(ingest) == {"2026-01": "signed", "2026-03": "building"}


def test_several_stages_of_a_day_are_ranked_by_a_projects_life(ingest: Any) -> None:
    day = {"occurred_on": "2026-03-02"}
    for order in permutations([{**STARTED, **day}, {**SIGNED, **day}, {**BUILDING, **day}]):
        ingest.empty()
        ingest.take(records(order))
        assert stages(ingest) == {"2026-03": "building"}


def test_termination_ends_it(ingest: Any) -> None:
    later = stage(event_id="e", stage="producing", occurred_on="2026-06-01")
    ingest.take(records([later, SIGNED]))
    assert stages(ingest) == {"2026-01": "signed", "2026-06": "producing"}
    ingest.take(records([ENDED]))
    assert stages(ingest) == {"2026-01": "signed", "2026-05": "terminated"}


def test_a_later_revision_moves_a_stage_to_another_month(ingest: Any) -> None:
    moved = {**STARTED, "event_id": "m", "occurred_on": "2026-04-11", "revision": 2}
    for order in permutations([SIGNED, STARTED, moved]):
        ingest.empty()
        for body in order:
            ingest.take(records([body]))
        assert stages(ingest) == {"2026-01": "signed", "2026-04": "started"}
        assert states(ingest)["2026-04"].occurred_on == "2026-04-11"


def test_what_left_a_month_is_retracted_under_its_key(ingest: Any) -> None:
    ingest.take(records([STARTED]))
    ingest.take(records([{**STARTED, "occurred_on": "2026-04-11", "revision": 2}]))
    gone = {f.key for f in ingest.facts() if f.deleted}
    assert len(gone) == 2  # county and city
    assert all(key.endswith("|project|2026-03") for key in gone)


def test_a_stage_may_be_reached_again(ingest: Any) -> None:
    again = stage(event_id="x", stage="started", occurred_on="2026-05-02")
    ingest.take(records([STARTED, again]))
    assert stages(ingest) == {"2026-03": "started", "2026-05": "started"}


def test_a_stage_carries_what_earlier_ones_said(ingest: Any) -> None:
    bare = without(STARTED, "contracted_total", "unit", "currency")
    ingest.take(records([{**SIGNED, "investor_origin": "320000", "top500": True}, bare]))
    state = states(ingest)["2026-03"]
    assert (state.contracted_total, state.currency) == (520_000_000, "CNY")
    assert (state.origin, state.top500, state.manufacturing) == ("32", True, True)


@pytest.mark.parametrize(
    ("fields", "units"),
    [
        ({}, {LINGBI, CITY}),
        ({"cluster": BEARINGS}, {BEARINGS, EQUIPMENT, LINGBI, CITY}),
        ({"region": "341302", "cluster": PARTS}, {PARTS, EQUIPMENT, YONGQIAO, CITY}),
        ({"region": "341302", "park": "park"}, {"park", CITY}),
    ],
)
def test_a_project_counts_where_it_is(ingest: Any, fields: Body, units: set[str]) -> None:
    ingest.take(records([stage(**fields)]))
    assert {fact.unit for fact in ingest.live_facts().values()} == units


def test_a_project_does_not_move_a_new_place_is_a_correction_of_all_months(ingest: Any) -> None:
    ingest.take(records([SIGNED]))
    ingest.take(records([{**STARTED, "region": "341302"}]))
    assert stages(ingest, LINGBI) == {}
    assert stages(ingest, YONGQIAO) == {"2026-01": "signed", "2026-03": "started"}
