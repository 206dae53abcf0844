"""Progress of any indicator by the published method, for `clusterwatch assess`.

The same `judge` as for plans decides; where base or target is zero, 0.001 takes its place, as in
Statistics Canada's published method.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.metrics.domain.assessment import Assessment, Goal, Latest
from services.metrics.domain.levels import exact
from services.metrics.domain.paths import Path, Point
from services.metrics.domain.ratio import linear_ratio, un_ratio
from services.metrics.domain.trend import judge_trend
from services.metrics.domain.verdicts import judge
from shared.events.status import Verdict
from shared.plans.targets import PathKind

IN_PLACE_OF_ZERO = Decimal("0.001")

PUBLISHED_STYLE = {
    Verdict.ACHIEVED: "target_achieved",
    Verdict.ON_TRACK: "substantial_progress",
    Verdict.BEHIND: "moderate_progress",
    Verdict.FAR_BEHIND: "limited_progress",
    Verdict.MOVING_AWAY: "deterioration",
}
"""Names of the published statuses; every other verdict is `not_available`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """An indicator's first and latest value, and its target where it has one.

    `target` and `target_year` come together. Without them the growth a year is judged, against
    the natural limit `limit` where there is one.
    """

    direction: int
    base_year: int
    base_value: Decimal
    latest_year: int
    latest_value: Decimal
    target: Decimal | None = None
    target_year: int | None = None
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProgressResult:
    """What `clusterwatch assess` adds to a row; None where a figure is not defined."""

    verdict: Verdict
    ratio: float | None
    """R with a target, else the oriented growth a year."""
    un_ratio: float | None = None
    linear_ratio: float | None = None
    catch_up_rate: float | None = None

    @property
    def published_style_status(self) -> str:
        """The verdict in the words of the published statuses."""
        return PUBLISHED_STYLE.get(self.verdict, "not_available")


def assess(progress: Progress) -> ProgressResult:
    """Assess one indicator. Total for finite numbers."""
    base = progress.base_value or IN_PLACE_OF_ZERO
    if progress.target is None or progress.target_year is None:
        trend = judge_trend(
            exact(base),
            exact(progress.latest_value),
            Fraction(progress.latest_year - progress.base_year),
            progress.direction,
            None if progress.limit is None else exact(progress.limit),
        )
        return ProgressResult(trend.verdict, trend.growth)
    target = progress.target or IN_PLACE_OF_ZERO
    latest = Latest(progress.latest_value, progress.latest_year)
    judgement = judge(
        Assessment(
            goal=Goal(target, progress.target_year, "="),
            base=Point(progress.base_year, base),
            latest=latest,
            direction=progress.direction,
        )
    )
    path = Path(PathKind.CAGR, progress.base_year, exact(base), progress.target_year, exact(target))
    level, movable = exact(progress.latest_value), path.span > 0 and latest.at > path.start_year
    return ProgressResult(
        verdict=judgement.verdict,
        ratio=judgement.raw_ratio,
        un_ratio=un_ratio(path, latest.at, level) if movable else None,
        linear_ratio=linear_ratio(path, latest.at, level, progress.direction) if movable else None,
        catch_up_rate=judgement.catch_up_rate,
    )
