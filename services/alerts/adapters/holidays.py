"""Chinese public holidays and shifted workdays, from the State Council's yearly notices."""

from datetime import date

import chinese_calendar

from services.alerts.domain.calendar import DayKind

_SATURDAY = 5


def chinese_working_days(day: date) -> DayKind:
    """Whether offices work on a day; years without a published notice know weekends only."""
    try:
        return DayKind(working=chinese_calendar.is_workday(day), official=True)
    except NotImplementedError:
        return DayKind(working=day.weekday() < _SATURDAY, official=False)
