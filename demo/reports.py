"""Monthly report lines with what real ones suffer from: lateness, corrections, repetition."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from demo.figures import Figures
from demo.messages import (
    CHINA,
    OUTPUT,
    STATISTICS,
    Message,
    Note,
    message,
    timestamp,
    without_empty,
)
from demo.population import FIRST_YEAR, Enterprise
from demo.register import binding_of
from shared.events.period import Month

DEADLINE_DAY = 12
"""Reports of a month arrive from the 1st to about this day of the following one."""

# How often each blemish occurs, as a share of lines.
_LATE, _WRONG_AT_FIRST, _DUPLICATE, _STALE = 0.03, 0.03, 0.01, 0.3
_IDENTITY_MISMATCH, _RESTATING = 0.35, 0.12
_WRITES_TEN_THOUSANDS, _WRITES_YUAN = 0.05, 0.03
_KWH_PER_THOUSAND_YUAN = 52
"""Rough electricity intensity; only large enterprises report electricity here."""


@dataclass(frozen=True, slots=True)
class Line:
    """The four numbers of a report in 千元 (or the indicator's unit)."""

    month: int | None
    ytd: int
    month_last_year: int | None
    ytd_last_year: int


def reporting_periods(last: Month) -> list[Month]:
    """Eleven periods a year from the first of the history to `last`."""
    periods = [Month(FIRST_YEAR, 2)]
    while periods[-1] < last:
        periods.append(periods[-1].reporting_after())
    return periods


def report_messages(
    seed: int, figures: Figures, enterprise: Enterprise, period: Month, now: datetime
) -> Iterator[Message]:
    """Everything an enterprise sends about one period, corrections and repetitions included.

    A first report that would come after `now` comes just before it instead; later
    corrections and repetitions may lie after `now`.
    """
    rng = random.Random(f"{seed}:report:{enterprise.uscc}:{period}")
    at = _arrival(rng, period)
    note = Note.LATE if at.day > DEADLINE_DAY else Note.CLEAN
    if at > now:
        at = now - timedelta(minutes=at.minute + 1)
    line = reported_line(seed, figures, enterprise, period)
    wrong = rng.random() < _WRONG_AT_FIRST and line.ytd > 0
    repeated = rng.random() < _DUPLICATE
    first = _wrong(rng, line) if wrong else line
    sent = _message(enterprise, period, first, 1, at, Note.WRONG_AT_FIRST if wrong else note)
    yield sent
    if repeated:
        yield replace(sent, at=at + timedelta(hours=3), note=Note.DUPLICATE)
    if wrong:
        corrected_at = at + timedelta(days=rng.randint(2, 9), minutes=rng.randint(1, 300))
        yield _message(enterprise, period, line, 2, corrected_at, Note.CORRECTION)
        if rng.random() < _STALE:
            yield replace(sent, at=corrected_at + timedelta(hours=1), note=Note.STALE)


def plain_report(
    seed: int, figures: Figures, enterprise: Enterprise, period: Month, at: datetime
) -> Message:
    """An enterprise's first report of a period, right at once, sent at `at`."""
    line = reported_line(seed, figures, enterprise, period)
    return _message(enterprise, period, line, 1, at, Note.CLEAN)


def electricity_message(
    seed: int, figures: Figures, enterprise: Enterprise, period: Month
) -> Message:
    """A large enterprise's electricity line, in 万千瓦时 with decimals."""
    rng = random.Random(f"{seed}:electricity:{enterprise.uscc}:{period}")
    at = _arrival(rng, period)
    body = _identity(enterprise, period, "electricity", 1) | {
        "unit": "万千瓦时",
        "month": _ten_thousand_kwh(figures.month(enterprise, period)),
        "ytd": _ten_thousand_kwh(figures.ytd(enterprise, period)),
        "month_last_year": _ten_thousand_kwh(figures.month(enterprise, period.last_year)),
        "ytd_last_year": _ten_thousand_kwh(figures.ytd(enterprise, period.last_year)),
        "revision": 1,
        "reported_at": timestamp(at),
    }
    return message(at, OUTPUT, enterprise.uscc, body, binding_of(enterprise))


def unit_slip(
    seed: int, figures: Figures, enterprise: Enterprise, period: Month
) -> Iterator[Message]:
    """A report in 元 under the heading 千元, set right two days later by a second revision."""
    at = _arrival(random.Random(f"slip:{enterprise.uscc}:{period}"), period, late=0)
    line = reported_line(seed, figures, enterprise, period)
    yield _message(enterprise, period, _scaled(line, 1000), 1, at, Note.UNIT_SLIP)
    later = at + timedelta(days=2)
    yield _message(enterprise, period, line, 2, later, Note.CORRECTION)


def standing_slip(
    seed: int, figures: Figures, enterprise: Enterprise, period: Month, now: datetime
) -> Message:
    """A report in 元 under the heading 千元 before `now`, which nobody has set right yet."""
    at = min(_arrival(random.Random(f"held:{enterprise.uscc}:{period}"), period, late=0), now)
    line = reported_line(seed, figures, enterprise, period)
    return _message(enterprise, period, _scaled(line, 1000), 1, at, Note.UNIT_SLIP)


def correction(
    seed: int,
    figures: Figures,
    enterprise: Enterprise,
    period: Month,
    revision: int,
    factor: float,
    at: datetime,
) -> Message:
    """A later revision of a report, its own figures multiplied by `factor`."""
    line = reported_line(seed, figures, enterprise, period)
    return _message(enterprise, period, _scaled(line, factor), revision, at, Note.CORRECTION)


def reported_line(seed: int, figures: Figures, enterprise: Enterprise, period: Month) -> Line:
    """True year-to-date; the month misses it at times, last year's are restated at times."""
    rng = random.Random(f"{seed}:line:{enterprise.uscc}:{period}")
    month: int | None = figures.month(enterprise, period)
    if period.month == 2:  # noqa: PLR2004
        month = month if rng.random() < 0.5 else None  # noqa: PLR2004 - both forms are in use
    elif month is not None and rng.random() < _IDENTITY_MISMATCH:
        month = round(month * rng.uniform(0.97, 1.03))
    restated = _restatement(seed, enterprise.uscc, period.year)
    before = period.last_year
    unknown = rng.random() < 0.01  # noqa: PLR2004 - the optional field is left out at times
    return Line(
        month,
        figures.ytd(enterprise, period),
        None if unknown else round(figures.month(enterprise, before) * restated),
        round(figures.ytd(enterprise, before) * restated),
    )


@cache
def _restatement(seed: int, uscc: str, year: int) -> float:
    """Factor on last year's figures under today's definition, the same all year."""
    rng = random.Random(f"{seed}:restatement:{uscc}:{year}")
    return rng.gauss(1, 0.03) if rng.random() < _RESTATING else 1.0


def _wrong(rng: random.Random, line: Line) -> Line:
    return _scaled(line, rng.choice((rng.uniform(0.9, 0.97), rng.uniform(1.03, 1.1))))


def _scaled(line: Line, factor: float) -> Line:
    """This year's two numbers multiplied, last year's as they are."""
    month = None if line.month is None else round(line.month * factor)
    return replace(line, month=month, ytd=round(line.ytd * factor))


def _message(
    enterprise: Enterprise, period: Month, line: Line, revision: int, at: datetime, note: Note
) -> Message:
    body = _identity(enterprise, period, enterprise.indicator, revision)
    body |= _amounts(enterprise, line) | {"revision": revision, "reported_at": timestamp(at)}
    binding = binding_of(enterprise)
    return message(at, OUTPUT, enterprise.uscc, without_empty(body), binding, note)


def _identity(
    enterprise: Enterprise, period: Month, indicator: str, revision: int
) -> dict[str, Any]:
    odd = enterprise.uscc[-2] in "37" and period.month == 2  # noqa: PLR2004
    return {
        "event_id": f"b204-1:{enterprise.uscc}:{period}:{indicator}:{revision}",
        "source": STATISTICS,
        "uscc": enterprise.uscc,
        "period": f"{period.year}年1-2月" if odd else str(period),
        "indicator": indicator,
    }


def _amounts(enterprise: Enterprise, line: Line) -> dict[str, Any]:
    """The four numbers in the unit this enterprise writes; 万元 as decimal strings."""
    habit = _unit_habit(enterprise.uscc)
    values = {
        "month": line.month,
        "ytd": line.ytd,
        "month_last_year": line.month_last_year,
        "ytd_last_year": line.ytd_last_year,
    }
    if habit < _WRITES_TEN_THOUSANDS:
        return {"unit": "万元"} | {k: None if v is None else _tenths(v) for k, v in values.items()}
    if habit < _WRITES_TEN_THOUSANDS + _WRITES_YUAN:
        return {"unit": "元"} | {k: None if v is None else v * 1000 for k, v in values.items()}
    return {"unit": "千元"} | values


@cache
def _unit_habit(uscc: str) -> float:
    """A number from 0 to 1 that decides the unit an enterprise writes, always the same."""
    return random.Random(f"unit:{uscc}").random()


def _tenths(thousands: int) -> str:
    """千元 as 万元 with one decimal, exactly."""
    return f"{thousands // 10}.{thousands % 10}"


def _ten_thousand_kwh(thousand_yuan: int) -> str:
    kwh = thousand_yuan * _KWH_PER_THOUSAND_YUAN
    return f"{kwh // 10_000}.{kwh % 10_000:04d}"


def _arrival(rng: random.Random, period: Month, late: float = _LATE) -> datetime:
    """When a report of this period comes in: mostly close to the deadline."""
    year, month = (period.year, period.month + 1) if period.month < 12 else (period.year + 1, 1)  # noqa: PLR2004
    day = rng.choices(range(1, DEADLINE_DAY + 1), weights=range(1, DEADLINE_DAY + 1))[0]
    if rng.random() < late:
        day = rng.randint(DEADLINE_DAY + 1, 20)
    clock = rng.randint(8 * 60, 20 * 60)
    return datetime(year, month, day, clock // 60, clock % 60, rng.randint(0, 59), tzinfo=CHINA)
