"""The simulated enterprises: codes, names, where they are and how large they are."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from stdnum.cn import uscc as credit_code

from demo.profiles import OUTSIDE, PROFILES, SHARED, Profile
from shared.events.period import Month

FIRST_YEAR = 2023
"""First year of the simulated history; the register starts at its beginning."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_REGISTERED_IN = ("341300", "341302", "341321", "341322", "341323", "341324", "320300", "310115")
"""Digits 3-8 say where a firm was registered, which is not where it works."""
_GIVEN_NAMES = "恒瑞盛鑫华泰永信天源德润金汇东方长江浩宇腾飞安捷新远顺达宏利通博康佳立诚"
_ENTRY_SHARE, _EXIT_SHARE = 0.035, 0.02
"""Part of a cluster that enters the register each year end, and that leaves it each year."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Share of an enterprise that counts in a cluster, in ten-thousandths."""

    cluster: str
    weight: int
    primary: bool


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One simulated enterprise over its whole life in the register."""

    uscc: str
    name: str
    profile: Profile
    industry: str
    size: float
    """Relative size inside its cluster (unit free)."""
    entered: Month
    """Calendar month from which it is in the register."""
    founded: Month | None
    """First month with production, where that lies inside the history."""
    left: Month | None
    """First calendar month after it has left the register."""
    memberships: tuple[Membership, ...] = ()

    @property
    def indicator(self) -> str:
        """Indicator of its value line: computing services report revenue."""
        return "revenue" if self.profile.season == "services" else "gross_output"

    def reports_in(self, period: Month) -> bool:
        """Whether the register expects a report for this period."""
        if period < self.entered:
            return False
        return self.left is None or period < self.left


def build_population(seed: int, last: Month) -> tuple[Enterprise, ...]:
    """All enterprises that are in the register at some time up to `last`."""
    enterprises: list[Enterprise] = []
    for index, profile in enumerate(PROFILES + OUTSIDE):
        enterprises += _members(seed, index, profile, last)
    return tuple(_with_shared_memberships(enterprises))


def cluster_of(enterprise: Enterprise) -> str:
    """The enterprise's home: its cluster's id, or the region for those outside any cluster."""
    return enterprise.profile.cluster or f"outside-{enterprise.profile.region}"


def _members(seed: int, index: int, profile: Profile, last: Month) -> Iterator[Enterprise]:
    rng = random.Random(f"{seed}:members:{index}")
    sizes = _sizes(rng, profile)
    for number, size in enumerate(sizes):
        yield _enterprise(rng, profile, number, size, last)
    for year in range(FIRST_YEAR + 1, last.year + 1):
        yearly = random.Random(f"{seed}:entries:{index}:{year}")
        for number in range(_count(yearly, profile.enterprises * _ENTRY_SHARE)):
            entrant = _enterprise(yearly, profile, number, _entrant_size(yearly, sizes), last)
            yield _as_entrant(yearly, entrant, year)


def _enterprise(
    rng: random.Random, profile: Profile, number: int, size: float, last: Month
) -> Enterprise:
    code = _credit_code(rng)
    given = "".join(rng.sample(_GIVEN_NAMES, 2))
    entered = Month(rng.randint(2012, 2022), rng.randint(1, 12))
    if profile.since is not None:
        entered = Month(profile.since, 1)
    industry = rng.choice(profile.industries)
    left = _leaving(rng, last) if number > profile.enterprises // 3 else None
    return Enterprise(
        uscc=code,
        name=f"模拟{given}{profile.product}{code[-4:]}有限公司",
        profile=profile,
        industry=industry,
        size=size,
        entered=entered,
        founded=None,
        left=left if left is None or left > entered else None,
    )


def _sizes(rng: random.Random, profile: Profile) -> list[float]:
    """Heavy-tailed relative sizes, largest first (log-normal, as firm sizes mostly are)."""
    sizes = sorted((rng.lognormvariate(0, 1.1) for _ in range(profile.enterprises)), reverse=True)
    if profile.largest_share is not None:
        rest = sum(sizes[1:])
        sizes[0] = rest * profile.largest_share / (1 - profile.largest_share)
    return sizes


def _entrant_size(rng: random.Random, sizes: list[float]) -> float:
    """Entrants have just crossed the threshold: they come from the lower half."""
    return rng.choice(sizes[len(sizes) // 2 :]) * rng.uniform(0.5, 1.2)


def _as_entrant(rng: random.Random, enterprise: Enterprise, year: int) -> Enterprise:
    """Most firms enter at the year end; one in four is a plant opened during the year."""
    if rng.random() < 0.25:  # noqa: PLR2004
        opened = Month(year, rng.randint(3, 11))
        return replace(enterprise, entered=opened, founded=opened, left=None)
    return replace(enterprise, entered=Month(year, 1), left=None)


def _leaving(rng: random.Random, last: Month) -> Month | None:
    """Year ends are when most firms leave the register; only smaller ones do here."""
    for year in range(FIRST_YEAR + 1, FIRST_YEAR + 31):
        draw, month = rng.random(), rng.choice((1, 1, 1, 4, 7, 9))
        if draw < _EXIT_SHARE:
            left = Month(year, month)
            return left if left <= last else None
    return None


def _count(rng: random.Random, expected: float) -> int:
    whole = int(expected)
    return whole + (rng.random() < expected - whole)


def _credit_code(rng: random.Random) -> str:
    body = "91" + rng.choice(_REGISTERED_IN) + "MA" + "".join(rng.choices(_ALPHABET, k=7))
    return body + str(credit_code.calc_check_digit(body))


def _with_shared_memberships(enterprises: list[Enterprise]) -> list[Enterprise]:
    """Give one middling enterprise of each pair in `SHARED` a second cluster."""
    shared: dict[str, tuple[Membership, ...]] = {}
    for first, second, weight in SHARED:
        home = [
            e for e in enterprises if e.profile.cluster == first and e.entered.year < FIRST_YEAR
        ]
        chosen = home[5]
        shared[chosen.uscc] = (
            Membership(first, weight, primary=True),
            Membership(second, 10_000 - weight, primary=False),
        )
    return [replace(e, memberships=shared.get(e.uscc, ())) for e in enterprises]
