from datetime import date

import pytest

from services.alerts.adapters.holidays import chinese_working_days as days
from services.alerts.domain.lateness import DeadlineRule, assess_coverage_low, assess_report_late
from services.alerts.domain.outcome import Outcome, Phase
from shared.events.period import Month
from shared.events.status import Colour, Enterprises, Status
from shared.testing.statuses import status_of

RULE = DeadlineRule()
DAY_AFTER = date(2026, 6, 15)
"""The working day after the deadline of 2026-05."""


def assess(*statuses: Status, today: date = DAY_AFTER) -> Outcome:
    return assess_report_late(RULE, statuses, today, days)


def test_nothing_is_late_on_the_deadline_itself() -> None:
    assert assess(status_of("2026-04"), today=date(2026, 6, 12)).phase is Phase.INACTIVE


def test_no_status_for_a_due_period_means_nobody_reported() -> None:
    outcome = assess(status_of("2026-04"))
    assert (outcome.phase, outcome.reason) == (Phase.FIRING, "no_status_for_due_period")
    assert (outcome.period, outcome.since) == (Month(2026, 5), Month(2026, 5))
    assert outcome.announces


NOBODY = status_of("2026-05", "grey", coverage=0.0, enterprises=Enterprises(20, 0))
THIN = status_of("2026-05", "grey", coverage=0.9, enterprises=Enterprises(20, 18))


def thin(*statuses: Status, today: date = DAY_AFTER) -> Outcome:
    return assess_coverage_low(RULE, statuses, today, days)


def test_nobody_reporting_is_late() -> None:
    assert assess(status_of("2026-04"), NOBODY).reason == "nobody_reported"
    assert thin(status_of("2026-04"), NOBODY).phase is Phase.INACTIVE


def test_where_some_report_it_is_coverage_that_is_low() -> None:
    assert assess(status_of("2026-04"), THIN).reason == "reported_in_part"
    outcome = thin(status_of("2026-04"), THIN)
    assert (outcome.phase, outcome.reason) == (Phase.FIRING, "coverage_below_gate")


def test_low_coverage_is_no_news_before_the_deadline() -> None:
    assert thin(THIN, today=date(2026, 6, 12)).phase is Phase.INACTIVE


def test_low_coverage_clears_when_the_reports_are_complete_and_holds_when_nobody_reports() -> None:
    assert thin(status_of("2026-05")).reason == "reported"
    earlier = status_of("2026-04", "grey", coverage=0.9, enterprises=Enterprises(20, 18))
    held = thin(earlier, NOBODY)
    assert (held.phase, held.announces, held.since) == (Phase.FIRING, False, Month(2026, 4))


def test_where_nothing_is_expected_nothing_is_late() -> None:
    none = status_of("2026-05", "grey", coverage=None, enterprises=Enterprises(0, 0))
    assert assess(none).reason == "nothing_expected"


def test_complete_reports_are_not_late() -> None:
    assert assess(status_of("2026-05")).phase is Phase.INACTIVE


@pytest.mark.parametrize(
    ("today", "colour", "late"),
    [
        (date(2026, 6, 13), Colour.BLUE, 0),
        (date(2026, 6, 15), Colour.BLUE, 1),
        (date(2026, 6, 17), Colour.YELLOW, 3),
        (date(2026, 6, 22), Colour.ORANGE, 5),  # the Dragon Boat holiday is no working day
        (date(2026, 6, 30), Colour.RED, 11),
    ],
)
def test_severity_grows_with_working_days(today: date, colour: Colour, late: int) -> None:
    outcome = assess(status_of("2026-04"), today=today)
    assert (outcome.colour, outcome.working_days_late) == (colour, late)


def test_an_unbroken_stretch_counts_from_its_first_late_period() -> None:
    outcome = assess(status_of("2026-03"))
    assert (outcome.since, outcome.colour) == (Month(2026, 4), Colour.RED)


def test_only_the_newest_due_period_can_be_late() -> None:
    assert assess(status_of("2026-03"), status_of("2026-05")).phase is Phase.INACTIVE


def test_a_series_is_waited_for_from_its_first_period_on() -> None:
    assert assess(status_of("2026-06")).reason == "not_yet_due"


def test_a_year_without_holiday_data_is_said() -> None:
    outcome = assess(status_of("2039-12"), today=date(2040, 1, 20))
    assert outcome.warnings == ("calendar_weekends_only",)
