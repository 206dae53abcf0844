"""What the simulated clusters look like: size, growth, season, industries.

Every figure here is invented, except that bearings in Lingbi stood near 2.49 billion yuan in
2024. The 2024 bases and growth rates are chosen against the plan's 2027 targets so that the
wall shows every state once all reports are in; the wanted one and its reason are noted beside
each cluster. Without a target are the city's industries: their plan states none.
"""

from dataclasses import dataclass, field
from typing import Literal

Season = Literal["even", "autumn", "spring", "services"]

BASE_YEAR = 2024
HTZ_PARK = "suzhou-ah-htz"


@dataclass(frozen=True, slots=True)
class Profile:
    """One simulated cluster; amounts in million yuan, growth as a ratio a year."""

    cluster: str
    region: str
    """Six-digit code of the county or zone."""
    industries: tuple[str, ...]
    """Four-digit GB/T 4754-2017 classes of its enterprises."""
    product: str
    """Chinese product word in the enterprises' names."""
    enterprises: int
    total_2024: int
    growth: float
    growth_by_year: dict[int, float] = field(default_factory=dict)
    park: str | None = None
    season: Season = "even"
    largest_share: float | None = None
    """Fixed share of the largest enterprise; None leaves it to the size distribution."""
    since: int | None = None
    """Year in which its enterprises entered the register; None for long before the history."""
    at_start: float = 0.8
    """Share of the last due period's reports that are in before the live part begins."""

    def growth_in(self, year: int) -> float:
        """Growth of `year` over the year before."""
        return self.growth_by_year.get(year, self.growth)

    def total(self, year: int) -> float:
        """The year's total in million yuan."""
        value = float(self.total_2024)
        for later in range(BASE_YEAR + 1, year + 1):
            value *= 1 + self.growth_in(later)
        for earlier in range(BASE_YEAR, year, -1):
            value /= 1 + self.growth_in(earlier)
        return value


PROFILES = (
    # red: far behind (59 % a year would be needed), and less than 10 % likely to arrive
    Profile("szah-lb-bearings", "341323", ("3451", "3452"), "轴承", 52, 2490, 0.20, at_start=1.0),
    # achieved: its rolling year has passed the target, two years early
    Profile(
        "szah-ds-green-food",
        "341321",
        ("1371", "1373", "1453", "1411", "1523"),
        "食品",
        58,
        8600,
        0.11,
        season="autumn",
    ),
    # behind: 27 % a year where 38 % would be needed
    Profile(
        "szah-ds-medical-devices", "341321", ("3581", "3584", "3585"), "医疗器械", 28, 3800, 0.27
    ),
    # on track: 37 % a year where 31 % would do
    Profile("szah-ds-equipment", "341321", ("3670", "3831", "3841"), "电气装备", 36, 4500, 0.37),
    # on track: 16 % a year where 13 % would do
    Profile(
        "szah-yq-smart-home",
        "341302",
        ("2021", "2022", "2023", "2110", "2130"),
        "家居板材",
        54,
        7000,
        0.16,
        at_start=1.0,
    ),
    # orange: far behind, and with two closed years its chance cannot be told
    Profile(
        "szah-yq-hi-mfg",
        "341302",
        ("3511", "3514", "3515"),
        "工程机械",
        40,
        5200,
        0.10,
        since=2024,
    ),
    # blue: exactly the 19 % a year that are needed, with nothing to spare
    Profile(
        "szah-xx-functional-materials",
        "341322",
        ("2641", "2651", "2922", "3042", "3024"),
        "新材料",
        52,
        11800,
        0.196,
    ),
    # no base: one of its largest enterprises never sent its report of December 2024
    Profile(
        "szah-xx-precision-parts",
        "341322",
        ("3484", "3491", "3525", "3422"),
        "精密零部件",
        40,
        6000,
        0.135,
        at_start=0.5,
    ),
    # red: shrinking, moving away from its target
    Profile(
        "szah-sx-auto-parts", "341324", ("3670",), "汽车零部件", 34, 6400, -0.035, at_start=1.0
    ),
    # blue: on track, but growth has slowed so much that the target looks unlikely
    Profile(
        "szah-sx-new-energy",
        "341324",
        ("3825", "3841", "3849"),
        "光伏储能",
        26,
        4200,
        0.12,
        growth_by_year={2023: 0.30, 2024: 0.35, 2025: 0.54, 2026: 0.17},
        at_start=1.0,
    ),
    # incomplete: one of its larger enterprises has fallen silent
    Profile(
        "szah-sx-agri-machinery",
        "341324",
        ("3571", "3572", "3576"),
        "农机",
        24,
        3300,
        0.30,
        season="spring",
        largest_share=0.22,
    ),
    # on track: 10.5 % a year where 9 % would do
    Profile(
        "szah-etdz-light-textile",
        "341372",
        ("1751", "1781", "1811", "1819", "1951", "1953"),
        "鞋服",
        48,
        7800,
        0.105,
    ),
    # behind: 15 % a year where 22 % would be needed
    Profile(
        "szah-etdz-pharma-chem",
        "341372",
        ("2710", "2720", "2614", "2661", "2669"),
        "医药化工",
        32,
        5500,
        0.15,
        at_start=0.5,
    ),
    # behind, and one enterprise is so dominant that the cell is confidential
    Profile(
        "szah-suma-paper",
        "341371",
        ("2221", "2223", "2231", "2239"),
        "纸业",
        18,
        21000,
        0.24,
        largest_share=0.87,
        at_start=1.0,
    ),
    # on track: 62 % a year where 49 % would do
    Profile(
        "szah-htz-it",
        "341302",
        ("6450", "6550"),
        "算力",
        26,
        6100,
        0.62,
        park=HTZ_PARK,
        season="services",
    ),
)

OUTSIDE = (
    # in no county cluster; most still belong to a city industry by their class
    Profile("", "341323", ("3011", "1819", "2319"), "综合", 12, 900, 0.05),
    Profile("", "341322", ("1312", "2319"), "综合", 8, 700, 0.04),
    Profile("", "341372", ("3670", "3311"), "综合", 10, 1100, 0.08),
    Profile("", "341302", ("1371", "3311", "3011"), "综合", 12, 1500, 0.06),
)

SILENT_CLUSTER = "szah-sx-agri-machinery"
"""Its second largest enterprise stops reporting two periods before the last due one."""

UNCLOSED_CLUSTER = "szah-xx-precision-parts"
"""The December 2024 report of one of its largest enterprises never comes: its base stays open."""

SHARED = (
    # explicit memberships in two clusters: weights in ten-thousandths, the first is primary
    ("szah-sx-auto-parts", "szah-sx-new-energy", 6000),
    ("szah-sx-new-energy", "szah-sx-auto-parts", 7500),
    ("szah-ds-equipment", "szah-ds-medical-devices", 8000),
    ("szah-xx-precision-parts", "szah-xx-functional-materials", 6667),
    ("szah-ds-medical-devices", "szah-ds-green-food", 5000),
    ("szah-etdz-pharma-chem", "szah-etdz-light-textile", 9000),
)
