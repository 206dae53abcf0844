"""Clusters that fall behind and catch up, so that every round there is something to tell.

Each has one enterprise. It begins at 40 % of the target and grows by 60 % in a year; then it either
shrinks (behind) or more than doubles (target reached). A slip of the unit in September is held
until it is corrected.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chaos.load import CITY, SLIP, SOURCE, Oracle
from shared.testing.load import Event, Place, credit_code, event_of, registration

_BILLION = 10**9
_FIRST, _SECOND = (tuple(f"{year}-{month:02d}" for month in range(2, 13)) for year in (2024, 2025))
_NOW = tuple(f"2026-{month:02d}" for month in range(2, 9))
_SLIPPED = "2026-09"
_GROWS, _SHRINKS, _REACHES = 1.6, 0.9, 3.6
"""Against the first year; nowhere fourfold of the year before, or a report would be suspicious."""
_REPORTED_AT = "2026-10-09T09:00:00+08:00"


class Swing(NamedTuple):
    """A cluster, its enterprise's place, and its figure of the first year in yuan."""

    cluster: str
    place: Place
    first_year: int


SWINGS = (
    Swing(
        "szah-yq-hi-mfg",
        Place("341302", "3511", ("szah-yq-hi-mfg", "szah-equipment", "suzhou-ah-yongqiao", CITY)),
        4 * _BILLION,
    ),
    Swing(
        "szah-etdz-light-textile",
        Place(
            "341372",
            "1811",
            ("szah-etdz-light-textile", "szah-new-materials", "suzhou-ah-etdz", CITY),
        ),
        4 * _BILLION,
    ),
    Swing(
        "szah-xx-functional-materials",
        Place(
            "341322",
            "2641",
            ("szah-xx-functional-materials", "szah-new-materials", "suzhou-ah-xiaoxian", CITY),
        ),
        8 * _BILLION,
    ),
)


class Swings:
    """Makes their events; `behind` says what must be told of each."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._revision = 1
        self.behind = {swing.cluster: False for swing in SWINGS}

    def beginning(self) -> list[Event]:
        """Register, two years, and a year in which all targets are reached."""
        events = []
        for number, swing in enumerate(SWINGS):
            code = _code(number)
            self._oracle.places[code] = swing.place
            events.append(registration(code, swing.place))
            events += self._year(number, _FIRST, 1.0)
            events += self._year(number, _SECOND, _GROWS)
            events += self._year(number, _NOW, _REACHES)
        return events

    def round(self, number: int) -> list[Event]:
        """One cluster swings, another one's slip comes or is corrected."""
        self._revision += 1
        swung, slipping = number % len(SWINGS), (number + 1) % len(SWINGS)
        cluster = SWINGS[swung].cluster
        self.behind[cluster] = not self.behind[cluster]
        factor = _SHRINKS if self.behind[cluster] else _REACHES
        return [
            *self._year(swung, _NOW, factor),
            self._line(slipping, _SLIPPED, 1.0, SLIP if number % 2 else ""),
        ]

    def _year(self, number: int, periods: tuple[str, ...], factor: float) -> Iterator[Event]:
        for period in periods:
            yield self._line(number, period, factor)

    def _line(self, number: int, period: str, factor: float, end: str = "") -> Event:
        a_month = int(SWINGS[number].first_year * factor) // 12
        months = int(period[5:])
        body: dict[str, Any] = {
            "event_id": f"{_code(number)}:{period}:{self._revision}{end}",
            "source": SOURCE,
            "uscc": _code(number),
            "period": period,
            "indicator": "gross_output",
            "unit": "千元" if end else "元",
            "month": a_month,
            "ytd": str(a_month * months),
            "revision": self._revision,
            "reported_at": _REPORTED_AT,
        }
        self._oracle.take(("stats.output.v1", _code(number), period), body)
        return event_of("stats.output.v1", _code(number), body)


def _code(number: int) -> str:
    return credit_code(900_000 + number)
