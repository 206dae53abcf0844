from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.period import Month
from shared.events.reasons import Reason, Refused

months = st.dates(date(1949, 1, 1), date(2100, 12, 31)).map(lambda day: Month(day.year, day.month))
reporting = months.filter(lambda month: month.month != 1)


@given(months)
def test_a_month_is_read_back_as_it_was_written(month: Month) -> None:
    assert Month.parse(str(month)) == month
    assert Month.from_number(month.number) == month


@given(reporting)
def test_a_reporting_month_is_read_back_too(month: Month) -> None:
    assert Month.parse_reporting(str(month)) == month


@given(reporting)
def test_before_and_after_undo_each_other_and_skip_january(month: Month) -> None:
    assert month.reporting_after().reporting_before() == month
    assert month.reporting_before() < month < month.reporting_after()
    assert month.reporting_after().month != 1


@pytest.mark.parametrize("text", ["2026-02", "2026-01/02", "2026年1-2月", "2026年1—2月"])
def test_every_spelling_of_january_and_february_is_february(text: str) -> None:
    assert Month.parse_reporting(text) == Month(2026, 2)


def test_january_alone_is_not_collected_but_is_a_calendar_month() -> None:
    with pytest.raises(Refused) as caught:
        Month.parse_reporting("2026-01")

    assert caught.value.reason is Reason.JANUARY_NOT_COLLECTED
    assert Month.parse("2026-01") == Month(2026, 1)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-5", "2026-05\n", "0000-01", "2026-Q1"]
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        Month.parse_reporting(text)

    assert (caught.value.reason, caught.value.field) == (Reason.BAD_PERIOD, "period")


def test_the_refusal_names_the_field_it_came_from() -> None:
    with pytest.raises(Refused) as caught:
        Month.parse("soon", "effective")

    assert caught.value.field == "effective"


@given(st.text(max_size=12))
def test_any_text_is_a_month_or_refused(text: str) -> None:
    assert outcome(text) in {"month", Reason.BAD_PERIOD, Reason.JANUARY_NOT_COLLECTED}


def outcome(text: str) -> str:
    try:
        Month.parse_reporting(text)
    except Refused as refused:
        return refused.reason
    return "month"
