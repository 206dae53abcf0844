"""When papers are due: weekdays, working days after the deadline, holidays, China's hours."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.domain.calendar import BEIJING
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.rhythm import PaperPeriod
from services.alerts.domain.papers.schedule import PaperOrder, coming, due_at, newest_due

DEADLINE_DAY = 12


def wish(kind: str, **more: Any) -> PaperOrder:
    return PaperOrder(PaperKind(kind), "suzhou-2027", "suzhou-ah", **more)


def due(paper: PaperOrder, period: str) -> str | None:
    found = due_at(
        paper, PaperPeriod.parse(paper.rhythm, period), DEADLINE_DAY, chinese_working_days
    )
    return None if found is None else f"{found.astimezone(BEIJING):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("period", "working_day", "day"),
    [
        ("2026-05", 1, "2026-06-15 09:00"),  # 12 June is a Friday
        ("2026-05", 5, "2026-06-22 09:00"),  # 19 June is the Dragon Boat Festival
        ("2025-08", 3, "2025-09-17 09:00"),
        ("2025-09", 1, "2025-10-14 09:00"),  # 12 October is a Sunday; the deadline is the 13th
        ("2025-12", 1, "2026-01-13 09:00"),
        ("2026-02", 1, "2026-03-13 09:00"),
    ],
)
def test_a_monthly_paper_is_due_working_days_after_the_deadline(
    period: str, working_day: int, day: str
) -> None:
    assert due(wish("monthly", working_day=working_day), period) == day


def test_days_are_counted_over_the_new_years_holidays_and_worked_weekends() -> None:
    """Off from 28 January to 4 February 2025; Sunday 26 January and Saturday 8 February worked."""
    assert due(wish("yearly", working_day=11), "2024") == "2025-01-27 09:00"
    assert due(wish("yearly", working_day=12), "2024") == "2025-02-05 09:00"
    assert due(wish("monthly", working_day=15), "2024-12") == "2025-02-08 09:00"


@pytest.mark.parametrize(("kind", "period"), [("quarterly", "2026-Q1"), ("tour", "2026-Q1")])
def test_quarterly_papers_follow_the_deadline_of_the_last_month(kind: str, period: str) -> None:
    assert due(wish(kind, working_day=3, at=time(15, 30)), period) == "2026-04-16 15:30"


def test_a_yearly_paper_follows_decembers_deadline() -> None:
    assert due(wish("yearly"), "2025") == "2026-01-13 09:00"


@pytest.mark.parametrize(
    ("period", "weekday", "day"),
    [
        ("2026-W24", 5, "2026-06-12 09:00"),
        ("2026-W25", 5, "2026-06-18 09:00"),  # Friday is the Dragon Boat Festival
        ("2025-W41", 1, "2025-10-09 09:00"),  # holidays until Wednesday
        ("2026-W08", 5, None),  # the whole week is the Spring Festival
        ("2026-W07", 6, "2026-02-14 09:00"),  # a Saturday that is worked
    ],
)
def test_a_weekly_paper_is_due_on_its_weekday_or_the_working_day_before(
    period: str, weekday: int, day: str | None
) -> None:
    assert due(wish("weekly", weekday=weekday), period) == day


def test_the_hour_is_chinas_wherever_the_server_stands() -> None:
    paper = wish("monthly")
    just_before = datetime(2026, 6, 15, 0, 59, tzinfo=UTC)
    found = [
        newest_due(paper, at, DEADLINE_DAY, chinese_working_days)
        for at in (just_before, just_before + timedelta(minutes=1))
    ]
    assert [one[0].text for one in found if one] == ["2026-04", "2026-05"]


KINDS = st.sampled_from(["weekly", "monthly", "quarterly", "tour", "yearly"])
MOMENTS = st.integers(0, 800 * 24 * 60).map(
    lambda minutes: datetime(2024, 6, 1, tzinfo=BEIJING) + timedelta(minutes=minutes)
)


@given(KINDS, MOMENTS, st.integers(1, 7), st.integers(1, 20))
def test_what_is_due_newest_has_passed_and_what_comes_has_not(
    kind: str, now: datetime, weekday: int, working_day: int
) -> None:
    paper = wish(kind, weekday=weekday, working_day=working_day)
    found = newest_due(paper, now, DEADLINE_DAY, chinese_working_days)
    ahead = list(islice(coming(paper, now, DEADLINE_DAY, chinese_working_days), 3))
    assert found is not None
    moments = [found[1], *(moment for _, moment in ahead)]
    assert found[1] <= now < ahead[0][1]
    assert moments == sorted(set(moments))
    assert all(chinese_working_days(moment.date()).working for moment in moments)
    periods = [found[0], *(period for period, _ in ahead)]
    gaps = [(after.first_day - before.last_day).days for before, after in pairwise(periods)]
    assert all(gap == 1 for gap in gaps) or kind == "weekly"


def test_every_month_of_a_year_is_due_once() -> None:
    paper, found = wish("monthly"), []
    day = date(2026, 1, 1)
    while day.year == 2026:
        now = datetime.combine(day, time(23), BEIJING)
        newest = newest_due(paper, now, DEADLINE_DAY, chinese_working_days)
        if newest is not None and newest[0].text not in found:
            found.append(newest[0].text)
        day += timedelta(days=1)
    assert found == ["2025-11", "2025-12", *(f"2026-{month:02}" for month in range(2, 12))]
