"""A city's enterprises over 24 periods, as facts: two are dominant, some clusters are small."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from shared.clock import CHINA
from shared.events.facts import Fact
from shared.events.period import Month
from shared.testing.facts import fact, membership

PLAN = "suzhou-2027"
FIRST, LAST = Month(2024, 2), Month(2026, 3)
_BEFORE = Month(2023, 2)

EQUIPMENT, MATERIALS, ENERGY = "szah-equipment", "szah-new-materials", "szah-new-energy"
LINGBI, SIXIAN, XIAOXIAN, YONGQIAO = (
    f"suzhou-ah-{name}" for name in ("lingbi", "sixian", "xiaoxian", "yongqiao")
)
CITY = "suzhou-ah"
BEARINGS, AUTO_PARTS, MACHINERY = "szah-lb-bearings", "szah-sx-auto-parts", "szah-sx-agri-machinery"
SOLAR, PRECISION, FUNCTIONAL = (
    "szah-sx-new-energy",
    "szah-xx-precision-parts",
    "szah-xx-functional-materials",
)
HOMES, HEAVY = "szah-yq-smart-home", "szah-yq-hi-mfg"


ONE_GREAT_MONTH = ("f007", Month(2025, 5))
"""A firm of the machinery cluster makes nearly all of that month, though not of the year."""


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise, where it counts, how large it is, and in which months it reports."""

    name: str
    units: tuple[str, ...]
    size: int
    first: Month = _BEFORE
    last: Month = LAST


def firms() -> list[Firm]:
    """Clusters of two (bearings), with a giant (solar), with few at first (heavy machines).

    Bearings are all there is in their county, and nothing of the industry is outside clusters, so
    both could be computed from the rest.
    """
    found: list[Firm] = []

    def add(number: int, *units: str, size: int = 40, **months: Month) -> None:
        for _ in range(number):
            found.append(Firm(f"f{len(found):03}", (*units, CITY), size, **months))

    add(2, BEARINGS, EQUIPMENT, LINGBI)
    add(5, AUTO_PARTS, EQUIPMENT, SIXIAN)
    add(4, MACHINERY, EQUIPMENT, SIXIAN, size=15)
    add(1, SOLAR, ENERGY, SIXIAN, size=900)
    add(4, SOLAR, ENERGY, SIXIAN, size=10)
    add(6, PRECISION, EQUIPMENT, XIAOXIAN)
    add(5, FUNCTIONAL, MATERIALS, XIAOXIAN)
    add(7, HOMES, MATERIALS, YONGQIAO)
    add(2, HEAVY, EQUIPMENT, YONGQIAO, size=60)
    add(3, HEAVY, EQUIPMENT, YONGQIAO, size=50, first=Month(2025, 9))
    add(4, ENERGY, YONGQIAO, size=120)  # in no cluster
    return found


def periods() -> list[Month]:
    """Reporting periods with reports: 24, and the year before that nothing was published of."""
    found, period = [], FIRST
    while period <= LAST:
        found.append(period)
        period = period.reporting_after()
    return found


def months_of(firm: Firm) -> dict[Month, int]:
    """What a firm makes in each reporting period, in yuan; nothing while it does not report."""
    random = Random(firm.name)
    made: dict[Month, int] = {}
    period = _BEFORE
    while period <= LAST:
        season = 1.6 if period.month == 2 else 1.0  # two months in one report
        amount = firm.size * 1_000_000 * season * random.lognormvariate(0, 0.15)
        if (firm.name, period) == ONE_GREAT_MONTH:
            amount *= 40
        made[period] = round(amount) if firm.first <= period <= firm.last else 0
        period = period.reporting_after()
    return made


def year_to_date(made: dict[Month, int], period: Month) -> int:
    """Sum of a year up to a period."""
    return sum(v for p, v in made.items() if p.year == period.year and p <= period)


def told_at(period: Month) -> datetime:
    """When the reports of a period come in, all at once."""
    return datetime(period.year, period.month, 28, 12, tzinfo=CHINA) + timedelta(days=14)


def _text(period: Month) -> str:
    return told_at(period).astimezone(UTC).isoformat().replace("+00:00", "Z")


def facts() -> Iterator[Fact]:
    """Everything that the firms report, for every unit that they count in, stamped with when."""
    for firm in firms():
        made = months_of(firm)
        for unit in firm.units:
            yield membership(unit, firm.name, str(firm.first), as_of=_text(firm.first))
            for period in periods():
                if firm.first <= period <= firm.last:
                    yield fact(
                        unit,
                        firm.name,
                        str(period),
                        month=made[period],
                        ytd=year_to_date(made, period),
                        month_last_year=made[period.last_year],
                        ytd_last_year=year_to_date(made, period.last_year),
                        as_of=_text(period),
                    )


def truth() -> dict[tuple[str, Month], int]:
    """What every unit makes in each reporting period."""
    found: dict[tuple[str, Month], int] = {}
    for firm in firms():
        for period, amount in months_of(firm).items():
            for unit in firm.units:
                key = (unit, period)
                found[key] = found.get(key, 0) + amount
    return found
