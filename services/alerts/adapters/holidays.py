"""Chinese public holidays and shifted workdays, from the State Council's yearly notices.

The library carries the notices as data and gets a release each autumn, when the next year's comes
out. A newer one is all that is needed; nothing is asked over the network.
"""

from datetime import date
from functools import lru_cache

import chinese_calendar

from services.alerts.domain.calendar import DayKind

_SATURDAY = 5
_ANNOUNCED_BY = 12
"""Month by which the next year's notice has come out, and the library with it."""
LAST_OFFICIAL_YEAR: int = max(day.year for day in chinese_calendar.constants.holidays)
"""Last year whose notice is in the installed data."""


@lru_cache(maxsize=4096)
def chinese_working_days(day: date) -> DayKind:
    """Whether offices work on a day; years without a published notice know weekends only."""
    try:
        return DayKind(working=chinese_calendar.is_workday(day), official=True)
    except NotImplementedError:
        return DayKind(working=day.weekday() < _SATURDAY, official=False)


def calendar_warning(today: date) -> str | None:
    """What the installed data lack on a day, and what follows; null when they suffice."""
    needed = today.year + (today.month >= _ANNOUNCED_BY)
    if needed <= LAST_OFFICIAL_YEAR:
        return None
    return (
        f"public holidays are known up to {LAST_OFFICIAL_YEAR}: from {LAST_OFFICIAL_YEAR + 1} on "
        "every Monday to Friday counts as a working day. Install a newer chinesecalendar."
    )
