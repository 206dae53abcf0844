"""What earlier issues said, and what of it reads differently now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.alerts.domain.papers.snapshot import Change, Snapshot
from services.alerts.domain.papers.view import mask_of
from shared.confidentiality import Mask, Shown
from shared.events.period import Month
from shared.events.status import Status

Value = int | float | str | None
Place = tuple[str, str, str, str]
"""Unit, indicator, period and field."""


_DECIMALS = 3
"""Of ratios, which papers show in per cent with one decimal."""

FUNDS_FIELD = "funds."
"""Begins the fields of funds received; the currency follows."""


def _investment(status: Status) -> Value:
    return None if status.investment is None else status.investment.ytd


def _level(status: Status) -> Value:
    """What is held against the target, where the indicator has no year-to-date."""
    return status.level if status.ytd is None else None


FIELDS: Mapping[str, Callable[[Status], Value]] = {
    "month": lambda status: status.month,
    "ytd": lambda status: status.ytd,
    "level": _level,
    "ytd_growth": lambda status: status.ytd_growth,
    "coverage": lambda status: status.coverage,
    "verdict": lambda status: str(status.verdict),
    "investment": _investment,
}
"""Fields of a status whose change is a correction; funds by currency come beside.

Forecasts and what is required are no reports: they change with every new figure.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """The last word on a figure."""

    value: Value
    issue: str
    """Period of the issue that stated it first."""
    public: bool


def headlines(snapshot: Snapshot) -> Iterator[Status]:
    """Statuses whose figures an issue states as its own: those of its month.

    A weekly brief states the newest of every series. Other indicators than those that units are
    judged by, or that the plan names, stand in no paper.
    """
    month, plan = snapshot.paper_period.month, snapshot.plan
    stated = {(unit.id, unit.value_indicator) for unit in plan.units}
    stated |= {(one.unit, one.indicator) for one in plan.indicators}
    for place, series in snapshot.by_series.items():
        if place not in stated:
            continue
        if snapshot.rhythm == "weekly":
            yield series[max(series)]
        elif month in series:
            yield series[month]


def last_words(issues: Iterable[Snapshot]) -> dict[Place, Said]:
    """What stands as said after these issues, given in the order in which they were issued.

    A correction that an issue listed is the last word from then on, so none is listed twice.
    """
    said: dict[Place, Said] = {}
    for issue in issues:
        for change in issue.changes:
            place = (change.unit, change.indicator, change.period, change.field)
            said[place] = Said(change.now, change.said_in, change.public)
        mask = mask_of(issue)
        for status in headlines(issue):
            shown = mask.show(status)
            for field, value, public in _figures(status, shown):
                place = (status.unit, status.indicator, status.period, field)
                known = said.get(place)
                first = issue.period if known is None else known.issue
                said[place] = Said(value, first, public)
    return said


def changes_since(
    said: Mapping[Place, Said], now: Callable[[str, str, str], Status | None], mask: Mask
) -> tuple[Change, ...]:
    """What reads differently now, by period, unit and field."""
    found = []
    periods = sorted({place[:3] for place in said})
    for unit, indicator, period in periods:
        status = now(unit, indicator, period)
        if status is None:
            continue
        for field, value, public in _figures(status, mask.show(status)):
            before = said.get((unit, indicator, period, field))
            if before is not None and _shown(before.value) != _shown(value):
                found.append(
                    Change(
                        unit=unit,
                        indicator=indicator,
                        period=period,
                        field=field,
                        said=before.value,
                        now=value,
                        said_in=before.issue,
                        public=before.public and public,
                    )
                )
    return tuple(sorted(found, key=lambda one: (Month.parse(one.period), one.unit, one.indicator)))


def _shown(value: Value) -> Value:
    """Ratios as papers show them: what reads the same is no correction."""
    return round(value, _DECIMALS) if isinstance(value, float) else value


def _figures(status: Status, shown: Shown) -> Iterator[tuple[str, Value, bool]]:
    """Every compared field with its value, and whether the public view tells it."""
    seen = shown.status
    for field, read in FIELDS.items():
        value = read(status)
        public = shown.verdict == value if field == "verdict" else read(seen) == value
        yield field, value, public and not shown.suppressed
    open_funds = {block.currency: block.total.ytd for block in seen.funds}
    for block in status.funds:
        yield f"{FUNDS_FIELD}{block.currency}", block.total.ytd, block.currency in open_funds
