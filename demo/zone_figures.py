"""Simulated figures of the city and its counties that no enterprise reports."""

from collections.abc import Iterator
from datetime import datetime

from demo.messages import CHINA, INDICATOR, INDUSTRY, SCIENCE, Message, message, timestamp
from demo.population import FIRST_YEAR
from shared.events.period import Month

_CITY, _YONGQIAO = "341300", "341302"
_YEARLY = (
    # indicator, source, region, unit, the value of the history's first year, and what is added
    ("szah-rd-activity-coverage", SCIENCE, _CITY, "%", 71.5, 7.2),
    ("szah-rd-org-coverage", SCIENCE, _CITY, "%", 48.0, 9.5),
    ("szah-digital-transformation-coverage", INDUSTRY, _CITY, "%", 42.4, 14.1),
    ("suzhou-ah-yongqiao-strong-industry-projects", INDUSTRY, _YONGQIAO, "个", 1, 0),
)
_QUARTERLY = ("szah-tour-coverage", INDUSTRY, _CITY, "%", 82.0, 1.4)
_WHOLE = 100.0
_YEAR_REPORTED, _QUARTER_REPORTED = 25, 15
"""Days of the following month on which the figures of a year and of a quarter are sent."""


def zone_messages(last: Month) -> Iterator[Message]:
    """All figures of years and quarters that have ended by `last`."""
    for year in range(FIRST_YEAR, last.year + 1):
        for quarter in range(1, 5):
            if Month(year, quarter * 3) <= last:
                yield _quarter(year, quarter)
        if Month(year, 12) <= last:
            yield from _year(year)


def _year(year: int) -> Iterator[Message]:
    for indicator, source, region, unit, first, added in _YEARLY:
        value = first + added * (year - FIRST_YEAR)
        yield _figure(indicator, source, region, unit, value, str(year), Month(year, 12))


def _quarter(year: int, quarter: int) -> Message:
    indicator, source, region, unit, first, added = _QUARTERLY
    value = first + added * ((year - FIRST_YEAR) * 4 + quarter - 1)
    return _figure(
        indicator, source, region, unit, value, f"{year}-Q{quarter}", Month(year, quarter * 3)
    )


def _figure(
    indicator: str, source: str, region: str, unit: str, value: float, period: str, end: Month
) -> Message:
    day = _YEAR_REPORTED if len(period) == len("2026") else _QUARTER_REPORTED
    at = datetime(end.following.year, end.following.month, day, 15, 30, tzinfo=CHINA)
    shown = min(value, _WHOLE) if unit == "%" else value
    body = {
        "event_id": f"zone:{indicator}:{region}:{period}:1",
        "source": source,
        "indicator": indicator,
        "region": region,
        "period": period,
        "value": f"{shown:.2f}" if unit == "%" else shown,
        "unit": unit,
        "revision": 1,
        "reported_at": timestamp(at),
    }
    return message(at, INDICATOR, region, body)
