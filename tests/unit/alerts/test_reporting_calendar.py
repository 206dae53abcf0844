from datetime import UTC, date, datetime

import pytest

from services.alerts.adapters.holidays import chinese_working_days as days
from services.alerts.domain.calendar import (
    deadline,
    newest_due,
    today_in_china,
    working_days_since,
)
from shared.events.period import Month


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Month(2026, 5), date(2026, 6, 12)),  # a Friday
        (Month(2026, 3), date(2026, 4, 13)),  # 12 April 2026 is a Sunday
        (Month(2025, 12), date(2026, 1, 12)),
        (Month(2026, 2), date(2026, 3, 12)),
    ],
)
def test_a_deadline_moves_to_the_next_working_day(period: Month, expected: date) -> None:
    assert deadline(period, 12, days).day == expected


def test_a_deadline_in_the_national_holiday_moves_behind_it() -> None:
    assert deadline(Month(2025, 9), 3, days).day == date(2025, 10, 9)


def test_a_shifted_workday_is_a_working_day() -> None:
    assert date(2025, 10, 11).strftime("%A") == "Saturday"
    assert deadline(Month(2025, 9), 11, days).day == date(2025, 10, 11)


def test_years_without_a_notice_know_weekends_only_and_say_so() -> None:
    due = deadline(Month(2040, 9), 3, days)
    assert (due.day, due.official) == (date(2040, 10, 3), False)
    assert deadline(Month(2025, 9), 3, days).official


def test_a_period_is_due_from_the_day_after_its_deadline() -> None:
    assert newest_due(date(2026, 6, 12), 12, days) == Month(2026, 4)
    assert newest_due(date(2026, 6, 13), 12, days) == Month(2026, 5)


def test_january_is_never_due() -> None:
    assert newest_due(date(2026, 2, 28), 12, days) == Month(2025, 12)
    assert newest_due(date(2026, 3, 13), 12, days) == Month(2026, 2)


def test_working_days_are_counted_after_the_start() -> None:
    assert working_days_since(date(2026, 6, 12), date(2026, 6, 12), days) == 0
    assert working_days_since(date(2026, 6, 12), date(2026, 6, 15), days) == 1


def test_the_day_is_chinas_day() -> None:
    assert today_in_china(datetime(2026, 6, 12, 17, tzinfo=UTC)) == date(2026, 6, 13)
