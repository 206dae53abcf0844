"""`cluster.status.v1`: one judgement per plan, unit, indicator and period.

Internal and complete; masking happens where figures leave the system. Money is whole yuan.
"""

from enum import StrEnum

import msgspec

STATUS_TOPIC = "cluster.status.v1"


class Verdict(StrEnum):
    """Where a unit stands against its target."""

    NO_TARGET = "no_target"
    NO_BASE = "no_base"
    TOO_EARLY = "too_early"
    INCOMPLETE = "incomplete"
    NOT_ASSESSABLE = "not_assessable"
    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    FAR_BEHIND = "far_behind"
    MOVING_AWAY = "moving_away"


class Colour(StrEnum):
    """Colour on the wall and severity of alerts; grey is never an alert."""

    GREY = "grey"
    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class TargetFigure(msgspec.Struct, frozen=True):
    """A target as the plan states it, in base units."""

    year: int | None
    value: int | None
    comparator: str


class BaseFigure(msgspec.Struct, frozen=True):
    """The base a path starts from, in base units, and where it comes from."""

    year: int
    value: int | None
    source: str


class ForecastFigure(msgspec.Struct, frozen=True):
    """Nowcast of a calendar year's total, in base units; quantiles are null without a history."""

    year: int
    median: int
    p10: int | None
    p90: int | None
    method: str
    """reported, mean_of_three or pace."""
    probability_required: float | None = None
    """Of reaching what the plan's path requires of this calendar year."""


class Enterprises(msgspec.Struct, frozen=True):
    """How many reports were due and how many came."""

    expected: int
    reporting: int


class Decomposition(msgspec.Struct, frozen=True):
    """Exact split of the year-to-date's change against the stored figure of last year, in yuan.

    continuing + entries - exits + restatement = change.
    """

    continuing: int
    entries: int
    exits: int
    restatement: int


class LargestContribution(msgspec.Struct, frozen=True):
    """The largest contributor by token, and its share of the year-to-date (0..1)."""

    subject: str
    share: float


class Investment(msgspec.Struct, frozen=True):
    """Fixed-asset investment of the unit's projects, in yuan; never added to funds received."""

    period: str
    ytd: int | None
    ytd_last_year: int | None
    growth: float | None
    planned_total: int | None
    since_start: int | None
    projects: dict[str, int]
    """Number of projects by stage."""
    completion: float | None = None
    """Since start over planned total, of the projects that state both (1 is all of it)."""


class FundsFigure(msgspec.Struct, frozen=True):
    """Funds received in whole units of one currency; growth as a ratio, null without a base."""

    ytd: int
    ytd_last_year: int | None
    growth: float | None


class Funds(msgspec.Struct, frozen=True):
    """Funds received (到位资金) in one currency; never added to investment or other currencies."""

    period: str
    currency: str
    total: FundsFigure
    planned: FundsFigure | None
    """From the origins that the plan names for this unit; null where it names none."""
    by_origin: dict[str, FundsFigure]
    """By province code of the investor, or `foreign`."""
    projects: int
    """Projects that received any."""


class OpenProject(msgspec.Struct, frozen=True):
    """A project that is signed and neither completed, producing nor terminated; by token."""

    subject: str
    stage: str
    since: str
    """Day on which the stage was reached; the first of the month where only that is known."""
    due: str | None
    """Day of completion that was reported."""
    last_progress: str | None
    """Last reporting month in which its investment grew."""


class Projects(msgspec.Struct, frozen=True):
    """The unit's projects at the end of a period."""

    period: str
    by_stage: dict[str, int]
    contracted_total: dict[str, int]
    """By currency, of the projects that are not terminated, in its whole units."""
    open: tuple[OpenProject, ...]
    """Those open for longest first, at most 200."""
    open_count: int


class Status(msgspec.Struct, frozen=True):
    """The judgement of one unit's indicator in one period, with all that explains it."""

    plan: str
    plan_version: str
    unit: str
    unit_kind: str
    """cluster, industry, region or city."""
    name: str
    """Chinese display name."""
    region: str
    """Unit id of the county, park or city it lies in."""
    indicator: str
    period: str
    measure: str
    """Base unit of the amounts: CNY, person, kWh."""
    version: int
    """Grows with every change of this key."""
    as_of: str
    """Broker time of the newest input behind it, RFC 3339."""
    month: int | None
    ytd: int | None
    month_last_year: int | None
    ytd_last_year: int | None
    rolling_year: int | None
    ytd_growth: float | None
    """Comparable growth as a ratio: 0.103 is +10.3 %."""
    required_ytd: int | None
    required_year: int | None
    target: TargetFigure | None
    base: BaseFigure | None
    path: str | None
    ratio: float | None
    verdict: Verdict
    colour: Colour
    gap: int | None
    """Year-to-date (or level) minus what was required for the reports that came, in the wanted
    direction: negative is behind."""
    catch_up_rate: float | None
    forecast: ForecastFigure | None
    forecast_for: int | None
    """Version of the inputs the forecast was made for."""
    probability: float | None
    """Of meeting the target in its year."""
    coverage: float | None
    enterprises: Enterprises
    contributors: int
    decomposition: Decomposition | None
    largest_contribution: LargestContribution | None
    investment: Investment | None
    confidential: bool
    """True when the figures must be masked for readers without the right."""
    reasons: tuple[str, ...]
    """Reason words behind verdict and nulls, such as `coverage_below_gate`."""
    months_since_on_track: int | None = None
    """Months since the verdict was last on track or achieved; 0 now, null never yet."""
    funds: tuple[Funds, ...] = ()
    """One block a currency; empty while nothing was received."""
    projects: Projects | None = None
    largest_fall: LargestContribution | None = None
    """Of a fall of the year-to-date against the same reports' last year: the contributor that
    explains most of it, and its share of the fall (above 1 where others grew); null on a rise."""
    level: int | None = None
    """What is held against the target: a rolling year, what stands, the sum since the base, or,
    with the comparator `growth_pa`, a growth in millionths like the target's value."""

    @property
    def key(self) -> str:
        """Record key: the full identity, because Kafka compacts by key."""
        return f"{self.plan}|{self.unit}|{self.indicator}|{self.period}"
