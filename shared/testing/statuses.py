"""Builder of statuses: a bearings cluster that is on track, changed field by field."""

from typing import Any

import msgspec

from shared.events.status import (
    BaseFigure,
    Colour,
    Enterprises,
    ForecastFigure,
    Status,
    TargetFigure,
    Verdict,
)

ON_TRACK = Status(
    plan="suzhou-2027",
    plan_version="1",
    unit="szah-lb-bearings",
    unit_kind="cluster",
    name="灵璧县轴承产业集群",
    region="suzhou-ah-lingbi",
    indicator="gross_output",
    period="2026-05",
    measure="CNY",
    version=1,
    as_of="2026-06-09T08:20:00Z",
    month=450_000_000,
    ytd=2_000_000_000,
    month_last_year=300_000_000,
    ytd_last_year=1_300_000_000,
    rolling_year=4_800_000_000,
    ytd_growth=0.5385,
    required_ytd=1_950_000_000,
    required_year=6_291_200_000,
    target=TargetFigure(2027, 10_000_000_000, ">"),
    base=BaseFigure(2024, 2_490_000_000, "data"),
    path="cagr",
    ratio=1.02,
    verdict=Verdict.ON_TRACK,
    colour=Colour.GREEN,
    gap=50_000_000,
    catch_up_rate=0.58,
    forecast=ForecastFigure(2026, 6_300_000_000, 5_900_000_000, 6_700_000_000, "mean_of_three"),
    forecast_for=1,
    probability=0.8,
    coverage=0.99,
    enterprises=Enterprises(20, 20),
    contributors=20,
    decomposition=None,
    largest_contribution=None,
    investment=None,
    confidential=False,
    reasons=(),
)

_SHAPES: dict[str, dict[str, Any]] = {
    "green": {},
    "grey": {"verdict": Verdict.INCOMPLETE, "colour": Colour.GREY, "coverage": 0.5, "ratio": None},
    "blue": {"colour": Colour.BLUE, "probability": 0.5},
    "yellow": {"verdict": Verdict.BEHIND, "colour": Colour.YELLOW, "ratio": 0.8},
    "orange": {"verdict": Verdict.FAR_BEHIND, "colour": Colour.ORANGE, "ratio": 0.35},
    "red": {"verdict": Verdict.MOVING_AWAY, "colour": Colour.RED, "ratio": -0.06},
    "achieved": {"verdict": Verdict.ACHIEVED},
}


def status_of(period: str, colour: str = "green", **changes: Any) -> Status:  # noqa: ANN401
    """Status of a period in one of the usual shapes (a colour, or ``achieved``)."""
    return msgspec.structs.replace(ON_TRACK, period=period, **{**_SHAPES[colour], **changes})
