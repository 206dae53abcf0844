"""Whether the figures of a line are plausible beside earlier ones of the same subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from services.ingest.domain.lines import Figures, Line
from services.ingest.domain.register import WHOLE
from shared.events.facts import INVESTMENT
from shared.events.measures import INDICATORS
from shared.events.period import Month

JUDGED: Final = frozenset(
    {
        *("gross_output", "revenue", "export_delivery", "value_added", "rd_expenditure"),
        *("electricity", "employees", INVESTMENT),
    }
)
"""Lines that are looked at. A profit may change tenfold and its sign in an ordinary year, and funds
come when they come: nothing in them tells a slip from the truth."""

SLIPS: Final = (10, 1000, 10_000)
"""元, 千元 and 万元 mixed up with each other."""
_ABOUT: Final = Fraction(5, 2)
"""How far from a slip's factor still looks like it: enterprises grow and shrink meanwhile."""
_YEAR: Final = 12


class HoldReason(StrEnum):
    """What a suspicious value looks like."""

    UNIT_SLIP = "unit_slip"
    WILD_VALUE = "wild_value"


class ReferenceKind(StrEnum):
    """What a value was compared with."""

    CONFIRMED = "confirmed_this_year"
    """An earlier period of the year that somebody has confirmed, at the same pace."""
    SAME_PERIOD = "same_period_last_year"
    LAST_YEAR = "last_year_at_even_pace"
    LAST_DECEMBER = "last_december_pace"
    """December's own month, at the same pace: for plants that opened during last year."""
    REPORTED = "reported_for_last_year"
    """What the line itself says of last year, while nothing is stored of it."""
    YEAR_TO_DATE = "own_year_to_date"


_PACES: Final = frozenset({ReferenceKind.LAST_YEAR, ReferenceKind.LAST_DECEMBER})


class Past(msgspec.Struct, frozen=True, gc=False):
    """Lines of the same subject and indicator that count, for comparison."""

    confirmed: Line | None = None
    """The newest earlier period of the same year that was confirmed."""
    same_period: Line | None = None
    december: Line | None = None
    """Last year's."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that no reference makes plausible."""

    field: str
    value: int
    expected: int
    reference: ReferenceKind
    reference_period: Month
    shift: int
    """By how much it would move the sum of its subject, in base units."""
    months: int
    """Months that the value stands for; a level stands for twelve."""

    @property
    def slip(self) -> int | None:
        """The mixed-up unit it looks like: 10, 1000 or 10000, upwards or downwards."""
        if not self.value or not self.expected:
            return None
        times = _times(self.value, self.expected)
        return next((slip for slip in SLIPS if slip / _ABOUT <= times <= slip * _ABOUT), None)

    @property
    def reason(self) -> HoldReason:
        """What it looks like."""
        return HoldReason.WILD_VALUE if self.slip is None else HoldReason.UNIT_SLIP

    def share(self, weight: int, unit_total: int) -> float:
        """By how much it would move a unit, as a part of the unit's figure of last year.

        `weight` in ten-thousandths; `unit_total` of last year's twelve months, above 0.
        """
        return self.shift * weight * _YEAR / (WHOLE * unit_total * self.months)


def is_judged(indicator: str) -> bool:
    """Whether lines of an indicator are looked at."""
    return indicator in JUDGED


def closing_amount(line: Line) -> int | None:
    """What a December says of its year: the year's total, or the level of a stock."""
    return line.figures.month if _is_stock(line) else line.figures.ytd


def tells(reference: Line) -> bool:
    """Whether a line says anything that the same period of another year is compared with.

    What it makes plausible is plausible whatever else is known.
    """
    if reference.indicator == INVESTMENT:
        return reference.project is not None and bool(reference.project.planned_total)
    return bool(closing_amount(reference))


def doubts(line: Line, past: Past, factor: float) -> tuple[Doubt, ...]:
    """What is implausible about a line; nothing while there is no reference."""
    if past == _NOBODY and _tells_nothing(line.figures):
        return ()
    if line.indicator == INVESTMENT:
        found = [_planned_total(line, past, factor)]
    elif _is_stock(line):
        found = [_level(line, past, factor)]
    else:
        found = [_this_year(line, past, factor), _last_year(line, past, factor)]
        found += _months(line, factor)
    return tuple(doubt for doubt in found if doubt is not None)


_NOBODY = Past()


def _tells_nothing(figures: Figures) -> bool:
    """Whether a line without a past has nothing in itself either that it could be compared with."""
    if figures.ytd_last_year or figures.month_last_year:
        return False
    month, ytd = figures.month, figures.ytd
    return month is None or not ytd or abs(month) <= abs(ytd)


class _Expected(msgspec.Struct, frozen=True, gc=False):
    amount: int
    kind: ReferenceKind
    period: Month


def _is_stock(line: Line) -> bool:
    return line.indicator in INDICATORS and INDICATORS[line.indicator].stock


def _this_year(line: Line, past: Past, factor: float) -> Doubt | None:
    value = line.figures.ytd
    stored = _stored(line, past, this_year=True)
    reported = line.figures.ytd_last_year
    if not stored and reported:
        stored = [_Expected(reported, ReferenceKind.REPORTED, line.period.last_year)]
    return _doubt("ytd", value, stored, factor, line.period.month)


def _last_year(line: Line, past: Past, factor: float) -> Doubt | None:
    """A slip can hit last year's figure alone; it would move the comparable growth."""
    stored = _stored(line, past, this_year=False)
    return _doubt("ytd_last_year", line.figures.ytd_last_year, stored, factor, line.period.month)


def _stored(line: Line, past: Past, *, this_year: bool) -> list[_Expected]:
    """References for a year-to-date, the best first; those that are zero say little."""
    month = line.period.month
    found: list[_Expected] = []
    if past.confirmed is not None:
        figures = past.confirmed.figures
        vouched = figures.ytd if this_year else figures.ytd_last_year
        _note(found, vouched, ReferenceKind.CONFIRMED, past.confirmed.period, month)
    if past.same_period is not None:
        period = past.same_period.period
        _note(found, past.same_period.figures.ytd, ReferenceKind.SAME_PERIOD, period, month)
    if past.december is not None:
        figures, period = past.december.figures, past.december.period
        _note(found, figures.ytd, ReferenceKind.LAST_YEAR, period, month)
        if figures.month is not None:
            pace = figures.month * month
            found.append(_Expected(pace, ReferenceKind.LAST_DECEMBER, period))
    return found


def _note(
    found: list[_Expected], amount: int | None, kind: ReferenceKind, period: Month, month: int
) -> None:
    """Add a year-to-date of another period at the pace of `month` months."""
    if amount is not None:
        found.append(_Expected(amount * month // period.month, kind, period))


def _level(line: Line, past: Past, factor: float) -> Doubt | None:
    lines = (
        (past.confirmed, ReferenceKind.CONFIRMED),
        (past.same_period, ReferenceKind.SAME_PERIOD),
        (past.december, ReferenceKind.LAST_DECEMBER),
    )
    stored = [
        _Expected(known.figures.month, kind, known.period)
        for known, kind in lines
        if known is not None and known.figures.month is not None
    ]
    reported = line.figures.month_last_year
    if not stored and reported:
        stored = [_Expected(reported, ReferenceKind.REPORTED, line.period.last_year)]
    return _doubt("month", line.figures.month, stored, factor, _YEAR)


def _planned_total(line: Line, past: Past, factor: float) -> Doubt | None:
    """A project's investment has no pace, but what is planned does not change tenfold."""
    lines = (
        (past.confirmed, ReferenceKind.CONFIRMED),
        (past.same_period, ReferenceKind.SAME_PERIOD),
        (past.december, ReferenceKind.LAST_YEAR),
    )
    stored = [
        _Expected(known.project.planned_total, kind, known.period)
        for known, kind in lines
        if known is not None
        and known.project is not None
        and known.project.planned_total is not None
    ]
    planned = None if line.project is None else line.project.planned_total
    found = _doubt("planned_total", planned, stored, factor, line.period.month)
    if found is None or not found.value:
        return None
    invested = line.figures.ytd or 0
    shift = abs(invested - invested * found.expected // found.value)
    return Doubt(
        found.field,
        found.value,
        found.expected,
        found.reference,
        found.reference_period,
        shift,
        found.months,
    )


def _months(line: Line, factor: float) -> list[Doubt | None]:
    """A month far above its own year-to-date; one far below it is nothing unusual."""
    figures = line.figures
    months = 2 if line.period.month == 2 else 1  # noqa: PLR2004 - February holds January
    pairs = (
        ("month", figures.month, figures.ytd, line.period),
        ("month_last_year", figures.month_last_year, figures.ytd_last_year, line.period.last_year),
    )
    return [
        _doubt(field, value, [_Expected(ytd, ReferenceKind.YEAR_TO_DATE, period)], factor, months)
        for field, value, ytd, period in pairs
        if value is not None and ytd and abs(value) > abs(ytd)
    ]


def _doubt(
    field: str, value: int | None, references: Sequence[_Expected], factor: float, months: int
) -> Doubt | None:
    """A doubt against the best reference, when none makes the value plausible."""
    if value is None or any(_plausible(value, known.amount, factor) for known in references):
        return None
    telling = [known for known in references if known.amount]
    if not telling:
        return None
    best = telling[0]
    if value and best.kind in _PACES:  # of guesses, the one that speaks most for the report
        best = min(telling, key=lambda known: _times(value, known.amount))
    shift = abs(value - best.amount)
    return Doubt(field, value, best.amount, best.kind, best.period, shift, months)


def _times(value: int, expected: int) -> Fraction:
    """How many times one of two amounts is in the other; at least 1."""
    ratio = Fraction(abs(value), abs(expected))
    return max(ratio, 1 / ratio)


def _plausible(value: int, expected: int, factor: float) -> bool:
    """Signs may differ: a year-to-date below zero is a correction, not a mixed-up unit."""
    if not expected or not value:
        return value == expected
    return abs(expected) < factor * abs(value) and abs(value) < factor * abs(expected)
