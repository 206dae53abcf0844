"""Reporting periods: months, quarters and years as the statistics systems write them."""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple, Self

from shared.events.reasons import Reason, Refused

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
_JANUARY_FEBRUARY = re.compile(r"(\d{4})(?:-01/02|年1[-—]2月)")
_FIRST_YEAR, _LAST_YEAR = 1949, 2100


class Month(NamedTuple):
    """A calendar month; as a reporting period, February stands for January–February.

    A named tuple: an assessment compares and looks up months a thousand times, and tuples do so
    without a step of Python.
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: str, field: str = "period") -> Self:
        """Read a calendar month ``YYYY-MM``; January is fine here (register dates).

        Raises `Refused` with `Reason.BAD_PERIOD`, naming `field`.
        """
        match = _MONTH.fullmatch(text)
        if match is None:
            raise _bad_period(text, field)
        return cls._checked(int(match[1]), int(match[2]), text, field)

    @classmethod
    def parse_reporting(cls, text: str) -> Self:
        """Read a monthly reporting period; the spellings of January–February become ``YYYY-02``.

        Raises `Refused` with `BAD_PERIOD`, or `JANUARY_NOT_COLLECTED` for ``YYYY-01``.
        """
        match = _JANUARY_FEBRUARY.fullmatch(text)
        if match is not None:
            return cls._checked(int(match[1]), 2, text)
        period = cls.parse(text)
        if period.month == 1:
            raise Refused(
                Reason.JANUARY_NOT_COLLECTED,
                "period",
                f"{text}: January is reported together with February, as {period.year}-02",
            )
        return period

    @classmethod
    def _checked(cls, year: int, month: int, text: str, field: str = "period") -> Self:
        if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12):  # noqa: PLR2004
            raise _bad_period(text, field)
        return cls(year, month)

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Inverse of `number`."""
        return cls(*divmod(number, 100))

    @property
    def number(self) -> int:
        """The month as an integer ``YYYYMM``, as the stores keep it; it sorts by time."""
        return self.year * 100 + self.month

    @property
    def last_year(self) -> Self:
        """The same month one year before."""
        return type(self)(self.year - 1, self.month)

    @property
    def december(self) -> Self:
        """The period whose year-to-date is the year's total."""
        return type(self)(self.year, 12)

    @property
    def following(self) -> Self:
        """The next calendar month."""
        year, month = divmod(self.year * 12 + self.month, 12)
        return type(self)(year, month + 1)

    def reporting_before(self) -> Self:
        """The reporting period before this one; February's is last year's December."""
        if self.month <= 2:  # noqa: PLR2004
            return type(self)(self.year - 1, 12)
        return type(self)(self.year, self.month - 1)

    def reporting_after(self) -> Self:
        """The reporting period after this one; December's is next year's February."""
        if self.month == 12:  # noqa: PLR2004
            return type(self)(self.year + 1, 2)
        return type(self)(self.year, max(self.month, 1) + 1)

    def __str__(self) -> str:
        return _text(self)


# Thousands of lines are about the same few months.
@lru_cache(maxsize=4_096)
def _text(month: Month) -> str:
    return f"{month.year:04d}-{month.month:02d}"


class PeriodKind(IntEnum):
    """Lengths of reporting periods, in months; a longer one is the more definite figure."""

    MONTH = 1
    QUARTER = 3
    YEAR = 12


def parse_any_period(text: str) -> tuple[Month, PeriodKind]:
    """Last month and length of ``YYYY-MM``, ``YYYY-Qn`` or ``YYYY``.

    Raises `Refused` as `Month.parse_reporting` does.
    """
    quarter = _QUARTER.fullmatch(text)
    if quarter is not None:
        return Month.parse(f"{quarter[1]}-{int(quarter[2]) * 3:02}"), PeriodKind.QUARTER
    if _YEAR.fullmatch(text):
        return Month.parse(f"{text}-12"), PeriodKind.YEAR
    return Month.parse_reporting(text), PeriodKind.MONTH


def _bad_period(text: str, field: str) -> Refused:
    return Refused(Reason.BAD_PERIOD, field, f"{text!r} is not a month like 2026-05")
