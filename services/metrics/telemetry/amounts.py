"""Amounts of a status, each under the name of its base unit."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from shared.events.status import Status
from shared.plans.measures import decimals_of

Part = tuple[tuple[str, ...], float]
"""Extra label values and the value of one sample."""

_MILLIONTH = 1e-6
"""Ratios, rates and averages are stored as integers of one millionth."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """How amounts of some base units are exposed."""

    suffix: str
    base_units: frozenset[str]
    factor: float = 1.0


_MEASURES = (
    _Measure("yuan", frozenset({"CNY", "yuan"})),
    _Measure("persons", frozenset({"person"})),
    # Prometheus' base unit of energy.
    _Measure("joules", frozenset({"kWh", "kilowatt_hour"}), 3_600_000.0),
    _Measure("ratio", frozenset({"1", "ratio"}), _MILLIONTH),
)
_NAMED = frozenset(unit for measure in _MEASURES for unit in measure.base_units)

_OTHER = "amount"
"""Suffix of amounts in any other unit, which a label names: areas, tonnes, patents a head, …"""

Read = Callable[[Status], float | None]


def _decomposed(status: Status) -> Iterator[Part]:
    parts = status.decomposition
    if parts is not None:
        yield ("continuing",), parts.continuing
        yield ("entries",), parts.entries
        yield ("exits",), -parts.exits
        yield ("restatement",), parts.restatement


def _forecast(status: Status) -> Iterator[Part]:
    forecast = status.forecast
    if forecast is not None:
        yield ("50",), forecast.median
        if forecast.p10 is not None:
            yield ("10",), forecast.p10
        if forecast.p90 is not None:
            yield ("90",), forecast.p90


def _one(read: Read) -> Callable[[Status], Iterable[Part]]:
    def of(status: Status) -> Iterable[Part]:
        value = read(status)
        return () if value is None else (((), value),)

    return of


def _target(status: Status) -> float | None:
    """The level wanted; a growth wanted of an amount is none."""
    target = status.target
    if target is None or (target.comparator == "growth_pa" and status.measure != "1"):
        return None
    return target.value


_READ: tuple[tuple[str, str, Callable[[Status], Iterable[Part]], tuple[str, ...]], ...] = (
    ("month", "Amount of the reporting month.", _one(lambda s: s.month), ()),
    ("year_to_date", "Amount since the beginning of the year (累计).", _one(lambda s: s.ytd), ()),
    ("rolling_year", "Amount of the last twelve months.", _one(lambda s: s.rolling_year), ()),
    (
        "required_year_to_date",
        "Year-to-date that the plan's path requires.",
        _one(lambda s: s.required_ytd),
        (),
    ),
    (
        "required_year",
        "Amount that the plan's path requires of the calendar year.",
        _one(lambda s: s.required_year),
        (),
    ),
    (
        "gap",
        "Year-to-date minus what was required of the reports that came; negative is behind.",
        _one(lambda s: s.gap),
        (),
    ),
    (
        "target",
        "Target of the plan.",
        _one(_target),
        (),
    ),
    (
        "base",
        "Base that the plan's path starts from.",
        _one(lambda s: s.base.value if s.base else None),
        (),
    ),
    (
        "forecast_year",
        "Expected amount of the calendar year, by percentile (10, 50 the median, 90).",
        _forecast,
        ("percentile",),
    ),
    (
        "year_to_date_change",
        (
            "Change of the year-to-date against last year's stored figure, by part: continuing, "
            "entries (纳统), exits (退库, negative), restatement; the parts add up to the change."
        ),
        _decomposed,
        ("part",),
    ),
)


def _in_measure(
    read: Callable[[Status], Iterable[Part]], measure: _Measure
) -> Callable[[Status], Iterable[Part]]:
    def of(status: Status) -> Iterable[Part]:
        if status.measure not in measure.base_units:
            return ()
        return [(extra, value * measure.factor) for extra, value in read(status)]

    return of


def _in_another(
    read: Callable[[Status], Iterable[Part]],
) -> Callable[[Status], Iterable[Part]]:
    def of(status: Status) -> Iterable[Part]:
        if status.measure in _NAMED:
            return ()
        factor = _MILLIONTH if decimals_of(status.measure) else 1.0
        return [((*extra, status.measure), value * factor) for extra, value in read(status)]

    return of


AMOUNTS: tuple[tuple[str, str, Callable[[Status], Iterable[Part]], tuple[str, ...]], ...] = tuple(
    one
    for name, help_, read, extra in _READ
    for one in (
        *(
            (f"{name}_{measure.suffix}", help_, _in_measure(read, measure), extra)
            for measure in _MEASURES
        ),
        (
            f"{name}_{_OTHER}",
            f"{help_} In the unit that the label names.",
            _in_another(read),
            (*extra, "measure"),
        ),
    )
)
"""Name, help, reading and extra labels of every amount in every measure."""
