"""What is odd about a standing line beside the one before it: worth a look, never refused."""

from enum import StrEnum
from functools import lru_cache

from services.ingest.domain.lines import Line
from shared.events.inputs import FUNDS_TOPIC, INVESTMENT_TOPIC, OUTPUT_TOPIC
from shared.events.period import Month

JUDGED_TOPICS = frozenset({OUTPUT_TOPIC, INVESTMENT_TOPIC, FUNDS_TOPIC})
"""Feeds whose lines go on from period to period within a year."""

_ACCUMULATING = frozenset({INVESTMENT_TOPIC, FUNDS_TOPIC})
"""Output may be negative in a month, after a return of goods; what was invested stays invested."""

_NOTHING: frozenset["Warned"] = frozenset()
_FIRST_MONTH = 2
"""January and February are one period, with which every year begins."""


class Warned(StrEnum):
    """What is odd. The order is that of the bits in which the store keeps them: only append."""

    YTD_IDENTITY_MISMATCH = "ytd_identity_mismatch"
    """Month and previous year-to-date do not make the year-to-date, which is authoritative."""
    SINCE_START_ABOVE_PLANNED_TOTAL = "since_start_above_planned_total"
    YTD_FELL_WITHOUT_REVISION = "ytd_fell_without_revision"
    """The year-to-date is below the previous period's, and no greater revision explains it."""


def line_warnings(line: Line, before: Line | None) -> frozenset[Warned]:
    """What is odd about a line, `before` being the standing one of the previous period.

    It follows from standing versions alone, so the order of arrival does not matter.
    """
    if line.topic not in JUDGED_TOPICS:
        return frozenset()
    found = []
    if _mismatch(line, before):
        found.append(Warned.YTD_IDENTITY_MISMATCH)
    if _above_plan(line):
        found.append(Warned.SINCE_START_ABOVE_PLANNED_TOTAL)
    if _fell(line, before):
        found.append(Warned.YTD_FELL_WITHOUT_REVISION)
    return frozenset(found) if found else _NOTHING


@lru_cache(maxsize=4_096)
def period_before(period: Month) -> Month | None:
    """The period that a year-to-date goes on from; None for the first one of a year."""
    return None if period.month <= _FIRST_MONTH else period.reporting_before()


@lru_cache(maxsize=4_096)
def period_after(period: Month) -> Month | None:
    """The period whose year-to-date goes on from this one; None for the last one of a year."""
    after = period.reporting_after()
    return after if after.year == period.year else None


def _mismatch(line: Line, before: Line | None) -> bool:
    month, ytd = line.figures.month, line.figures.ytd
    if month is None or ytd is None:
        return False
    if period_before(line.period) is None:
        return month != ytd
    previous = None if before is None else before.figures.ytd
    return previous is not None and previous + month != ytd


def _above_plan(line: Line) -> bool:
    details = line.project
    if details is None or details.planned_total is None or details.since_start is None:
        return False
    return details.since_start > details.planned_total


def _fell(line: Line, before: Line | None) -> bool:
    if line.topic not in _ACCUMULATING or before is None:
        return False
    ytd, previous = line.figures.ytd, before.figures.ytd
    if ytd is None or previous is None or ytd >= previous:
        return False
    return line.version.revision <= before.version.revision
