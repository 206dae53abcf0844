"""What each simulated enterprise really produced, month by month, in 千元.

A pure function of seed and population: nothing depends on the day the simulation is looked at.
"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence

from demo.population import FIRST_YEAR, Enterprise, cluster_of
from demo.profiles import Profile, Season
from shared.events.period import Month

_SEASONS: dict[Season, tuple[float, ...]] = {
    "even": (6.6, 5.8, 8.3, 8.2, 8.4, 9.0, 8.3, 8.4, 8.9, 8.7, 9.2, 10.2),
    "autumn": (6.2, 5.2, 6.6, 6.6, 7.0, 7.6, 8.0, 9.6, 11.2, 11.4, 10.6, 10.0),
    "spring": (7.4, 7.6, 11.2, 10.6, 9.4, 8.8, 7.2, 7.0, 7.8, 7.4, 7.4, 8.2),
    "services": (7.4, 7.0, 8.1, 8.0, 8.1, 8.8, 8.2, 8.2, 8.6, 8.4, 8.9, 10.3),
}
_LATE_FESTIVAL = frozenset({2024, 2026, 2029, 2032, 2034})
"""Years whose Spring Festival falls after 8 February: work resumes later, March catches up."""
_THOUSANDS_PER_MILLION = 1000


class Figures:
    """True monthly values of all enterprises, and the year-to-date values that follow."""

    def __init__(self, seed: int, enterprises: Sequence[Enterprise], last_year: int) -> None:
        self._years = range(FIRST_YEAR - 1, last_year + 1)
        self._cumulative: dict[tuple[str, int], tuple[int, ...]] = {}
        homes: dict[str, list[Enterprise]] = defaultdict(list)
        for enterprise in enterprises:
            homes[cluster_of(enterprise)].append(enterprise)
        for home, members in homes.items():
            self._fill(seed, home, members)

    def ytd(self, enterprise: Enterprise, period: Month) -> int:
        """Year-to-date in 千元; January is inside February's."""
        return self._cumulative[enterprise.uscc, period.year][period.month - 1]

    def month(self, enterprise: Enterprise, period: Month) -> int:
        """The reporting period's own value in 千元; February's holds January and February."""
        if period.month <= 2:  # noqa: PLR2004
            return self.ytd(enterprise, period)
        return self.ytd(enterprise, period) - self.ytd(enterprise, period.reporting_before())

    def _fill(self, seed: int, home: str, members: list[Enterprise]) -> None:
        profile = members[0].profile
        strength = {e.uscc: _strength(seed, e, self._years) for e in members}
        for year in self._years:
            wanted = _monthly_totals(seed, home, profile, year)
            for enterprise in members:
                self._cumulative[enterprise.uscc, year] = ()
            for month in range(1, 13):
                self._fill_month(members, strength, Month(year, month), wanted[month - 1])

    def _fill_month(
        self,
        members: list[Enterprise],
        strength: dict[str, dict[Month, float]],
        month: Month,
        wanted: float,
    ) -> None:
        """Split the cluster's total over those in the register; others produce on that scale."""
        counted = sum(strength[e.uscc][month] for e in members if _counts(e, month))
        scale = wanted * _THOUSANDS_PER_MILLION / counted
        for enterprise in members:
            so_far = self._cumulative[enterprise.uscc, month.year]
            value = round(strength[enterprise.uscc][month] * scale)
            before = so_far[-1] if so_far else 0
            self._cumulative[enterprise.uscc, month.year] = (*so_far, before + value)


def _counts(enterprise: Enterprise, month: Month) -> bool:
    """Whether it is in the cluster's total; years before its first count as that one."""
    first = enterprise.profile.since or FIRST_YEAR
    return enterprise.reports_in(max(month, Month(first, month.month)))


def _monthly_totals(seed: int, home: str, profile: Profile, year: int) -> list[float]:
    """The cluster's twelve monthly totals in million yuan; they add up to the profile's year."""
    rng = random.Random(f"{seed}:season:{home}:{year}")
    weights = [w * rng.lognormvariate(0, 0.015) for w in _SEASONS[profile.season]]
    if year in _LATE_FESTIVAL:
        weights[1] *= 0.94
        weights[2] *= 1.04
    return [profile.total(year) * w / sum(weights) for w in weights]


def _strength(seed: int, enterprise: Enterprise, years: range) -> dict[Month, float]:
    """Relative strength by month: a yearly random walk and monthly noise, zero before founding."""
    steady = enterprise.profile.largest_share is not None
    drift, noise = (0.03, 0.02) if steady else (0.2, 0.12)
    rng = random.Random(f"{seed}:strength:{enterprise.uscc}")
    level, strength = math.log(enterprise.size), {}
    for year in years:
        level += rng.gauss(0, drift)
        for number in range(1, 13):
            month = Month(year, number)
            producing = enterprise.founded is None or month >= enterprise.founded
            draw = rng.gauss(0, noise)
            strength[month] = math.exp(level + draw) if producing else 0.0
    return strength
