"""The rhythm of papers, and the periods they are about."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.events.period import Month
from shared.events.reasons import Reason, Refused

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
_MONTHS_A_QUARTER = 3
_FIRST_YEAR, _LAST_YEAR = 1949, 2100


class Rhythm(StrEnum):
    """How often a snapshot is frozen; one serves several kinds of paper."""

    WEEKLY = "weekly"
    """周汇报."""
    MONTHLY = "monthly"
    """月通报."""
    QUARTERLY = "quarterly"
    """季评比."""
    YEARLY = "yearly"
    """年考核."""


@dataclass(frozen=True, slots=True)
class PaperPeriod:
    """What a paper is about: a week ``2026-W24``, a reporting month, a quarter or a year."""

    rhythm: Rhythm
    text: str
    """As it is written in addresses and stores."""
    month: Month
    """Last reporting month that belongs to it; of a week, the last that can have been reported."""
    first_day: date
    last_day: date

    @classmethod
    def parse(cls, rhythm: Rhythm, text: str) -> "PaperPeriod":
        """Read a period. Raises `Refused` with `BAD_PERIOD` or `JANUARY_NOT_COLLECTED`."""
        return _READERS[rhythm](text)

    @classmethod
    def around(cls, rhythm: Rhythm, day: date) -> "PaperPeriod":
        """The period that a day lies in; January lies in January–February."""
        if rhythm is Rhythm.WEEKLY:
            year, week, _ = day.isocalendar()
            return cls.parse(rhythm, f"{year:04d}-W{week:02d}")
        if rhythm is Rhythm.MONTHLY:
            return cls.parse(rhythm, f"{day.year:04d}-{max(day.month, 2):02d}")
        if rhythm is Rhythm.QUARTERLY:
            return cls.parse(rhythm, f"{day.year:04d}-Q{(day.month + 2) // _MONTHS_A_QUARTER}")
        return cls.parse(rhythm, f"{day.year:04d}")


def _week(text: str) -> PaperPeriod:
    match = _WEEK.fullmatch(text)
    try:
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        first = None
    if first is None or not _FIRST_YEAR <= first.year <= _LAST_YEAR:
        raise _bad(text, "a week like 2026-W24")
    last = first + timedelta(days=6)
    month = Month(last.year, last.month).reporting_before()
    return PaperPeriod(Rhythm.WEEKLY, text, month, first, last)


def _month(text: str) -> PaperPeriod:
    month = Month.parse_reporting(text)
    first = date(month.year, 1 if month.month == 2 else month.month, 1)  # noqa: PLR2004
    return PaperPeriod(Rhythm.MONTHLY, str(month), month, first, _last_day(month))


def _quarter(text: str) -> PaperPeriod:
    match = _QUARTER.fullmatch(text)
    if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        raise _bad(text, "a quarter like 2026-Q2")
    month = Month(int(match[1]), int(match[2]) * _MONTHS_A_QUARTER)
    first = date(month.year, month.month - 2, 1)
    return PaperPeriod(Rhythm.QUARTERLY, text, month, first, _last_day(month))


def _year(text: str) -> PaperPeriod:
    if _YEAR.fullmatch(text) is None or not _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        raise _bad(text, "a year like 2026")
    month = Month(int(text), 12)
    return PaperPeriod(Rhythm.YEARLY, text, month, date(month.year, 1, 1), _last_day(month))


def _last_day(month: Month) -> date:
    following = month.following
    return date(following.year, following.month, 1) - timedelta(days=1)


def _bad(text: str, wanted: str) -> Refused:
    return Refused(Reason.BAD_PERIOD, "period", f"{text!r} is not {wanted}")


_READERS: dict[Rhythm, Callable[[str], PaperPeriod]] = {
    Rhythm.WEEKLY: _week,
    Rhythm.MONTHLY: _month,
    Rhythm.QUARTERLY: _quarter,
    Rhythm.YEARLY: _year,
}
