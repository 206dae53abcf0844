"""Bases taken from the feed (``from_data: YEAR``): when they are frozen and when restated."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.metrics.domain.coverage import Coverage

BASE_RESTATED = "base_restated"
BASE_INCOMPLETE = "base_incomplete"
BASE_MISSING = "base_missing"
BASE_COVERAGE_UNKNOWN = "base_coverage_unknown"


@dataclass(frozen=True, slots=True)
class BaseRecord:
    """A year's total as base of a path, in base units."""

    value: int
    since: datetime
    """When an assessment first saw this value with the year closed."""
    frozen: bool
    input_version: int
    """Greatest fact version behind the value: it names the revisions it was made from."""


@dataclass(frozen=True, slots=True)
class BaseDecision:
    """The base to use now, what to store, and why."""

    value: int | None
    record: BaseRecord | None
    """What to store; null while the base year is not closed."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BaseYear:
    """What the feed says of the base year: its December total and how complete it is."""

    total: int | None
    coverage: Coverage
    input_version: int


def decide_base(
    stored: BaseRecord | None,
    year: BaseYear,
    now: datetime,
    *,
    gate: float,
    settle: timedelta,
) -> BaseDecision:
    """Use the frozen base, or the year's total once it is closed.

    A year is closed when its December reached the coverage `gate` (or nothing was expected). Its
    total is frozen by the first assessment that finds it unchanged for `settle`: while a history
    is being loaded, corrections still move the base, later they only give `base_restated`.
    """
    if stored is not None and (stored.frozen or now - stored.since >= settle):
        frozen = BaseRecord(stored.value, stored.since, True, stored.input_version)  # noqa: FBT003 - a row
        restated = (BASE_RESTATED,) if year.total != stored.value else ()
        return BaseDecision(stored.value, frozen, restated)
    if year.total is None:
        return BaseDecision(None, None, (BASE_MISSING,))
    if year.coverage.ratio is not None and year.coverage.ratio < gate:
        return BaseDecision(None, None, (BASE_INCOMPLETE,))
    unknown = (BASE_COVERAGE_UNKNOWN,) if year.coverage.ratio is None else ()
    if stored is not None and stored.value == year.total:
        return BaseDecision(stored.value, stored, unknown)
    frozen_now = settle <= timedelta(0)
    record = BaseRecord(year.total, now, frozen_now, year.input_version)
    return BaseDecision(year.total, record, unknown)
