"""Clusters that fall behind and catch up, so that every round there is something to tell.

Each has one enterprise. Its last year is 40 % of the target; this year it either shrinks (behind)
or more than triples (target reached). A slip of the unit in September is held until corrected.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chaos.load import CITY, PERIODS, SLIP, SOURCE, Oracle
from shared.testing.load import Event, Place, credit_code, event_of, registration

_BILLION = 10**9
_LAST_YEAR = tuple(f"2024-{month:02d}" for month in range(2, 13))
_SLIPPED = "2025-09"
_SHRINKS, _TRIPLES = 0.9, 3.6
"""Against last year; below fourfold, from where on a report is suspicious."""
_REPORTED_AT = "2025-10-09T09:00:00+08:00"


class Swing(NamedTuple):
    """A cluster, its enterprise's place, and its figures of last year in yuan."""

    cluster: str
    place: Place
    last_year: int


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
        """Register, last year, and a year in which all targets are reached."""
        events = []
        for number, swing in enumerate(SWINGS):
            code = _code(number)
            self._oracle.places[code] = swing.place
            events.append(registration(code, swing.place))
            events += self._year(number, _LAST_YEAR, 1.0)
            events += self._year(number, PERIODS, _TRIPLES)
        return events

    def round(self, number: int) -> list[Event]:
        """One cluster swings, another one's slip comes or is corrected."""
        self._revision += 1
        swung, slipping = number % len(SWINGS), (number + 1) % len(SWINGS)
        cluster = SWINGS[swung].cluster
        self.behind[cluster] = not self.behind[cluster]
        factor = _SHRINKS if self.behind[cluster] else _TRIPLES
        return [
            *self._year(swung, PERIODS, factor),
            self._line(slipping, _SLIPPED, 1.0, SLIP if number % 2 else ""),
        ]

    def _year(self, number: int, periods: tuple[str, ...], factor: float) -> Iterator[Event]:
        for period in periods:
            yield self._line(number, period, factor)

    def _line(self, number: int, period: str, factor: float, end: str = "") -> Event:
        a_month = int(SWINGS[number].last_year * factor) // 12
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
