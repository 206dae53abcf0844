"""When digests go out: working days of the Chinese calendar, shifted workdays included."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.adapters.holidays import (
    LAST_OFFICIAL_YEAR,
    calendar_warning,
    chinese_working_days,
)
from services.alerts.domain.cadence import Cadence, next_digest
from services.alerts.domain.calendar import BEIJING


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("cadence", "now", "expected"),
    [
        (Cadence.DAILY, "2026-05-12 08:00", "2026-05-12 09:00"),
        (Cadence.DAILY, "2026-05-12 09:00", "2026-05-13 09:00"),
        (Cadence.DAILY, "2026-05-15 17:00", "2026-05-18 09:00"),
        (Cadence.DAILY, "2026-05-08 17:00", "2026-05-09 09:00"),  # Saturday, a shifted workday
        (Cadence.DAILY, "2026-09-30 17:00", "2026-10-08 09:00"),  # the golden week
        (Cadence.WEEKLY, "2026-05-12 08:00", "2026-05-18 09:00"),
        (Cadence.WEEKLY, "2026-05-18 08:00", "2026-05-18 09:00"),
        (Cadence.WEEKLY, "2026-04-30 08:00", "2026-05-06 09:00"),  # Monday and Tuesday are off
    ],
)
def test_a_digest_goes_out_at_nine_on_a_working_day(
    cadence: Cadence, now: str, expected: str
) -> None:
    assert next_digest(cadence, china(now), chinese_working_days) == china(expected)


def test_who_is_told_at_once_waits_for_no_digest() -> None:
    assert next_digest(Cadence.AT_ONCE, china("2026-05-12 08:00"), chinese_working_days) is None


@given(
    st.datetimes(datetime(2024, 1, 2), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds UTC
    st.sampled_from([Cadence.DAILY, Cadence.WEEKLY]),
)
def test_a_digest_is_always_later_on_a_working_day_and_within_a_fortnight(
    now: datetime, cadence: Cadence
) -> None:
    due = next_digest(cadence, now, chinese_working_days)
    assert due is not None
    assert now < due <= now + timedelta(days=16)
    assert chinese_working_days(due.astimezone(BEIJING).date()).working


def test_the_calendar_says_in_time_that_the_next_years_holidays_are_missing() -> None:
    assert calendar_warning(date(LAST_OFFICIAL_YEAR, 11, 30)) is None
    assert "newer chinesecalendar" in (calendar_warning(date(LAST_OFFICIAL_YEAR, 12, 1)) or "")
    assert calendar_warning(date(LAST_OFFICIAL_YEAR + 3, 1, 1)) is not None


def test_beyond_the_data_monday_to_friday_are_working_days() -> None:
    first = date(LAST_OFFICIAL_YEAR + 1, 3, 1)
    for day in (first + timedelta(days=n) for n in range(7)):
        kind = chinese_working_days(day)
        assert (kind.working, kind.official) == (day.weekday() < 5, False)
