"""When an open project counts as stalled; today is always passed in."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.period import Month
from shared.events.status import OpenProject, Projects
from shared.stalling import Stall, StallingLimits, periods_between, stalled_projects

TODAY = date(2026, 6, 20)
SIGNED = OpenProject("p", "signed", "2026-03-22", None, None)
BUILDING = OpenProject("p", "building", "2025-03-01", None, "2026-05")


def block(*projects: OpenProject, period: str = "2026-05") -> Projects:
    return Projects(period, {}, {}, projects, len(projects))


def reasons(
    project: OpenProject, today: date = TODAY, period: str = "2026-05", **limits: Any
) -> tuple[Stall, ...]:
    found = stalled_projects(
        block(project, period=period), today, replace(StallingLimits(), **limits)
    )
    return found[0].reasons if found else ()


def test_a_signed_project_stalls_on_the_ninetieth_day_without_a_start() -> None:
    assert reasons(SIGNED, date(2026, 6, 19)) == ()
    assert reasons(SIGNED, date(2026, 6, 20)) == (Stall.NOT_STARTED,)
    assert reasons(SIGNED, date(2026, 6, 20), days_until_start=91) == ()


def test_a_started_project_is_not_held_against_the_day_it_was_signed() -> None:
    assert reasons(msgspec.structs.replace(BUILDING, stage="started")) == ()


@pytest.mark.parametrize(
    ("last_progress", "stalls"),
    [("2026-05", False), ("2026-04", False), ("2026-03", False), ("2026-02", True)],
)
def test_three_reporting_periods_without_growing_investment_are_a_stall(
    last_progress: str, *, stalls: bool
) -> None:
    project = msgspec.structs.replace(BUILDING, last_progress=last_progress)
    assert (reasons(project) == (Stall.NO_PROGRESS,)) is stalls


def test_the_missing_january_is_no_period_without_progress() -> None:
    project = msgspec.structs.replace(BUILDING, last_progress="2025-12")
    assert reasons(project, date(2026, 4, 20), "2026-03") == ()
    assert reasons(project, date(2026, 5, 20), "2026-04") == (Stall.NO_PROGRESS,)
    assert periods_between(Month(2025, 12), Month(2026, 2)) == 1


def test_before_any_progress_the_day_of_the_stage_counts() -> None:
    begun = msgspec.structs.replace(BUILDING, since="2026-04-02", last_progress=None)
    assert reasons(begun) == ()
    assert reasons(msgspec.structs.replace(begun, since="2026-01-31")) == (Stall.NO_PROGRESS,)


def test_a_silent_feed_makes_no_project_stall_for_want_of_progress() -> None:
    assert reasons(BUILDING, date(2027, 6, 20), "2026-05") == ()


def test_a_project_is_past_due_the_day_after_its_completion_date() -> None:
    project = msgspec.structs.replace(BUILDING, due="2026-06-20")
    assert reasons(project) == ()
    assert reasons(project, date(2026, 6, 21)) == (Stall.PAST_DUE,)


def test_every_reason_is_named_and_the_longest_delay_counted() -> None:
    project = msgspec.structs.replace(SIGNED, since="2025-06-20", due="2026-06-10")
    (stalled,) = stalled_projects(block(project), TODAY)
    assert stalled.reasons == (Stall.NOT_STARTED, Stall.PAST_DUE)
    assert stalled.days == 365


@given(
    st.dates(date(2020, 1, 1), date(2026, 6, 1)),
    st.sampled_from(["signed", "started", "building"]),
    st.integers(0, 800),
    st.integers(0, 400),
)
def test_what_has_stalled_stays_stalled_while_nothing_moves(
    since: date, stage: str, first: int, later: int
) -> None:
    project = OpenProject("p", stage, since.isoformat(), None, None)
    before = since + timedelta(days=first)
    after = before + timedelta(days=later)
    assert set(reasons(project, before)) <= set(reasons(project, after))
