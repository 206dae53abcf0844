"""Held reports and silent feeds: a set of notices and a day decide, not the order of arrival."""

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.adapters.holidays import chinese_working_days as days
from services.alerts.domain.notice_rules import (
    FeedSilentRule,
    SuspiciousReportRule,
    assess_feed_silent,
    assess_suspicious_report,
    held_reports,
)
from shared.events.notices import Notice, NoticeKind
from shared.events.status import Colour

FRIDAY = "2026-06-12T11:00:00+08:00"
HELD, CONFIRMED = NoticeKind.REPORT_HELD, NoticeKind.REPORT_CONFIRMED
REJECTED, RELEASED = NoticeKind.REPORT_REJECTED, NoticeKind.REPORT_RELEASED


def held(kind: NoticeKind = HELD, at: str = FRIDAY, **fields: Any) -> Notice:
    plain = {
        "unit": "u",
        "subject": "e1",
        "topic": "stats.output.v1",
        "indicator": "gross_output",
        "period": "2026-05",
        "revision": 1,
    }
    return Notice(notice_id=f"{kind}{at}{fields}", kind=kind, at=at, **{**plain, **fields})


def suspicious(*notices: Notice, today: date = date(2026, 6, 15)) -> str:
    return assess_suspicious_report(SuspiciousReportRule(), notices, today, days).reason


def test_a_held_report_waits_one_working_day_before_it_is_told() -> None:
    assert suspicious(held(), today=date(2026, 6, 14)) == "none_waits"
    assert suspicious(held()) == "waits_for_confirmation"


@pytest.mark.parametrize("kind", [CONFIRMED, REJECTED, RELEASED])
def test_a_word_on_it_ends_it_whatever_came_first(kind: NoticeKind) -> None:
    ended = held(kind, "2026-06-13T09:00:00+08:00")
    assert suspicious(held(), ended) == suspicious(ended, held()) == "none_waits"


def test_a_newer_revision_may_be_held_again() -> None:
    ended = held(RELEASED, "2026-06-12T12:00:00+08:00")
    again = held(HELD, "2026-06-12T13:00:00+08:00", revision=2)
    assert suspicious(again, held(), ended) == "waits_for_confirmation"
    assert [notice.revision for notice in held_reports([again, held(), ended])] == [2]


@given(st.permutations([held(), held(CONFIRMED, "2026-06-13T09:00:00+08:00"), held(subject="e2")]))
def test_any_order_of_notices_says_the_same(notices: list[Notice]) -> None:
    assert [notice.subject for notice in held_reports(notices)] == ["e2"]


def fed(source: str, period: str) -> Notice:
    return Notice(
        notice_id=f"{source}{period}",
        kind=NoticeKind.FEED_REPORTED,
        unit="city",
        at=FRIDAY,
        source=source,
        topic="stats.output.v1",
        period=period,
    )


def silent(*notices: Notice, today: date) -> Any:
    return assess_feed_silent(FeedSilentRule(), notices, today, days)


def test_a_source_is_silent_after_the_deadline_of_what_it_owes() -> None:
    assert silent(fed("a", "2026-04"), today=date(2026, 6, 12)).reason == "feed_reported"
    outcome = silent(fed("a", "2026-04"), fed("b", "2026-05"), today=date(2026, 6, 15))
    assert (outcome.reason, outcome.colour) == ("feed_silent", Colour.BLUE)
    assert [item.subject for item in outcome.detail.items] == ["a"]


def test_the_colour_grows_with_the_working_days_of_the_oldest_silence() -> None:
    assert silent(fed("a", "2026-03"), today=date(2026, 6, 15)).colour is Colour.RED


def test_only_the_newest_report_of_a_source_counts() -> None:
    for notices in itertools.permutations([fed("a", "2026-03"), fed("a", "2026-05")]):
        assert silent(*notices, today=date(2026, 6, 15)).reason == "feed_reported"


def test_quarters_and_years_are_no_monthly_feed() -> None:
    assert silent(fed("a", "2026-Q1"), today=date(2026, 6, 15)).reason == "feed_reported"


def test_a_year_without_holiday_data_is_said() -> None:
    assert silent(fed("a", "2039-10"), today=date(2040, 1, 20)).warnings
